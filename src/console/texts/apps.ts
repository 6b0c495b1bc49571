/** How apps are installed from a package. */
export const appTexts = {
  options: "How it is installed",
  managed: "Install as managed",
  managedHelp:
    "The Mac knows that the app came from here: it can be configured, and removed with the management.",
  removed: "Remove it when the device leaves",
  removedHelp: "Otherwise the app stays when the management is taken away.",
  iosApp: "It is an app for iPhone or iPad",
  iosAppHelp: "Macs with Apple silicon install it. For an .ipa.",
  configuration: "Configuration",
  configurationHelp:
    "Settings that the app reads, as a property list: a <dict> is enough. Variables such as " +
    "$ENROLLED_DEVICE.SERIAL_NUMBER become the device's own values.",
} as const;
