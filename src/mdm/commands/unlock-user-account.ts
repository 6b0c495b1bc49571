/**
 * UnlockUserAccount: opens an account of a Mac that wrong passwords have locked. Lands in `device_outcomes` as
 * `user_account_unlocked`.
 */
import { Type } from "typebox";
import { type CommandKind, textArgument } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

const unlockArguments = Type.Object({ UserName: Type.String({ minLength: 1, maxLength: 255 }) });

export const unlockUserAccount: CommandKind = {
  ...operatorCommand,
  name: "UnlockUserAccount",
  publicArguments: ["UserName"],
  argumentsFor: () => unlockArguments,
  command: (_, args) => ({
    RequestType: "UnlockUserAccount",
    UserName: textArgument(args, "UserName") ?? "",
  }),
  acknowledged: (_, args) => {
    const detail = { user_name: textArgument(args, "UserName") ?? "" };
    return [{ kind: "recordOutcome", name: "user_account_unlocked", detail }];
  },
};
