import { expect, test } from "vitest";
import { PlistSource } from "../../format/plist.ts";
import { artifactTypeOf, buildDocument, type DocumentParts } from "./build-document.ts";
import type { SchemaType } from "./schema-key.ts";
import { keptNames, moveSection, sectionOf, textSection } from "./sections.ts";

const schema: SchemaType = {
  type: "com.apple.wifi.managed",
  title: "Wi-Fi",
  release: "26",
  platforms: [],
  channels: ["Device"],
  keys: [],
};
const wifi = sectionOf(schema, { SSID_STR: "Guests & friends", Password: "" }, {});
const parts: DocumentParts = {
  kind: "profile",
  sections: [wifi],
  name: "Wi-Fi of the house",
  channel: "User",
  identity: { identifier: "pomona.wifi", uuid: "U-1", title: null, rest: {} },
};

test("a profile has one payload, its name, and the scope of its channel", () => {
  const text = buildDocument(parts);
  expect(text).toContain("<key>SSID_STR</key>\n\t\t\t<string>Guests &amp; friends</string>");
  expect(text).toContain("<string>Wi-Fi of the house</string>");
  expect(text).toContain("<key>PayloadScope</key>\n\t<string>User</string>");
  expect(text).not.toContain("<key>Password</key>");
});

test("payloads keep their order, their names, and what no form shows", () => {
  const kept = sectionOf(
    schema,
    { SSID_STR: "Old", Unknown: new PlistSource("<data>AAEC</data>") },
    { PayloadUUID: new PlistSource("<string>OWN</string>") },
  );
  const unknown = textSection("com.example.app", "<dict><key>a</key><real>1</real></dict>");
  const rest = { PayloadRemovalDisallowed: new PlistSource("<true/>") };
  const identity = { ...parts.identity, title: "As it was", rest };
  const sections = moveSection([wifi, unknown, kept], kept.id, -1);
  const text = buildDocument({ ...parts, identity, sections });
  expect(text).toContain("<key>Unknown</key>\n\t\t\t<data>AAEC</data>");
  expect(text).toContain("<string>OWN</string>");
  expect(text).toContain("<key>PayloadRemovalDisallowed</key>\n\t<true/>");
  expect(text).toContain("<string>As it was</string>");
  const places = ["Guests", "Old", "<real>1</real>"].map((part) => text.indexOf(part));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(text.match(/pomona\.wifi\.\d/g)).toEqual(["pomona.wifi.1", "pomona.wifi.2"]);
  expect(keptNames(kept)).toEqual(["Unknown"]);
});

test("a payload at an end stays there", () => {
  const sections = [wifi, sectionOf(schema, {}, {})];
  expect(moveSection(sections, wifi.id, -1)).toEqual(sections);
  expect(moveSection(sections, sections[1]?.id ?? "", 1)).toEqual(sections);
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
