/** The decoder of check-in messages, held against the table that is generated from Apple's schema. */
import { describe, expect, test } from "vitest";
import { checkinSchemas } from "../apple-schema/generated/checkin.ts";
import type { SchemaKey } from "../apple-schema/schema.ts";
import type { PlistWritable } from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { CheckinError, type CheckinMessage, decodeCheckin } from "./checkin.ts";

type Message = { [key: string]: PlistWritable };

const samples: Readonly<Record<string, PlistWritable>> = {
  string: "text",
  boolean: true,
  data: Buffer.from("bytes"),
  integer: 7,
  dictionary: { Key: "text" },
  array: ["text"],
};

function sampleOf({ key, type }: SchemaKey): PlistWritable {
  const sample = samples[type];
  if (sample === undefined) throw new Error(`There is no sample of ${type}, which ${key} is`);
  return sample;
}

/** A value of a type that the key never has. */
function wrongValueFor({ type }: SchemaKey): PlistWritable {
  return type === "integer" ? "text" : 7;
}

/** Identifiers have rules of their own: of a device one is enough, and they go together (spec 1.1). */
const identifierKeys = new Set([
  "UDID",
  "EnrollmentID",
  "EnrollmentUserID",
  "UserID",
  "UserShortName",
  "UserLongName",
]);
const isIdentifier = ({ key }: SchemaKey): boolean => identifierKeys.has(key);

const tables = Object.entries(checkinSchemas).map(([type, { keys }]) => {
  const own = keys.filter((each) => !isIdentifier(each) && each.key !== "MessageType");
  return { type, own };
});

function messageOf(type: string, keys: readonly SchemaKey[]): Message {
  const members = keys.map((key): [string, PlistWritable] => [key.key, sampleOf(key)]);
  return { MessageType: type, UDID: "udid", ...Object.fromEntries(members) };
}

const decode = (message: Message): CheckinMessage => decodeCheckin(writePlist(message));

/** A refusal's code and key; null when the message is taken. */
function refusalOf(message: Message): readonly [string, string] | null {
  try {
    decode(message);
    return null;
  } catch (error) {
    if (error instanceof CheckinError) return [error.code, error.field];
    throw error;
  }
}

describe.each(tables)("$type, as Apple describes it", ({ type, own }) => {
  const required = own.filter((key) => key.required === true);

  test("is decoded with every key, and with those alone that are required", () => {
    expect(decode(messageOf(type, own)).messageType).toBe(type);
    expect(decode(messageOf(type, required)).messageType).toBe(type);
  });

  test("asks for no key that Apple does not require", () => {
    for (const { key } of own) {
      const message = messageOf(type, own);
      delete message[key];
      const refusal = refusalOf(message);
      if (refusal === null) continue;
      expect(refusal).toEqual(["checkin_field_malformed", key]);
      expect(required.map((each) => each.key)).toContain(key);
    }
  });

  test("is refused for a malformed key only where it needs that key", () => {
    for (const key of own) {
      const refusal = refusalOf({ ...messageOf(type, own), [key.key]: wrongValueFor(key) });
      if (refusal === null) continue;
      expect(refusal).toEqual(["checkin_field_malformed", key.key]);
      // A bootstrap token that cannot be read must not be taken for none, which means: forget it.
      const isNeeded = key.required === true || key.key === "BootstrapToken";
      expect(isNeeded, key.key).toBe(true);
    }
  });
});

test("a message that Apple does not describe is refused", () => {
  expect(refusalOf({ MessageType: "Deauthenticate", UDID: "udid" })).toEqual([
    "checkin_message_type_unknown",
    "MessageType",
  ]);
});
