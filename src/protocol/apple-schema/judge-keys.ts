// Walks a message along the keys of Apple's schema: every member with its type, value, presence and support, and what
// is inside it. What is made of a finding is the caller's.
import type { PlistWritable, PlistWritableDictionary } from "../plist/value.ts";
import { findClosest } from "./find-closest.ts";
import {
  addFindings,
  type Findings,
  isFull,
  memberPath,
  schemaFindingsMax,
  type SchemaProblem,
  type SchemaProblemCode,
} from "./finding.ts";
import type { SupportPlace } from "./judge-support.ts";
import { isWritableDictionary, judgeValue } from "./judge-value.ts";
import { isWildcard, type SchemaKey } from "./schema.ts";

/** How one message is walked. */
export type KeyWalk = {
  readonly findings: Findings;
  /** Apple's release, which the reason of an unknown key names. */
  readonly release: string;
  /** What speaks against a key for those the message is meant for. */
  readonly judgeSupport: (place: SupportPlace) => readonly SchemaProblem[];
  /** Tells which findings stop nothing. */
  readonly isWarning: (problem: SchemaProblem) => boolean;
  /** Tells which values are not judged, nor what is inside them: their value is not known yet. */
  readonly isOpen: (key: SchemaKey, value: PlistWritable) => boolean;
};

/** A dictionary's keys, and its path in the message. */
export type KeyPlace = { readonly keys: readonly SchemaKey[]; readonly path: string };

/**
 * Judges every member of a dictionary, and which are missing. Findings are added to those of the walk, which ends at
 * `schemaFindingsMax` problems.
 */
export function judgeDictionary(
  walk: KeyWalk,
  { keys, path }: KeyPlace,
  dictionary: PlistWritableDictionary,
): void {
  const wildcard = keys.find(isWildcard);
  const named = new Map(keys.map((key) => [key.key, key]));
  for (const [name, value] of Object.entries(dictionary)) {
    if (isFull(walk.findings)) return;
    if (value === undefined) continue;
    const key = named.get(name) ?? wildcard;
    if (key === undefined) noteUnknownKey(walk, { keys, path }, name);
    else judgeMember(walk, key, { value, path: memberPath(path, name) });
  }
  const isAbsent = ({ key }: SchemaKey): boolean =>
    !Object.hasOwn(dictionary, key) || dictionary[key] === undefined;
  const missing = keys.filter((key) => key.required && !isWildcard(key) && isAbsent(key));
  note(
    walk,
    missing.map(({ key }) => ({
      code: "key_missing",
      keyPath: memberPath(path, key),
      reason: "is required",
    })),
  );
}

type Member = { readonly value: PlistWritable; readonly path: string };

function judgeMember(walk: KeyWalk, key: SchemaKey, { value, path }: Member): void {
  const support = walk.judgeSupport({ on: key.on ?? {}, keyPath: path, isWhole: false });
  note(walk, support);
  if (support.some((found) => !walk.isWarning(found)) || walk.isOpen(key, value)) return;
  const problem = judgeValue(key, value, { keyPath: path, isHinted: hasRoom(walk, "value_not_listed") });
  if (problem !== null) {
    note(walk, [problem]);
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
function judgeListedValue(walk: KeyWalk, values: readonly SchemaKey[], { value, path }: Member): void {
  const described = values.find(({ key }) => key === value);
  if (described === undefined) return;
  const keyPath = `${path} (${described.key})`;
  note(walk, walk.judgeSupport({ on: described.on ?? {}, keyPath, isWhole: false }));
}

function judgeItems(walk: KeyWalk, { keys, path }: KeyPlace, items: readonly PlistWritable[]): void {
  for (const [index, value] of items.entries()) {
    if (isFull(walk.findings)) return;
    const item = { value, path: `${path}[${index}]` };
    const [only, ...further] = keys;
    if (only !== undefined && further.length === 0) judgeMember(walk, only, item);
    else judgeAlternatives(walk, keys, item);
  }
}

/** Items of several shapes name theirs in a key that has one value in each shape: `Item` of Settings. */
function judgeAlternatives(walk: KeyWalk, alternatives: readonly SchemaKey[], item: Member): void {
  const { value, path } = item;
  const [first] = alternatives;
  const naming = first?.keys?.find(({ required, values }) => required && values?.length === 1);
  if (naming === undefined) throw new Error(`The schema's alternatives at ${path} cannot be told apart`);
  if (!isWritableDictionary(value)) {
    const problem = judgeValue({ key: "", type: "dictionary" }, value, {
      keyPath: path,
      isHinted: false,
    });
    note(walk, problem === null ? [] : [problem]);
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

function noteUnknownKey(walk: KeyWalk, { keys, path }: KeyPlace, name: string): void {
  if (!hasRoom(walk, "key_unknown")) return;
  const hint = hintClosest(
    name,
    keys.map(({ key }) => key),
  );
  const reason = `is unknown to Apple's schema (${walk.release})${hint}`;
  note(walk, [{ code: "key_unknown", keyPath: memberPath(path, name), reason }]);
}

/**
 * Whether a further finding of a code would be told of. A hostile message may have thousands; looking for what each was
 * meant to be costs time.
 */
export function hasRoom({ findings, isWarning }: KeyWalk, code: SchemaProblemCode): boolean {
  const list = isWarning({ code, keyPath: "", reason: "" }) ? findings.warnings : findings.problems;
  return list.length < schemaFindingsMax;
}

function note({ findings, isWarning }: KeyWalk, found: readonly SchemaProblem[]): void {
  addFindings(findings, found, isWarning);
}

/** The end of a reason: what a misspelt name was meant to be, or nothing. */
export function hintClosest(name: string, candidates: readonly string[]): string {
  const closest = findClosest(name, candidates);
  return closest === null ? "" : `; closest is ${JSON.stringify(closest)}`;
}
