import { describe, expect, test } from "vitest";
import type { PlistWritableDictionary } from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { parseConfigurationProfile } from "./configuration-profile.ts";

const uploaded = { PayloadIdentifier: "com.example.wifi", PayloadUUID: "U", PayloadDisplayName: "Wi-Fi" };

function parse(profile: PlistWritableDictionary) {
  return parseConfigurationProfile(writePlist(profile));
}

function codeOf(read: () => unknown): unknown {
  try {
    read();
    return "parsed";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

describe("an uploaded configuration profile", () => {
  test("is known by its identifier and UUID", () => {
    expect(parse(uploaded)).toMatchObject({
      payloadIdentifier: "com.example.wifi",
      payloadUuid: "U",
      payloadDisplayName: "Wi-Fi",
      payloadDescription: null,
      content: uploaded,
      bytes: writePlist(uploaded),
    });
  });

  test.each([
    ["System", "Device"],
    ["User", "User"],
    [undefined, "User"],
  ])("of scope %s belongs to the channel %s", (PayloadScope, channel) => {
    expect(parse({ ...uploaded, PayloadScope }).channel).toBe(channel);
  });

  test.each(["system", "", 7])("of scope %j is refused", (PayloadScope) => {
    expect(codeOf(() => parse({ ...uploaded, PayloadScope }))).toBe("profile_scope_unknown");
  });

  test.each([undefined, "", 7])("with %j for its identity is refused", (value) => {
    expect(codeOf(() => parse({ ...uploaded, PayloadIdentifier: value }))).toBe("profile_identifier_missing");
    expect(codeOf(() => parse({ ...uploaded, PayloadUUID: value }))).toBe("profile_uuid_missing");
  });

  test("is read out of a signature that verifies", () => {
    const plist = writePlist(uploaded);
    const signed = Buffer.concat([Buffer.of(0x30), plist]);
    expect(parseConfigurationProfile(signed, (bytes) => bytes.subarray(1)).bytes).toEqual(plist);
  });

  test("inside a signature that does not verify is no plist", () => {
    const signed = Buffer.concat([Buffer.of(0x30), writePlist(uploaded)]);
    expect(codeOf(() => parseConfigurationProfile(signed, () => null))).toBe("plist_malformed");
  });

  test("that is a list is refused", () => {
    expect(codeOf(() => parseConfigurationProfile(writePlist([])))).toBe("plist_root_not_dictionary");
  });
});
