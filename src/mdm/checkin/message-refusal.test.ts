import { expect, test } from "vitest";
import { decodeCheckin } from "#protocol/mdm/checkin.ts";
import { decodeConnect } from "#protocol/mdm/connect.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { Refusal } from "#platform/errors.ts";
import { refuseMessage } from "./message-refusal.ts";

function refusalOf(decode: (body: Buffer) => unknown, body: PlistWritableDictionary | Buffer): Refusal {
  try {
    decode(Buffer.isBuffer(body) ? body : writePlist(body));
  } catch (error) {
    return refuseMessage(error);
  }
  throw new Error("The message was taken");
}

test.each([
  [{ UDID: "U" }, "checkin_message_type_missing", "unknown message type"],
  [{ UDID: "U", MessageType: "Hello" }, "checkin_message_type_unknown", "unknown message type"],
  [{ MessageType: "CheckOut" }, "checkin_identifier_missing", "malformed message: UDID"],
  [{ MessageType: "CheckOut", UDID: 5 }, "checkin_field_malformed", "malformed message: UDID"],
  [{ MessageType: "TokenUpdate", UDID: "U" }, "checkin_field_malformed", "malformed message: Token"],
])("check-in %j is refused as %s", (message, code, detail) => {
  expect(refusalOf(decodeCheckin, message)).toEqual({ kind: "invalid", code, detail });
});

test.each([
  [{ UDID: "U" }, "connect_status_missing", "missing request status"],
  [{ UDID: "U", Status: "Bored" }, "connect_status_unknown", "unknown request status"],
  [{ Status: "Idle" }, "connect_identifier_missing", "malformed message: UDID"],
  [
    { UDID: "U", Status: "Error", CommandUUID: 5 },
    "connect_field_malformed",
    "malformed message: CommandUUID",
  ],
])("connect %j is refused as %s", (message, code, detail) => {
  expect(refusalOf(decodeConnect, message)).toEqual({ kind: "invalid", code, detail });
});

test("what is no property list is refused as such, and not as an empty message", () => {
  for (const body of [Buffer.alloc(0), Buffer.from("hello"), Buffer.from("{}"), Buffer.from("bplist00")]) {
    expect(refusalOf(decodeCheckin, body)).toMatchObject({
      kind: "invalid",
      code: expect.stringMatching(/^plist_/),
      detail: "malformed property list",
    });
  }
});

test("a fault of ours is not called a bad message", () => {
  const fault = new TypeError("A bug");
  expect(() => refuseMessage(fault)).toThrow(fault);
});
