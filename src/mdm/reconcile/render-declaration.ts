// Declarations that artifacts become, as one target gets them (desired-state specification 4.6): of what an operator wrote,
// with its references in the words devices know; of files, profiles and certificates, where to download them.
// Pure: tokens, URLs and identifiers are made by the caller.
import type { JsonObject, JsonValue } from "#protocol/mdm/json.ts";

/** A value for a place of a payload; positions in lists are decimal strings. */
export type Replacement = { readonly key: readonly string[]; readonly value: string };

/** A copy of a payload with values in place of what was written there; places that are not there stay absent. */
export function replaceReferences(payload: JsonObject, replacements: readonly Replacement[]): JsonObject {
  const copy = structuredClone(payload);
  for (const { key, value } of replacements) replaceAt(copy, key, value);
  return copy;
}

function replaceAt(root: JsonObject, key: readonly string[], value: string): void {
  const last = key.at(-1);
  let place: JsonValue | undefined = root;
  for (const step of key.slice(0, -1)) place = memberAt(place, step);
  if (last === undefined || memberAt(place, last) === undefined) return;
  if (Array.isArray(place)) place[Number(last)] = value;
  else (place as JsonObject)[last] = value;
}

function memberAt(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return value[Number(step)];
  return Object.hasOwn(value, step) ? value[step] : undefined;
}

/** `com.apple.configuration.legacy`. */
export function legacyProfilePayload(ProfileURL: string): JsonObject {
  return { ProfileURL };
}

/** The media types of data assets. */
export const dataAssetContentTypes = { PLIST: "text/xml", ZIP: "application/zip" } as const;

/** `com.apple.asset.data`. */
export function dataAssetPayload(
  asset: { readonly type: "PLIST" | "ZIP"; readonly fileSize: number; readonly fileSha256: string },
  DataURL: string,
): JsonObject {
  return {
    Reference: {
      DataURL,
      ContentType: dataAssetContentTypes[asset.type],
      Size: asset.fileSize,
      "Hash-SHA-256": asset.fileSha256,
    },
  };
}

/** `com.apple.asset.credential.acme` and `….scep`. */
export function certAssetPayload(accessible: string, DataURL: string): JsonObject {
  return { Reference: { DataURL, ContentType: "application/json" }, Accessible: accessible };
}

/** The subject of a certificate asset as credentials have it: a list of relative names of one attribute each. */
export function certAssetSubject(
  subject: readonly { readonly type: string; readonly value: string }[],
): string[][][] {
  return subject.map(({ type, value }) => [[type, value]]);
}

/** The alternative names that have a value. */
export function certAssetAltName(
  names: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value]])),
  );
}
