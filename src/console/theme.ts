/** The look: Mantine's own, with one colour of ours and sizes for lists that people read all day. */
import {
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Menu,
  Notification,
} from "@mantine/core";
import { texts } from "./texts/en.ts";

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
  respectReducedMotion: true,
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  components: {
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": texts.common.close } },
    }),
    // The element that takes the first focus is none that a menu may have (WAI-ARIA).
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
  },
  headings: { fontWeight: "650" },
});

/** Mantine's quiet texts are too pale for WCAG AA; these have a contrast of 4.5 and more on every surface we use. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#565e66",
    "--mantine-color-placeholder": "#68707a",
    "--mantine-color-anchor": orchard[8],
    "--mantine-color-error": "#c92a2a",
  },
  dark: {
    "--mantine-color-dimmed": "#a9adb3",
    "--mantine-color-placeholder": "#9a9fa6",
    "--mantine-color-anchor": orchard[3],
    "--mantine-color-error": "#ff8787",
  },
});
