/** The look: Mantine's own, with one colour of ours and sizes for lists that people read all day. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Shades of the product's colour; 7 and darker have a contrast of 4.5 and more on white. */
const orchard: MantineColorsTuple = [
  "#eef7ee",
  "#dcecdc",
  "#b8d8b8",
  "#91c391",
  "#6fb06f",
  "#58a358",
  "#3f8f46",
  "#2f7a3a",
  "#25662f",
  "#175024",
];

export const theme = createTheme({
  primaryColor: "orchard",
  primaryShade: { light: 7, dark: 7 },
  colors: { orchard },
  defaultRadius: "md",
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
});
