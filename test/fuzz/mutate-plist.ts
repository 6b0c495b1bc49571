/** Changes of property lists: of the tags as text, and of the values, which are then written in either form. */
import { readPlist } from "#protocol/plist/read.ts";
import { isDictionary, type PlistValue } from "#protocol/plist/value.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { MutationContext } from "./target.ts";

const tag = /<[^<>]*>|[^<>]+/g;
/** Above this, what a tag-wise change makes of a document would mostly be the cost of making it. */
const tagsMax = 4_000;

/** Takes out, doubles, exchanges or moves tags and texts of an XML document; null for others. */
export function mutateTags(input: Buffer, { random, words, other }: MutationContext): Buffer | null {
  const parts = input.toString("utf8").match(tag);
  if (parts === null || parts.length < 3 || parts.length > tagsMax) return null;
  const foreign = other.toString("utf8").match(tag) ?? parts;
  const at = random.below(parts.length);
  const part = parts[at] ?? "";
  const length = 1 + random.below(4);
  const changes: (() => void)[] = [
    () => void parts.splice(at, length),
    () => void parts.splice(at, 0, ...parts.slice(at, at + length)),
    () => void parts.splice(at, 1, random.pick(foreign)),
    () => void parts.splice(at, 0, random.pick(foreign)),
    () => void parts.splice(at, 1, random.pick([...words, ""])),
    () => void parts.splice(at, 0, ...Array<string>(1 + random.below(200)).fill(part)),
  ];
  random.pick(changes)();
  return Buffer.from(parts.join(""));
}

/** Changes one value of a document and writes it as XML or binary; null for what cannot be read or written. */
export function mutateValue(input: Buffer, context: MutationContext): Buffer | null {
  try {
    const changed = changeValue(readPlist(input), context, 0);
    return context.random.below(3) === 0 ? writeBinaryPlist(changed) : writePlist(changed);
  } catch {
    // Refused, or a finding: as an input of its own these bytes are judged, here they only serve to make others.
    return null;
  }
}

function changeValue(value: PlistValue, context: MutationContext, depth: number): PlistValue {
  const { random } = context;
  const stops = depth > 0 && random.below(4) === 0;
  if (Array.isArray(value) && !stops) return changeArray(value, context, depth);
  if (isDictionary(value) && !stops) return changeMembers(value, context, depth);
  return anyValue(context, value);
}

function changeArray(array: PlistValue[], context: MutationContext, depth: number): PlistValue[] {
  const copy = [...array];
  const at = context.random.below(copy.length);
  const member = copy[at];
  if (member === undefined || context.random.below(4) === 0) copy.splice(at, 0, anyValue(context, copy));
  else copy[at] = changeValue(member, context, depth + 1);
  return copy;
}

function changeMembers(members: Record<string, PlistValue>, context: MutationContext, depth: number) {
  const { random, words } = context;
  const copy: Record<string, PlistValue> = Object.assign(Object.create(null), members);
  const key = random.pick([...Object.keys(copy), "Key"]);
  const member = copy[key];
  const change = member === undefined ? "add" : random.pick(["add", "delete", "change", "change"]);
  if (change === "add") copy[random.pick([...words, key])] = anyValue(context, copy);
  else if (change === "delete") delete copy[key];
  else if (member !== undefined) copy[key] = changeValue(member, context, depth + 1);
  return copy;
}

function anyValue({ random, words }: MutationContext, old: PlistValue): PlistValue {
  const text = random.pick([
    ...words,
    "",
    "a\0b",
    "a\r\nb",
    "é😀",
    "x".repeat(random.pick([255, 256, 1024, 2000])),
  ]);
  return random.pick<() => PlistValue>([
    () => text,
    () => text,
    () =>
      random.pick([0, 1, -1, 255, 65_536, 2 ** 31, 2 ** 53 - 1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]),
    () => random.pick([2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)]),
    () => random.below(2) === 0,
    () => new Date(random.pick([0, 978_307_200_000, 253_402_300_799_000, -62_000_000_000_000])),
    () => Buffer.alloc(random.pick([0, 1, 32, 300]), random.below(256)),
    () => [],
    () => [old],
    () => ({ [text]: old }),
    () => Array.from({ length: random.pick([120, 130]) }).reduce<PlistValue>((inner) => [inner], old),
  ])();
}
