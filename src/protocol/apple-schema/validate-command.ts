// Holds a command against Apple's schema and the target it is meant for, before it is queued: a device
// answers what is wrong with an error hours later, or silently does something else.
import { type PlistWritableDictionary, quoteHostileText } from "../plist/value.ts";
import {
  addFindings,
  type Findings,
  isDeprecation,
  type SchemaProblem,
  type SchemaVerdict,
} from "./finding.ts";
import { commandRelease, commandSchemas } from "./generated/commands.ts";
import { hintClosest, judgeDictionary } from "./judge-keys.ts";
import { judgeSupport, type SchemaTarget, type SupportPlace } from "./judge-support.ts";
import type { MessageSchema } from "./schema.ts";

/** The schema of a command, or null when Apple's release that the table follows has none of this name. */
export function findCommandSchema(requestType: string): MessageSchema | null {
  // Own members only: names such as "constructor" are no commands.
  return Object.hasOwn(commandSchemas, requestType) ? (commandSchemas[requestType] ?? null) : null;
}

/**
 * Judges whether a target takes a kind of command at all: platform, OS version, channel, supervision,
 * enrollment and access right.
 */
export function judgeRequestType(requestType: string, target: SchemaTarget): SchemaVerdict {
  const findings: Findings = { problems: [], warnings: [] };
  const schema = findCommandSchema(requestType);
  if (schema === null) addFindings(findings, [unknownRequestType(requestType)]);
  else addFindings(findings, judgeSupport(target, { on: schema.on, keyPath: "Command", isWhole: true }));
  return findings;
}

/**
 * Judges a command for a target: as {@link judgeRequestType}, and every key with its type, presence and
 * value. All problems at once, up to `schemaFindingsMax`; a command that is not for the target at all is not
 * read further.
 *
 * @param command The `Command` dictionary, `RequestType` included; members that are `undefined` are absent.
 */
export function validateCommand(command: PlistWritableDictionary, target: SchemaTarget): SchemaVerdict {
  const requestType = command["RequestType"];
  if (typeof requestType !== "string") {
    const reason = requestType === undefined ? "is required" : "must be of type string";
    const code = requestType === undefined ? "key_missing" : "type_mismatch";
    return { problems: [{ code, keyPath: "Command.RequestType", reason }], warnings: [] };
  }
  const verdict = judgeRequestType(requestType, target);
  const schema = findCommandSchema(requestType);
  if (schema === null || verdict.problems.length > 0) return verdict;
  const { RequestType: _, ...rest } = command;
  const findings: Findings = { problems: [], warnings: [...verdict.warnings] };
  const walk = {
    findings,
    release: commandRelease,
    judgeSupport: (place: SupportPlace) => judgeSupport(target, place),
    isWarning: isDeprecation,
    isOpen: () => false,
  };
  judgeDictionary(walk, { keys: schema.keys, path: "Command" }, rest);
  return findings;
}

function unknownRequestType(requestType: string): SchemaProblem {
  const hint = hintClosest(requestType, Object.keys(commandSchemas));
  const reason = `${quoteHostileText(requestType)} is unknown to Apple's schema (${commandRelease})${hint}`;
  return { code: "request_type_unknown", keyPath: "Command.RequestType", reason };
}
