/**
 * Some payload types have several files, one for each use of the same type: `com.apple.MCX`. A payload is held
 * against all of them at once, because nothing in it tells which was meant.
 */
import { compareOsVersions, parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { MessageSchema, SchemaKey, Support, SupportedOs } from "#protocol/apple-schema/schema.ts";

/** Makes a table of messages, in the order given; what has one name becomes one message. */
export function mergeSchemas(
  messages: readonly (readonly [string, MessageSchema])[],
): Record<string, MessageSchema> {
  const table: Record<string, MessageSchema> = {};
  for (const [name, schema] of messages) {
    const earlier = table[name];
    table[name] = earlier === undefined ? schema : merge(earlier, schema);
  }
  return table;
}

function merge(a: MessageSchema, b: MessageSchema): MessageSchema {
  const release = a.release === b.release ? a.release : `${a.release}, ${b.release}`;
  return { ...a, release, on: mergePlatforms(a.on, b.on), keys: mergeKeys(a.keys, b.keys) };
}

/** Each key of either; required where both require it. */
function mergeKeys(a: readonly SchemaKey[], b: readonly SchemaKey[]): SchemaKey[] {
  const find = (keys: readonly SchemaKey[], name: string) => keys.find(({ key }) => key === name);
  const shared = a.map((each) => mergeKey(each, find(b, each.key)));
  return [
    ...shared,
    ...b.filter(({ key }) => find(a, key) === undefined).map((each) => mergeKey(each, undefined)),
  ];
}

function mergeKey(a: SchemaKey, b: SchemaKey | undefined): SchemaKey {
  const { required, values, range: _, keys, ...loose } = a;
  if (b === undefined) return { ...loose, ...present({ values, range: a.range, keys }) };
  return {
    ...loose,
    type: a.type === b.type ? a.type : "any",
    ...(required === true && b.required === true ? { required } : {}),
    ...present({
      values: values && b.values && [...new Set([...values, ...b.values])],
      keys: keys && b.keys && mergeKeys(keys, b.keys),
    }),
  };
}

/** Leaves out what is undefined: the members of a key are there, or not. */
function present(facts: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
}

/** A platform takes the payload when it takes one of its uses; which one is not asked. */
function mergePlatforms(a: SupportedOs, b: SupportedOs): SupportedOs {
  const entries = Object.entries(a).map(([platform, support]: [string, Support | null]) => {
    const other = b[platform as keyof SupportedOs] ?? null;
    return [platform, support === null || other === null ? (support ?? other) : mergeSupport(support, other)];
  });
  return Object.fromEntries(entries);
}

function mergeSupport(a: Support, b: Support): Support {
  const shared = Object.entries(a).filter(
    ([name, fact]) => JSON.stringify(b[name as keyof Support]) === JSON.stringify(fact),
  );
  const versionOf = ({ introduced = null }: { readonly introduced?: string | null }) =>
    parseOsVersion(introduced);
  const isEarlier = compareOsVersions(versionOf(a), versionOf(b)) <= 0;
  const introduced = isEarlier ? a.introduced : b.introduced;
  return { ...Object.fromEntries(shared), ...(introduced === undefined ? {} : { introduced }) };
}
