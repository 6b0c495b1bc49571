/** DeleteUser: deletes an account with its data. Lands in `device_accounts`, by the UserList that follows. */
import { Type } from "typebox";
import type { CommandKind } from "./command.ts";
import { copyArguments, operatorCommand, refuseWithout } from "./operator-command.ts";

const deleteArguments = Type.Object({
  UserName: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  ForceDeletion: Type.Optional(Type.Boolean({ description: "Even with data that is not in the cloud yet" })),
  DeleteAllUsers: Type.Optional(Type.Boolean({ description: "Shared iPad only" })),
});
const names = ["UserName", "ForceDeletion", "DeleteAllUsers"];

export const deleteUser: CommandKind = {
  ...operatorCommand,
  name: "DeleteUser",
  publicArguments: names,
  argumentsFor: () => deleteArguments,
  refuse: (args) => (args["DeleteAllUsers"] === true ? [] : refuseWithout(args, ["UserName"])),
  command: (_, args) => ({ RequestType: "DeleteUser", ...copyArguments(args, names) }),
  acknowledged: () => [{ kind: "queueCommand", name: "UserList", arguments: {} }],
};
