/** CustomCommand: any `Command` dictionary an operator writes. Its answer is kept whole in the history. */
import { Type } from "typebox";
import { readPlist } from "#protocol/plist/read.ts";
import { isDictionary, type PlistDictionary, PlistError, type PlistValue } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";
import { type CommandArguments, type CommandKind, commandPriorities, textArgument } from "./command.ts";

/** Most characters of a custom command; Apple's largest, a profile inside, stays below it. */
export const customCommandCharactersMax = 7 * 1024 * 1024;
/** Request types are short words; more is cut where they are shown. */
const requestTypeCharactersMax = 255;

const customArguments = Type.Object({
  command: Type.String({
    minLength: 1,
    maxLength: customCommandCharactersMax,
    description: "The Command dictionary as a property list; a bare <dict> is wrapped",
  }),
});

export const customCommand: CommandKind = {
  name: "CustomCommand",
  priority: commandPriorities.operator,
  reschedulesNotNow: true,
  storesResult: true,
  publicArguments: [],
  // It may hold anything, PINs and passwords included.
  secretArguments: ["command"],
  argumentsFor: () => customArguments,
  refuse: (args) => {
    const read = readCommand(args);
    if (typeof read !== "string") return [];
    const refusal: Refusal = {
      kind: "invalid",
      code: "custom_command_malformed",
      field: "command",
      detail: read,
    };
    return [refusal];
  },
  requestTypeOf: (args) => requestTypeOf(readCommand(args)),
  command: (_, args) => {
    const read = readCommand(args);
    return typeof read === "string" ? { RequestType: "" } : read;
  },
  acknowledged: () => [],
  describe: (args) => {
    const read = readCommand(args);
    if (typeof read === "string") return "<omitted>";
    const keys = Object.keys(read).filter((key) => key !== "RequestType");
    return { RequestType: requestTypeOf(read), keys: keys.sort() };
  },
  show: (args) => {
    const read = readCommand(args);
    if (typeof read === "string") return {};
    const keys = Object.keys(read).filter((key) => key !== "RequestType");
    return Object.fromEntries(keys.map((key) => [key, "<redacted>"]));
  },
};

/** The dictionary, or one of the reference's three complaints (http-api 2.25). */
function readCommand(args: CommandArguments): PlistDictionary | string {
  const text = (textArgument(args, "command") ?? "").trim();
  const whole = text.startsWith("<dict>") ? `<plist version="1.0">${text}</plist>` : text;
  const value = readOrNull(whole);
  if (value === null) return "Invalid property list";
  if (!isDictionary(value)) return "Not a dictionary";
  const requestType = value["RequestType"];
  const isNamed = typeof requestType === "string" && requestType !== "";
  return isNamed ? value : "Missing or empty RequestType";
}

function readOrNull(text: string): PlistValue | null {
  try {
    return readPlist(Buffer.from(text, "utf8"));
  } catch (error) {
    if (error instanceof PlistError) return null;
    throw error;
  }
}

function requestTypeOf(read: PlistDictionary | string): string {
  const requestType = typeof read === "string" ? "" : read["RequestType"];
  return typeof requestType === "string" ? requestType.slice(0, requestTypeCharactersMax) : "";
}
