/**
 * ClearPasscode: takes the passcode off an iPhone or iPad, with the unlock token it escrowed. Lands in
 * `device_outcomes` as `passcode_cleared`.
 */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const clearPasscode: CommandKind = {
  ...operatorCommand,
  name: "ClearPasscode",
  // The token is not an argument: it is opened for each delivery, because a device may escrow a new one meanwhile.
  secretArguments: ["UnlockToken"],
  needsUnlockToken: true,
  refuseFor: ({ device }) =>
    device.hasUnlockToken
      ? []
      : [
          {
            kind: "invalid",
            code: "unlock_token_missing",
            detail: "Invalid target. The device has escrowed no unlock token.",
          },
        ],
  command: (_, args) => {
    const token = args["UnlockToken"];
    return { RequestType: "ClearPasscode", UnlockToken: Buffer.isBuffer(token) ? token : undefined };
  },
  acknowledged: () => [{ kind: "recordOutcome", name: "passcode_cleared", detail: {} }],
};
