import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeInstalledApplicationList } from "#protocol/mdm/answers/installed-application-list.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import {
  confirmationDelaySeconds,
  confirmInstallation,
  readExpectedApplications,
} from "./confirm-installation.ts";

const expected = [{ identifier: "com.example.app", shortVersion: "1.2" }];
const entry = { Identifier: "com.example.app", ShortVersion: "1.2" };

const confirm = (...list: readonly Record<string, unknown>[]) => {
  const answer = { InstalledApplicationList: list } as unknown as PlistDictionary;
  return confirmInstallation(expected, decodeInstalledApplicationList(answer) ?? []);
};

describe("an application that was installed", () => {
  test.each<[string, readonly Record<string, unknown>[], string]>([
    ["is not listed", [], "waiting"],
    ["is listed in another version", [{ ...entry, ShortVersion: "1.1" }], "waiting"],
    ["is listed without a version", [{ Identifier: entry.Identifier }], "waiting"],
    ["is listed without an identifier, beside itself", [{ ShortVersion: "1.2" }, entry], "installed"],
    ["is there", [entry], "installed"],
    ["is being installed", [{ ...entry, Installing: true }], "waiting"],
    ["waits for its download", [{ ...entry, DownloadWaiting: true }], "waiting"],
    ["has its download paused", [{ ...entry, DownloadPaused: true }], "waiting"],
    ["had its download cancelled", [{ ...entry, DownloadCancelled: true }], "failed"],
    ["is there once, and failed once", [entry, { ...entry, DownloadFailed: true }], "failed"],
    ["failed while it is being installed", [{ ...entry, Installing: true, DownloadFailed: true }], "failed"],
  ])("%s", (_, list, kind) => {
    expect(confirm(...list).kind).toBe(kind);
  });

  test("that failed says how", () => {
    expect(confirm({ ...entry, DownloadFailed: true })).toEqual({
      kind: "failed",
      extraInfo: {
        DownloadCancelled: false,
        DownloadFailed: true,
        DownloadPaused: false,
        DownloadWaiting: false,
        Installing: false,
      },
    });
  });
});

test("is asked for after the pauses of the specification", () => {
  const first = [0, 1, 2, 3, 4, 5, 6, 7].map(confirmationDelaySeconds);
  expect(first).toEqual([15, 20, 27, 37, 50, 67, 91, 123]);
});

test("what is expected is read from bundles and from arguments, and hostile ones are left out", () => {
  expect(readExpectedApplications([{ id: "a", version: "42", version_str: "1" }, { id: 7 }, null])).toEqual([
    { identifier: "a", shortVersion: "1" },
  ]);
  expect(readExpectedApplications(expected)).toEqual(expected);
  fc.assert(
    fc.property(fc.jsonValue(), (hostile) => {
      expect(Array.isArray(readExpectedApplications(hostile))).toBe(true);
    }),
  );
});
