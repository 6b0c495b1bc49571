/** Advice that fits several errors of devices, in one place. */
export const advice = {
  busy: "It is tried again by itself; a person may have to unlock the device.",
  unsupported: "Check the platform, the OS version and the supervision that it needs.",
  profile: "Open the profile and compare it with Apple's description of its payloads.",
  passcode: "The person at the device must choose another passcode.",
  supervise: "Supervise it through automated enrollment or Apple Configurator.",
  tls: "Check the TLS certificate of the server and its chain.",
  network: "Try again when the device has a good network.",
  passcodePolicy: "Look for another passcode policy in the profiles of the device.",
  space: "Make room on the device, then try again.",
  power: "Connect the device to power, then try again.",
} as const;

/** What happened, and what to do about it. */
export type KnownError = readonly [meaning: string, advice: string];
export type KnownErrors = Readonly<Record<number, KnownError>>;

/** Said where there are neither words of ours nor of the device. */
export const noWords = "The device gave no words for this.";
