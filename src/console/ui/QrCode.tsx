import { Box } from "@mantine/core";
import qrcode from "qrcode-generator";

/** Quiet cells around the code, as its standard wants. */
const margin = 4;

/** A code for cameras: dark on white in every colour scheme, because cameras read it so. */
export function QrCode({
  text,
  label,
  size = 200,
}: {
  readonly text: string;
  readonly label: string;
  readonly size?: number;
}) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const cells = code.getModuleCount();
  const path = Array.from(
    { length: cells * cells },
    (_, index) => [Math.floor(index / cells), index % cells] as const,
  )
    .filter(([row, column]) => code.isDark(row, column))
    .map(([row, column]) => `M${column + margin} ${row + margin}h1v1h-1z`)
    .join("");
  const width = cells + 2 * margin;
  return (
    <Box
      component="svg"
      role="img"
      aria-label={label}
      w={size}
      h={size}
      bg="white"
      viewBox={`0 0 ${width} ${width}`}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    >
      <path d={path} fill="black" />
    </Box>
  );
}
