/** The page of all commands, and the one of schedules. */
export const commandsTexts = {
  title: "Commands",
  about: "What devices were told, newest first. The page of a device says more, and takes commands back.",
  name: "Command",
  anyName: "Name of a command",
  device: "Device",
  status: "Answer",
  queued: "Ordered",
  answered: "Answered",
  acknowledged: "done",
  states: {
    queued: "waits",
    sent: "handed out",
    not_now: "not now",
    parked: "stuck",
    answered: "refused",
    expired: "expired",
    superseded: "replaced",
    cancelled: "taken back",
  },
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
