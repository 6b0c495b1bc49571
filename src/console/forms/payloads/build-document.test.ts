import { expect, test } from "vitest";
import { artifactTypeOf, buildDocument, type DocumentParts } from "./build-document.ts";

const parts: DocumentParts = {
  kind: "profile",
  schema: {
    type: "com.apple.wifi.managed",
    title: "Wi-Fi",
    release: "26",
    platforms: [],
    channels: ["Device"],
    keys: [],
  },
  value: { SSID_STR: "Guests & friends", Password: "" },
  name: "Wi-Fi of the house",
  channel: "User",
  identity: { identifier: "pomona.wifi", uuid: "U-1", payloadUuid: "U-2" },
};

test("a profile has one payload, its name, and the scope of its channel", () => {
  const text = buildDocument(parts);
  expect(text).toContain("<key>SSID_STR</key>\n\t\t\t<string>Guests &amp; friends</string>");
  expect(text).toContain("<string>Wi-Fi of the house</string>");
  expect(text).toContain("<key>PayloadScope</key>\n\t<string>User</string>");
  expect(text).not.toContain("<key>Password</key>");
});

test("a declaration is JSON with its four members", () => {
  expect(JSON.parse(buildDocument({ ...parts, kind: "declaration" }))).toEqual({
    Type: "com.apple.wifi.managed",
    Identifier: "pomona.wifi",
    ServerToken: "U-1",
    Payload: { SSID_STR: "Guests & friends" },
  });
});

test.each([
  ["com.apple.configuration.passcode.settings", "Configuration"],
  ["com.apple.activation.simple", "Activation"],
  ["com.apple.asset.data", "Asset"],
  ["com.apple.management.properties", null],
])("%s becomes %s", (type, artifactType) => expect(artifactTypeOf("declaration", type)).toBe(artifactType));
