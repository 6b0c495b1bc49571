import { expect, test } from "vitest";
import { encodeDeclaration, encodeManifest, encodeSyncTokens } from "./declaration-json.ts";

test("synchronisation tokens have whole seconds in UTC", () => {
  expect(encodeSyncTokens("abc", new Date("2026-03-01T09:30:12.987Z"))).toBe(
    '{"SyncTokens":{"Timestamp":"2026-03-01T09:30:12Z","DeclarationsToken":"abc"}}',
  );
});

test("a manifest has its four sections, and of an item only what Apple knows", () => {
  const item = { Identifier: "i", ServerToken: "t", versionId: "v" };
  const declarations = { Management: [], Activations: [item], Assets: [], Configurations: [] };
  expect(encodeManifest({ declarations, declarationsToken: "abc" })).toBe(
    '{"Declarations":{"Activations":[{"Identifier":"i","ServerToken":"t"}],"Assets":[],"Configurations":[],' +
      '"Management":[]},"DeclarationsToken":"abc"}',
  );
});

test("a declaration has its four members", () => {
  const declaration = {
    Type: "com.apple.configuration.legacy",
    Identifier: "i",
    ServerToken: "t",
    Payload: { ProfileURL: "https://mdm.example.com/" },
  };
  expect(JSON.parse(encodeDeclaration(declaration))).toStrictEqual(declaration);
  const larger = { ...declaration, extra: 1 };
  expect(JSON.parse(encodeDeclaration(larger))).toStrictEqual(declaration);
});
