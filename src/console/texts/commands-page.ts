/** The page of all commands, and the one of schedules. */
export const commandsTexts = {
  title: "Commands",
  about: "What devices were told, newest first. The page of a device says more, and takes commands back.",
  name: "Command",
  anyName: "Name of a command",
  device: "Device",
  deviceNumber: (id: number) => `Device ${id}`,
  status: "Answer",
  queued: "Ordered",
  answered: "Answered",
  waiting: "waits",
  acknowledged: "done",
  notNow: "not now",
  failed: "refused",
  none: "No commands yet",
  noneHelp: "Commands are given on the page of a device, or to many devices from their list.",
  sent: "handed out",
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
