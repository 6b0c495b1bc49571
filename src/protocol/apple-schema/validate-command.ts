// Holds a command against Apple's schema and the target it is meant for, before it is queued: a device
// answers what is wrong with an error hours later, or silently does something else.
import { type PlistWritable, type PlistWritableDictionary, quoteHostileText } from "../plist/value.ts";
import { findClosest } from "./find-closest.ts";
import {
  addFindings,
  type Findings,
  isFull,
  memberPath,
  type SchemaProblem,
  type SchemaVerdict,
} from "./finding.ts";
import { commandRelease, commandSchemas } from "./generated/commands.ts";
import { judgeSupport, type SchemaTarget } from "./judge-support.ts";
import { isWritableDictionary, judgeValue } from "./judge-value.ts";
import { isWildcard, type MessageSchema, type SchemaKey } from "./schema.ts";

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
  judgeDictionary({ target, findings }, { keys: schema.keys, path: "Command" }, rest);
  return findings;
}

type Walk = { readonly target: SchemaTarget; readonly findings: Findings };
type Place = { readonly keys: readonly SchemaKey[]; readonly path: string };

function judgeDictionary(walk: Walk, { keys, path }: Place, dictionary: PlistWritableDictionary): void {
  const wildcard = keys.find(isWildcard);
  for (const [name, value] of Object.entries(dictionary)) {
    if (isFull(walk.findings)) return;
    if (value === undefined) continue;
    const key = keys.find((each) => each.key === name) ?? wildcard;
    if (key === undefined) addFindings(walk.findings, [unknownKey(keys, path, name)]);
    else judgeMember(walk, key, { value, path: memberPath(path, name) });
  }
  const isAbsent = ({ key }: SchemaKey): boolean =>
    !Object.hasOwn(dictionary, key) || dictionary[key] === undefined;
  const missing = keys.filter((key) => key.required && !isWildcard(key) && isAbsent(key));
  addFindings(
    walk.findings,
    missing.map(({ key }) => ({
      code: "key_missing",
      keyPath: memberPath(path, key),
      reason: "is required",
    })),
  );
}

type Member = { readonly value: PlistWritable; readonly path: string };

function judgeMember(walk: Walk, key: SchemaKey, { value, path }: Member): void {
  const support = judgeSupport(walk.target, { on: key.on ?? {}, keyPath: path, isWhole: false });
  addFindings(walk.findings, support);
  if (support.some(({ code }) => code !== "deprecated")) return;
  const problem = judgeValue(key, value, path);
  if (problem !== null) {
    addFindings(walk.findings, [problem]);
    return;
  }
  // The type was judged above: an array has items, a dictionary members.
  if (key.type === "dictionary" && key.keys !== undefined && isWritableDictionary(value)) {
    judgeDictionary(walk, { keys: key.keys, path }, value);
  } else if (key.type === "array" && key.keys !== undefined && Array.isArray(value)) {
    judgeItems(walk, { keys: key.keys, path }, value as readonly PlistWritable[]);
  } else if (key.type === "string" && key.keys !== undefined) {
    judgeListedValue(walk, key.keys, { value, path });
  }
}

/** A text among values that are described one by one, such as the queries of DeviceInformation. */
function judgeListedValue(walk: Walk, values: readonly SchemaKey[], { value, path }: Member): void {
  const described = values.find(({ key }) => key === value);
  if (described === undefined) return;
  const keyPath = `${path} (${described.key})`;
  addFindings(walk.findings, judgeSupport(walk.target, { on: described.on ?? {}, keyPath, isWhole: false }));
}

function judgeItems(walk: Walk, { keys, path }: Place, items: readonly PlistWritable[]): void {
  for (const [index, value] of items.entries()) {
    if (isFull(walk.findings)) return;
    const item = { value, path: `${path}[${index}]` };
    const [only, ...further] = keys;
    if (only !== undefined && further.length === 0) judgeMember(walk, only, item);
    else judgeAlternatives(walk, keys, item);
  }
}

/** Items of several shapes name theirs in a key that has one value in each shape: `Item` of Settings. */
function judgeAlternatives(walk: Walk, alternatives: readonly SchemaKey[], item: Member): void {
  const { value, path } = item;
  const [first] = alternatives;
  const naming = first?.keys?.find(({ required, values }) => required && values?.length === 1);
  if (naming === undefined) throw new Error(`The schema's alternatives at ${path} cannot be told apart`);
  if (!isWritableDictionary(value)) {
    const problem = judgeValue({ key: "", type: "dictionary" }, value, path);
    addFindings(walk.findings, problem === null ? [] : [problem]);
    return;
  }
  const nameOf = ({ keys = [] }: SchemaKey): unknown =>
    keys.find(({ key }) => key === naming.key)?.values?.[0];
  const chosen = alternatives.find((alternative) => nameOf(alternative) === value[naming.key]);
  if (chosen !== undefined) {
    judgeMember(walk, chosen, item);
    return;
  }
  const names = alternatives.map(nameOf).filter((name) => typeof name === "string");
  const choice: SchemaKey = { key: naming.key, type: "string", required: true, values: names };
  const given = value[naming.key];
  judgeDictionary(walk, { keys: [choice], path }, given === undefined ? {} : { [naming.key]: given });
}

function unknownKey(keys: readonly SchemaKey[], path: string, name: string): SchemaProblem {
  const closest = findClosest(
    name,
    keys.map(({ key }) => key),
  );
  const hint = closest === null ? "" : `; closest is ${JSON.stringify(closest)}`;
  const reason = `is unknown to Apple's schema (${commandRelease})${hint}`;
  return { code: "key_unknown", keyPath: memberPath(path, name), reason };
}

function unknownRequestType(requestType: string): SchemaProblem {
  const closest = findClosest(requestType, Object.keys(commandSchemas));
  const hint = closest === null ? "" : `; closest is ${JSON.stringify(closest)}`;
  const reason = `${quoteHostileText(requestType)} is unknown to Apple's schema (${commandRelease})${hint}`;
  return { code: "request_type_unknown", keyPath: "Command.RequestType", reason };
}
