/**
 * ClearActivationLockBypassCode: makes a device forget its bypass code. Lands in `device_outcomes` as
 * `activation_lock_bypass_code_cleared`. Our copy stays: it opens the lock all the same.
 */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const clearActivationLockBypassCode: CommandKind = {
  ...operatorCommand,
  name: "ClearActivationLockBypassCode",
  command: () => ({ RequestType: "ClearActivationLockBypassCode" }),
  acknowledged: () => [{ kind: "recordOutcome", name: "activation_lock_bypass_code_cleared", detail: {} }],
};
