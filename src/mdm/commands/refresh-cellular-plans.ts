/**
 * RefreshCellularPlans: makes a device ask an eSIM server for its plans. Lands in `device_outcomes` as
 * `cellular_plans_refreshed`.
 */
import { Type } from "typebox";
import { type CommandKind, textArgument } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

const refreshArguments = Type.Object({
  eSIMServerURL: Type.String({ minLength: 1, maxLength: 2_000, format: "uri" }),
});

export const refreshCellularPlans: CommandKind = {
  ...operatorCommand,
  name: "RefreshCellularPlans",
  publicArguments: ["eSIMServerURL"],
  argumentsFor: () => refreshArguments,
  command: (_, args) => ({
    RequestType: "RefreshCellularPlans",
    eSIMServerURL: textArgument(args, "eSIMServerURL") ?? "",
  }),
  acknowledged: (_, args) => {
    const detail = { server_url: textArgument(args, "eSIMServerURL") ?? "" };
    return [{ kind: "recordOutcome", name: "cellular_plans_refreshed", detail }];
  },
};
