/**
 * ValidateApplications: makes a device check its enterprise applications with Apple. Lands in `device_outcomes` as
 * `applications_validated`, and in `device_managed_applications` by the list that follows.
 */
import { Type } from "typebox";
import type { CommandKind } from "./command.ts";
import { operatorCommand, textsArgument } from "./operator-command.ts";

const identifier = Type.String({ minLength: 1, maxLength: 512 });
const validateArguments = Type.Object({
  Identifiers: Type.Optional(
    Type.Array(identifier, { minItems: 1, maxItems: 500, description: "All managed ones when absent" }),
  ),
});

export const validateApplications: CommandKind = {
  ...operatorCommand,
  name: "ValidateApplications",
  publicArguments: ["Identifiers"],
  argumentsFor: () => validateArguments,
  command: (_, args) => ({
    RequestType: "ValidateApplications",
    Identifiers: textsArgument(args, "Identifiers"),
  }),
  acknowledged: (_, args) => [
    {
      kind: "recordOutcome",
      name: "applications_validated",
      detail: { identifiers: textsArgument(args, "Identifiers") ?? null },
    },
    { kind: "queueCommand", name: "ManagedApplicationList", arguments: {} },
  ],
};
