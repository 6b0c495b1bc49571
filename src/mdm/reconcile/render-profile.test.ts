import { describe, expect, test } from "vitest";
import { Secret } from "#platform/secret.ts";
import { Real } from "#protocol/plist/value.ts";
import { fillScepPayloads, identifyProfile, listScepPayloads, readSubject } from "./render-profile.ts";

const scep = (settings: unknown): never =>
  ({ PayloadType: "com.apple.security.scep", PayloadUUID: "u", PayloadContent: settings }) as never;
const settings = {
  name: "CA",
  url: "https://ca.example.com/scep",
  keySize: 2048,
  keyUsage: 5,
  challenge: new Secret("k7-orange"),
};

test("a profile is known by its artifact, the same for all versions", () => {
  const identity = { prefix: "com.example.mdm", artifactId: "a1", versionId: "0d2f-ab" };
  const original = { PayloadIdentifier: "mine", PayloadUUID: "mine", PayloadDisplayName: "Wi-Fi" };
  expect(identifyProfile(original, identity)).toEqual({
    PayloadIdentifier: "com.example.mdm.artifact.a1",
    PayloadUUID: "0D2F-AB",
    PayloadDisplayName: "Wi-Fi",
  });
});

describe("SCEP payloads", () => {
  test("are found with what they ask for, those without a name left out", () => {
    const profile = {
      PayloadContent: [
        { PayloadType: "com.apple.wifi.managed" } as never,
        scep({ Name: "CA", Subject: [[["CN", "a"]]] }),
        scep({ URL: "https://example.com" }),
        scep("text"),
      ],
    };
    expect(listScepPayloads(profile)).toEqual([
      { index: 1, name: "CA", subject: [{ oid: "2.5.4.3", value: "a" }] },
    ]);
  });

  test.each([undefined, "text", 1, [[]], [1, new Real(1)], new Date(0), Buffer.alloc(1)])(
    "are none in a profile whose content is %j",
    (PayloadContent) => {
      expect(listScepPayloads({ PayloadContent } as never)).toEqual([]);
    },
  );

  test("get what they lack; key type and challenge are always the issuer's", () => {
    const own = { Name: "CA", Keysize: 4096, "Key Type": "DSA", Challenge: "old", Retries: 3 };
    const other = scep({ Name: "Other" });
    const filled = fillScepPayloads({ PayloadContent: [other, scep(own)] }, new Map([[1, settings]]));
    expect(filled).toEqual({
      PayloadContent: [
        other,
        {
          PayloadType: "com.apple.security.scep",
          PayloadUUID: "u",
          PayloadContent: {
            Name: "CA",
            URL: "https://ca.example.com/scep",
            Keysize: 4096,
            "Key Type": "RSA",
            "Key Usage": 5,
            Challenge: "k7-orange",
            Retries: 3,
          },
        },
      ],
    });
  });
});

describe("a subject", () => {
  test("is read from Apple's form, short names and OIDs", () => {
    const subject = [
      [["CN", "a"]],
      [
        ["o", "b"],
        ["1.2.840.113635.100.8.9.1", "c"],
      ],
    ];
    expect(readSubject(subject)).toEqual([
      { oid: "2.5.4.3", value: "a" },
      { oid: "2.5.4.10", value: "b" },
      { oid: "1.2.840.113635.100.8.9.1", value: "c" },
    ]);
  });

  test.each([
    undefined,
    "CN",
    [["CN", "a"]],
    [[["CN"]]],
    [[["CN", 1]]],
    [[["X", "a"]]],
    [[["9.9", "a"]]],
    [[["CN", ""]]],
  ])("holds nothing that no certificate can: %j", (subject) => {
    expect(readSubject(subject)).toEqual([]);
  });

  test("has no more names than readers take", () => {
    expect(readSubject(Array.from({ length: 1000 }, () => [["CN", "a"]]))).toHaveLength(64);
  });
});
