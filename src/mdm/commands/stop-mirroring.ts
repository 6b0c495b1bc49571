/** StopMirroring: ends what RequestMirroring began. Lands in `device_outcomes` as `mirroring`. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const stopMirroring: CommandKind = {
  ...operatorCommand,
  name: "StopMirroring",
  reschedulesNotNow: false,
  command: () => ({ RequestType: "StopMirroring" }),
  acknowledged: () => [
    { kind: "recordOutcome", name: "mirroring", detail: { result: "Stopped", destination: null } },
  ],
};
