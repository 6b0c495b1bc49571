/** DisableLostMode: gives a device back that was found. Lands in `device_outcomes` as `lost_mode`. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const disableLostMode: CommandKind = {
  ...operatorCommand,
  name: "DisableLostMode",
  command: () => ({ RequestType: "DisableLostMode" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "lost_mode", detail: { enabled: false } }],
};
