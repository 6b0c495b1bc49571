/** The charts of the dashboard: a part of their own, because the library they take is large. */
import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { dashboardTexts } from "../../texts/dashboard.ts";
import type { VersionRow } from "./version-rows.ts";

const rowPixels = 34;
const axisPixels = 50;

export function VersionChart({ rows }: { readonly rows: readonly VersionRow[] }) {
  return (
    <BarChart
      h={rows.length * rowPixels + axisPixels}
      data={rows.map((row) => ({ ...row }))}
      dataKey="version"
      orientation="vertical"
      series={[{ name: "count", label: dashboardTexts.count, color: "orchard.6" }]}
      yAxisProps={{ width: 70 }}
      xAxisProps={{ allowDecimals: false }}
      barProps={{ isAnimationActive: false, radius: 4 }}
      gridAxis="none"
    />
  );
}

export type ConvergenceRow = {
  readonly name: string;
  readonly converged: number;
  readonly pending: number;
  readonly failed: number;
};

export function ConvergenceChart({ rows }: { readonly rows: readonly ConvergenceRow[] }) {
  return (
    <BarChart
      h={rows.length * rowPixels + axisPixels + 30}
      data={rows.map((row) => ({ ...row }))}
      dataKey="name"
      orientation="vertical"
      type="stacked"
      withLegend
      series={[
        { name: "converged", label: dashboardTexts.converged, color: "orchard.6" },
        { name: "pending", label: dashboardTexts.pending, color: "blue.5" },
        { name: "failed", label: dashboardTexts.failed, color: "red.6" },
      ]}
      yAxisProps={{ width: 110 }}
      xAxisProps={{ allowDecimals: false }}
      barProps={{ isAnimationActive: false }}
      gridAxis="none"
    />
  );
}
