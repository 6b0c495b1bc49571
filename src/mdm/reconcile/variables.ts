// Variables stand in profiles, declarations and settings for what differs from device to device (protocol.md 3.7).
// They are replaced in the values of a decoded tree, never in text of a document: what is written afterwards is escaped.
// A variable without a value is told of, never sent: the artifact waits, visibly, until there is one.
import { type Target, channelOf } from "#mdm/devices/device.ts";
import type { RealmUser } from "./rendering.ts";

/** Whom the values are of. */
export type VariableSource = {
  readonly device: { readonly serialNumber: string; readonly udid: string };
  /** Null on the device's channel. */
  readonly user: { readonly longName: string; readonly shortName: string } | null;
  /** Null when nobody logged in at the enrollment. */
  readonly realmUser: RealmUser | null;
  readonly managedAppleId: string | null;
};

type ReadVariable = (source: VariableSource) => string | null | undefined;

const ofRealm =
  (read: (user: RealmUser) => string): ReadVariable =>
  ({ realmUser }) =>
    realmUser && read(realmUser);

const beforeAt = (text: string): string => text.split("@")[0] ?? "";

/** The variables, in the order they are looked for: a longer name before one that it begins with. */
const variables = new Map<string, ReadVariable>([
  ["$ENROLLED_DEVICE.SERIAL_NUMBER", ({ device }) => device.serialNumber],
  ["$ENROLLED_DEVICE.UDID", ({ device }) => device.udid],
  ["$ENROLLED_USER.LONG_NAME", ({ user }) => user?.longName],
  ["$ENROLLED_USER.SHORT_NAME", ({ user }) => user?.shortName],
  ["$REALM_USER.USERNAME", ofRealm(({ username }) => username)],
  ["$REALM_USER.DEVICE_USERNAME", ofRealm(({ username }) => beforeAt(username).replaceAll(".", ""))],
  ["$REALM_USER.EMAIL_PREFIX", ofRealm(({ email }) => beforeAt(email))],
  ["$REALM_USER.EMAIL", ofRealm(({ email }) => email)],
  ["$REALM_USER.FIRST_NAME", ofRealm(({ firstName }) => firstName)],
  ["$REALM_USER.LAST_NAME", ofRealm(({ lastName }) => lastName)],
  ["$REALM_USER.FULL_NAME", ofRealm(({ fullName }) => fullName)],
  ["$REALM_USER.CUSTOM_ATTR_1", ofRealm(({ customAttr1 }) => customAttr1)],
  ["$REALM_USER.CUSTOM_ATTR_2", ofRealm(({ customAttr2 }) => customAttr2)],
  ["$MANAGED_APPLE_ID.EMAIL", ({ managedAppleId }) => managedAppleId],
]);

/** The names of all variables. */
export const variableNames: readonly string[] = [...variables.keys()];

/** A known name wherever it stands, as the reference replaces it; else anything of a family, which is a mistake. */
const mention = new RegExp(
  `${variableNames.map((name) => name.replaceAll(/[$.]/g, String.raw`\$&`)).join("|")}|` +
    String.raw`\$(?:ENROLLED_DEVICE|ENROLLED_USER|REALM_USER|MANAGED_APPLE_ID)\.\w*`,
  "g",
);

/** Most missing variables that are told of, and most characters of one. */
const missingMax = 20;
const missingCharactersMax = 64;

/** XML cannot hold these (XML 1.0, section 2.2), and no name of a person needs them. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** What is known of the person who enrolled a device. */
export type EnrolledPerson = Pick<VariableSource, "realmUser" | "managedAppleId">;

/** An enrollment over the air without a login. */
export const nobodyKnown: EnrolledPerson = { realmUser: null, managedAppleId: null };

/** The values of a target. */
export function variableSourceOf(target: Target, person: EnrolledPerson = nobodyKnown): VariableSource {
  const { serialNumber, udid } = target.device;
  const user = channelOf(target) === "User" ? target.user : null;
  return { device: { serialNumber, udid }, user, ...person };
}

/**
 * Replaces the variables in all strings of a tree of plist or JSON values; keys, data, dates and numbers stay as they
 * are. A value is never searched again, so nobody's name can ask for another variable.
 *
 * @returns The new tree, and the variables that are unknown or have no value here, as they are written.
 */
export function substituteVariables<Value>(
  value: Value,
  source: VariableSource,
): { readonly value: Value; readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const replaceIn = (text: string): string =>
    text.replaceAll(mention, (name) => {
      const found = variables.get(name)?.(source) ?? null;
      if (found === null) missing.add(name.slice(0, missingCharactersMax));
      return found === null ? name : found.replaceAll(unwritable, "");
    });
  const substituted = mapStrings(value, replaceIn) as Value;
  return { value: substituted, missing: [...missing].sort().slice(0, missingMax) };
}

/** Maps the strings of a tree; what is neither list nor plain object is shared, not copied. */
function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((member) => mapStrings(member, map));
  if (!isPlainObject(value)) return value;
  // No prototype: a key may be `__proto__`.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) copy[key] = mapStrings(member, map);
  return copy;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
