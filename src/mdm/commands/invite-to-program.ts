/**
 * InviteToProgram: invites the user of a user channel to Apps and Books. Lands in `device_outcomes` as
 * `program_invitation`, for each user.
 */
import { Type } from "typebox";
import { textAt } from "#protocol/mdm/text.ts";
import { choice } from "#platform/http/wire-fields.ts";
import { type CommandKind, textArgument, unusable } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

const appsAndBooks = "com.apple.cloudvpp";
const inviteArguments = Type.Object({
  ProgramID: Type.Optional(choice([appsAndBooks])),
  InvitationURL: Type.String({ minLength: 1, maxLength: 2_000, format: "uri" }),
});

export const inviteToProgram: CommandKind = {
  ...operatorCommand,
  name: "InviteToProgram",
  publicArguments: ["ProgramID"],
  // Whoever has the URL can accept the invitation.
  secretArguments: ["InvitationURL"],
  argumentsFor: () => inviteArguments,
  command: (_, args) => ({
    RequestType: "InviteToProgram",
    ProgramID: textArgument(args, "ProgramID") ?? appsAndBooks,
    InvitationURL: textArgument(args, "InvitationURL") ?? "",
  }),
  acknowledged: (_, args, answer) => {
    const result = textAt(answer, "InvitationResult");
    if (result === null) return unusable("InvitationResult");
    const detail = { program_id: textArgument(args, "ProgramID") ?? appsAndBooks, result };
    return [{ kind: "recordOutcome", name: "program_invitation", detail }];
  },
};
