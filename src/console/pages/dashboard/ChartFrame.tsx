import { Box, Skeleton } from "@mantine/core";
import { type ReactNode, Suspense } from "react";
import { dashboardTexts } from "../../texts/dashboard.ts";

/** Where a chart comes to be. Who cannot see it reads the table beside it. */
export function ChartFrame({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Box role="img" aria-label={dashboardTexts.chart(label)}>
      <Suspense fallback={<Skeleton height={160} />}>{children}</Suspense>
    </Box>
  );
}
