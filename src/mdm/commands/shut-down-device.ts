/** ShutDownDevice: turns a device off. Lands in `device_outcomes` as `shut_down`. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const shutDownDevice: CommandKind = {
  ...operatorCommand,
  name: "ShutDownDevice",
  // Hours later somebody is at work on it: a person asks again (as with RestartDevice).
  reschedulesNotNow: false,
  command: () => ({ RequestType: "ShutDownDevice" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "shut_down", detail: {} }],
};
