/** UserList: the accounts on a Mac or Shared iPad. Lands in `device_accounts`. */
import { decodeUserList } from "#protocol/mdm/answers/user-list.ts";
import { type CommandKind, commandPriorities, unusable } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

export const userList: CommandKind = {
  ...operatorCommand,
  name: "UserList",
  priority: commandPriorities.inventory,
  command: () => ({ RequestType: "UserList" }),
  acknowledged: (_, __, answer) => {
    const accounts = decodeUserList(answer);
    return accounts === null ? unusable("Users") : [{ kind: "storeAccounts", accounts }];
  },
};
