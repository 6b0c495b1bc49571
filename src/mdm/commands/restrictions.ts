/** Restrictions: what a device is not allowed to do. Lands in `device_outcomes` as `restrictions`. */
import { Type } from "typebox";
import { plistToJsonObject } from "#protocol/mdm/json.ts";
import { dictionaryAt } from "#protocol/plist/access.ts";
import { type CommandKind, commandPriorities, unusable } from "./command.ts";
import { copyArguments, operatorCommand } from "./operator-command.ts";

const restrictionsArguments = Type.Object({
  ProfileRestrictions: Type.Optional(
    Type.Boolean({ description: "Also which profile each restriction is from" }),
  ),
});

export const restrictions: CommandKind = {
  ...operatorCommand,
  name: "Restrictions",
  priority: commandPriorities.inventory,
  storesResult: true,
  publicArguments: ["ProfileRestrictions"],
  argumentsFor: () => restrictionsArguments,
  command: (_, args) => ({ RequestType: "Restrictions", ...copyArguments(args, ["ProfileRestrictions"]) }),
  acknowledged: (_, __, answer) => {
    const everywhere = dictionaryAt(answer, "GlobalRestrictions");
    if (everywhere === null) return unusable("GlobalRestrictions");
    const byProfile = dictionaryAt(answer, "ProfileRestrictions");
    const detail = {
      global: plistToJsonObject(everywhere),
      profiles: byProfile === null ? null : plistToJsonObject(byProfile),
    };
    return [{ kind: "recordOutcome", name: "restrictions", detail }];
  },
};
