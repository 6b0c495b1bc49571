/** What kinds that operators ask for have in common, and how they read their arguments. */
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";
import { type CommandArguments, type CommandKind, commandPriorities, noArguments } from "./command.ts";

/** Copies arguments that the kind's schema has already checked into a command: texts, flags and whole numbers. */
export function copyArguments(args: CommandArguments, names: readonly string[]): PlistWritableDictionary {
  const members = names.flatMap((name) => {
    const value = args[name];
    const isScalar = typeof value === "string" || typeof value === "boolean" || typeof value === "number";
    return isScalar ? [[name, value] as const] : [];
  });
  return Object.fromEntries(members);
}

/** Reads an argument that is a list of texts, which the kind's schema has already checked. */
export function textsArgument(args: CommandArguments, name: string): readonly string[] | undefined {
  const value = args[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

/** Refuses a command that has none of some arguments. */
export function refuseWithout(args: CommandArguments, names: readonly string[]): readonly Refusal[] {
  if (names.some((name) => args[name] !== undefined)) return [];
  const [field = ""] = names;
  const detail = `One of ${names.join(", ")} is required.`;
  return [{ kind: "invalid", code: "argument_missing", field, detail }];
}

/** What most kinds that operators ask for have in common. */
export const operatorCommand = {
  priority: commandPriorities.operator,
  reschedulesNotNow: true,
  storesResult: false,
  publicArguments: [],
  secretArguments: [],
  argumentsFor: () => noArguments,
} satisfies Partial<CommandKind>;
