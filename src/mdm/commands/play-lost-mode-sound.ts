/** PlayLostModeSound: makes a lost device ring. Lands in `device_outcomes` as `lost_mode_sound`. */
import { type CommandKind, commandPriorities } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const playLostModeSound: CommandKind = {
  ...operatorCommand,
  name: "PlayLostModeSound",
  priority: commandPriorities.emergency,
  // Hours later nobody listens.
  reschedulesNotNow: false,
  command: () => ({ RequestType: "PlayLostModeSound" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "lost_mode_sound", detail: {} }],
};
