/** English texts of what can be done to devices. */
export const deviceActionTexts = {
  more: "More actions",
  groups: {
    everyday: "Everyday",
    lost: "Lost device",
    management: "Management",
    dangerous: "Cannot be undone",
  },
  refresh: {
    label: "Refresh inventory",
    consequence:
      "The device is asked for everything about it: facts, security, apps, profiles, certificates.",
  },
  lock: {
    label: "Lock",
    consequence:
      "The device locks as soon as it hears of it. A Mac restarts and opens only with a PIN, which is made now and shown once; later it is among the secrets.",
  },
  restart: { label: "Restart", consequence: "The device restarts as soon as it hears of it." },
  shutDown: {
    label: "Shut down",
    consequence: "The device shuts down as soon as it hears of it. Somebody must start it by hand.",
  },
  clearPasscode: {
    label: "Clear passcode",
    consequence: "The passcode is taken off. Whoever holds the device can open it.",
  },
  rename: { label: "Rename", consequence: "The device gets another name." },
  logOut: {
    label: "Log the user out",
    consequence: "Whoever uses the iPad is logged out. What is not in the cloud yet stays on the iPad.",
  },
  bypassCode: {
    label: "Ask for the Activation Lock bypass code",
    consequence:
      "The device hands over the code that opens its Activation Lock after it was erased. It is among the secrets then.",
  },
  clearBypassCode: {
    label: "Make it forget the bypass code",
    consequence:
      "The device forgets its code and makes another one when it is asked. The code among the secrets stays there.",
  },
  removeManagement: {
    label: "Remove management",
    consequence:
      "The device leaves management as soon as it hears of it, and loses all that was installed. It may enroll again.",
    unknown:
      "The device has not reported the profile of its management. Refresh its inventory, then try again.",
  },
  lostModeOn: {
    label: "Turn lost mode on",
    consequence:
      "The device locks and shows your message. While it is lost it can be asked where it is. A message or a phone number is needed.",
  },
  lostModeOff: { label: "Turn lost mode off", consequence: "The device becomes usable again." },
  sound: { label: "Play a sound", consequence: "A lost device plays a loud sound for two minutes." },
  locate: {
    label: "Ask where it is",
    consequence: "A lost device says where it is; the answer is among the secrets.",
  },
  custom: {
    label: "Custom command (expert)",
    consequence: "The command is checked against Apple's schema and sent as it is.",
  },
  unblock: { label: "Unblock", consequence: "The device may enroll again." },
  block: {
    label: "Block",
    consequence:
      "The device is told to leave management, loses all that was installed, and may not come back.",
  },
  erase: {
    label: "Erase",
    consequence:
      "Everything on the device is deleted as soon as it hears of it. Until then it can be cancelled.",
  },
  assign: {
    label: "Change blueprint",
    help: "What the new blueprint has is installed, what only the old one had is removed.",
    none: "No blueprint",
    done: (count: number) =>
      count === 1 ? "The blueprint was changed." : `${count} devices have another blueprint now.`,
  },
  fields: {
    message: "Message on the lock screen",
    phone: "Phone number",
    footnote: "Footnote",
    name: "New name",
    command: "Property list",
    commandHelp: "A dictionary with RequestType, as in Apple's documentation.",
    preserveDataPlan: "Keep the mobile data plan",
    disallowProximitySetup: "No setup by another device nearby",
    erasePin: "PIN",
    erasePinHelp: "Six digits; needed by Intel Macs without a T2 chip.",
  },
  refusals: {
    checkedOut: "The device has left management.",
    blocked: "The device is blocked.",
    notTv: "An Apple TV cannot be locked.",
    mobile: "Only iPhones and iPads.",
    supervised: "Only Macs and supervised devices.",
    supervisedAny: "Only supervised devices.",
    supervisedMobile: "Only supervised iPhones and iPads.",
    mac: "Only Macs.",
    accounts: "Only supervised Macs and Shared iPads.",
    sharedIpad: "Only Shared iPads.",
    notBlocked: "The device is not blocked.",
    alreadyBlocked: "The device is blocked already.",
  },
  confirm: (label: string) => `${label} now`,
  queued: (label: string) => `${label}: done, or as soon as the device is reached.`,
  pinTitle: "The PIN of this Mac",
  pinHelp: "Write it down or copy it. It is also among the secrets once the Mac is locked.",
} as const;
