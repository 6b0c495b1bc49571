/** ActivationLockBypassCode: the code that opens the Activation Lock of a device. Lands in `devices`, sealed. */
import { textAt } from "#protocol/mdm/text.ts";
import { Secret } from "#platform/secret.ts";
import { type CommandKind, unusable } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const activationLockBypassCode: CommandKind = {
  ...operatorCommand,
  name: "ActivationLockBypassCode",
  command: () => ({ RequestType: "ActivationLockBypassCode" }),
  acknowledged: (_, __, answer) => {
    const code = textAt(answer, "ActivationLockBypassCode");
    if (code === null) return unusable("ActivationLockBypassCode");
    return [{ kind: "storeActivationLockBypassCode", code: new Secret(code) }];
  },
};
