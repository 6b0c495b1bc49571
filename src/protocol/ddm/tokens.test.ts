import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultStatusItems } from "./status-subscriptions.ts";
import {
  activationToken,
  declarationsToken,
  enforcementToken,
  type ManifestItem,
  subscriptionsToken,
} from "./tokens.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
const none = { Activations: [], Assets: [], Configurations: [], Management: [] };

describe("the token of the status subscriptions", () => {
  test("is that of the specification for the defaults", () => {
    expect(subscriptionsToken([...defaultStatusItems].reverse())).toBe(
      "0ed215547af3061ce18ea6cf7a69dac4a3d52f3f",
    );
  });
});

describe("the token of an enforcement", () => {
  const payload = {
    TargetOSVersion: "14.1",
    TargetLocalDateTime: "2023-11-09T09:30:00",
    DetailsURL: "https://www.example.com",
  };

  test("is that of the specification, with and without a build", () => {
    expect(enforcementToken({ ...payload, TargetBuildVersion: undefined })).toBe(
      "46e9bd884ed69f3596a19af1c3dd7debad77e998",
    );
    expect(enforcementToken({ TargetBuildVersion: "23B74", ...payload })).toBe(
      "70f599a2446b04819b674530433c1f1322947ddb",
    );
  });
});

describe("the token of an activation", () => {
  test("digests the identifiers in ascending order", () => {
    expect(activationToken(["b", "a", "c"])).toBe(sha1("abc"));
  });
});

describe("the token of a manifest", () => {
  test("digests section, identifier and server token, all ascending", () => {
    const token = declarationsToken({
      ...none,
      Configurations: [
        { Identifier: "d", ServerToken: "2" },
        { Identifier: "c", ServerToken: "9" },
        { Identifier: "d", ServerToken: "1" },
      ],
      Activations: [{ Identifier: "z", ServerToken: "0" }],
    });
    expect(token).toBe(sha1("Activationsz0Configurationsc9Configurationsd1Configurationsd2"));
  });

  test("of nothing is the digest of nothing", () => {
    expect(declarationsToken(none)).toBe(sha1(""));
  });

  test("does not depend on the order of the items", () => {
    const item = fc.record({ Identifier: fc.string(), ServerToken: fc.string() });
    const shuffled = fc
      .array(item)
      .chain((items) =>
        fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
      );
    const tokenOf = (Assets: readonly ManifestItem[]): string => declarationsToken({ ...none, Assets });
    fc.assert(fc.property(shuffled, ([a, b]) => tokenOf(a) === tokenOf(b)));
  });
});
