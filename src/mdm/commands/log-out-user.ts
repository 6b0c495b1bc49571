/** LogOutUser: logs the user of a Shared iPad out. Lands in `device_accounts`, by the UserList that follows. */
import type { CommandKind } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const logOutUser: CommandKind = {
  ...operatorCommand,
  name: "LogOutUser",
  command: () => ({ RequestType: "LogOutUser" }),
  acknowledged: () => [{ kind: "queueCommand", name: "UserList", arguments: {} }],
};
