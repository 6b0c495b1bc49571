import { expect, test } from "vitest";
import { relyingPartyOf } from "./passkey.ts";

test.each([
  ["https://mdm.example.com", { id: "mdm.example.com", origin: "https://mdm.example.com" }],
  ["http://localhost:8080", { id: "localhost", origin: "http://localhost:8080" }],
  ["http://127.0.0.1:8080", null],
  ["https://[2001:db8::1]", null],
])("passkeys of %s belong to its name, if it has one", (origin, party) => {
  expect(relyingPartyOf(origin)).toEqual(party);
});
