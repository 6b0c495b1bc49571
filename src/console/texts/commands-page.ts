/** The page of all commands, and the one of schedules. */
const states = {
  queued: "waits",
  sent: "handed out",
  not_now: "not now",
  parked: "stuck",
  answered: "refused",
  expired: "expired",
  superseded: "replaced",
  cancelled: "taken back",
} as const;

export const commandsTexts = {
  title: "Commands",
  about: "What devices were told. The page of a device says more, also of the commands of its users.",
  name: "Command",
  anyName: "Search commands",
  device: "Device",
  serial: "Serial number",
  serialNumber: "Serial number of a device",
  status: "Answer",
  anyStatus: "Any",
  since: "Ordered from",
  until: "Ordered until",
  queued: "Ordered",
  answered: "Answered",
  acknowledged: "done",
  states,
  /** An answer may be either. */
  stateFilter: { ...states, answered: "done or refused" },
  titleOf: (name: string, device: string) => `${name}, ${device}`,
  retry: "Send again",
  retryConsequence: "Each is handed out again at once, and its device is woken.",
  notWaiting: "It is neither stuck nor put off by the device.",
  cancel: "Take back",
  cancelConsequence: "None is handed out any more. What a device holds already may still be carried out.",
  ended: "It has ended already.",
  none: "No commands yet",
  noneHelp: "Commands are given on the page of a device, or to many devices from their list.",
} as const;

export const schedulesTexts = {
  title: "Schedules",
  about: "Jobs that the server runs by the clock.",
  name: "Job",
  pattern: "When (UTC)",
  last: "Last run",
  outcome: "Outcome",
  next: "Next run",
  succeeded: "done",
  failed: "failed",
  never: "not yet",
  noneHelp: "They come with the server.",
} as const;
