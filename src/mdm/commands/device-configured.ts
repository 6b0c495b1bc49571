/** DeviceConfigured: lets a device leave Setup Assistant. Lands in `devices`: `awaiting_configuration`. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const deviceConfigured: CommandKind = {
  ...operatorCommand,
  name: "DeviceConfigured",
  refuseFor: ({ device }) =>
    device.awaitingConfiguration === true
      ? []
      : [
          {
            kind: "invalid",
            code: "not_awaiting_configuration",
            detail: "Invalid target. The device is not awaiting its configuration.",
          },
        ],
  command: () => ({ RequestType: "DeviceConfigured" }),
  acknowledged: () => [{ kind: "recordConfigured" }],
};
