import { describe, expect, test } from "vitest";
import { detectFile } from "./detect-file.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const profile = { PayloadType: "Configuration", PayloadContent: [], PayloadDisplayName: "Wi-Fi" };
const detect = (name: string, bytes: Uint8Array, content: Record<string, unknown> | null = null) =>
  detectFile(name, bytes, () => content);

describe("what a dropped file is", () => {
  test.each([
    ["a.pkg", utf8("xar!...."), { kind: "package", isIpa: false }],
    ["a.IPA", utf8("PK\u0003\u0004"), { kind: "package", isIpa: true }],
    ["a.zip", utf8("PK\u0003\u0004"), { kind: "data asset", type: "ZIP" }],
    ["a.bin", utf8("nothing"), { kind: "unknown", reason: "other" }],
    ["a.txt", new Uint8Array(), { kind: "unknown", reason: "empty" }],
    ["a.json", utf8("{}"), { kind: "unknown", reason: "json" }],
    ["a.json", utf8('{"Type": 3'), { kind: "unknown", reason: "json" }],
    ["a.json", utf8('{"Type":"com.apple.status"}'), { kind: "unknown", reason: "declaration_type" }],
  ])("%s", (name, bytes, expected) => expect(detect(name, bytes)).toEqual(expected));

  test.each([
    ["a.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", "private_key"],
    ["a.pem", "-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----", "private_key"],
    ["a.csr", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----", "request"],
    ["a.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", "other"],
    ["a.pem", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", "other"],
    ["a.p12", "\x30\x03\x02\x01\x03", "private_key"],
  ])("%s with %s is no artifact", (name, text, reason) =>
    expect(detect(name, utf8(text))).toEqual({ kind: "unknown", reason }),
  );

  test("a profile is for the user unless it says otherwise", () => {
    const bytes = utf8("<?xml version='1.0'?><plist/>");
    expect(detect("a.mobileconfig", bytes, profile)).toEqual({
      kind: "profile",
      title: "Wi-Fi",
      channel: "User",
      isSigned: false,
    });
    expect(detect("a", bytes, { ...profile, PayloadScope: "System" })).toMatchObject({ channel: "Device" });
  });

  test("a signed profile is found within its signature, also in pieces", () => {
    const inner =
      "<?xml?><key>PayloadContent</key><key>PayloadDisplayName</key> <string>VPN</string></plist>";
    const bytes = new Uint8Array([0x30, 0x80, ...utf8(inner), 0]);
    expect(detect("a", bytes)).toMatchObject({ kind: "profile", title: "VPN", isSigned: true });
    expect(detect("a", bytes, profile)).toMatchObject({ kind: "profile", title: "Wi-Fi" });
    expect(detect("a", new Uint8Array([0x30, 0x80]))).toEqual({ kind: "unknown", reason: "other" });
  });

  test("provisioning profiles are signed, other property lists are data", () => {
    const signed = new Uint8Array([0x30, ...utf8("<?xml?></plist>")]);
    expect(detect("a", signed, { TeamIdentifier: ["X"], Name: "App" })).toEqual({
      kind: "provisioning profile",
      title: "App",
    });
    expect(detect("a.plist", utf8("<plist/>"), { a: 1 })).toEqual({ kind: "data asset", type: "PLIST" });
  });

  test("declarations say by their type what they are", () => {
    const text = '{"Type":"com.apple.configuration.passcode.settings","Payload":{}}';
    expect(detect("a.json", utf8(text))).toEqual({
      kind: "declaration",
      type: "com.apple.configuration.passcode.settings",
      artifactType: "Configuration",
      source: text,
    });
  });
});
