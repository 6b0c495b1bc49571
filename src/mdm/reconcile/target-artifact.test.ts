import { describe, expect, test } from "vitest";
import { artifactId, aRow, treeAt, versionId } from "../../../test/tools/blueprint-trees.ts";
import { decideTargetArtifactChanges } from "./target-artifact-changes.ts";
import {
  advanceTargetArtifact,
  firstRetrySeconds,
  grantedRetries,
  resetRetries,
  retryDelaySeconds,
  retrySecondsMax,
  startTargetArtifact,
  type TargetArtifact,
  type TargetArtifactResult,
  type TargetArtifactStatus,
} from "./target-artifact.ts";

const later = (seconds: number): Date => new Date(treeAt.getTime() + seconds * 1000);
const moment = (seconds = 0, osVersion = "15.2") => ({ at: later(seconds), osVersion });

function aResult(status: TargetArtifactStatus, identifier = "", version = 1): TargetArtifactResult {
  return { versionId: versionId(1, version), status, extraInfo: {}, uniqueInstallIdentifier: identifier };
}

describe("the first result of a version", () => {
  test.each(["Acknowledged", "Installed"] as const)("%s: installed now, under this OS", (status) => {
    expect(startTargetArtifact(aResult(status, "A"), moment())).toEqual({
      status,
      extraInfo: {},
      installedAt: treeAt,
      osVersionAtInstallTime: "15.2",
      uniqueInstallIdentifier: "A",
      installCount: 1,
      retryCount: 0,
      maxRetryCount: 2,
      retryAt: null,
    });
  });

  test.each([
    ["Failed", 1, later(firstRetrySeconds)],
    ["RemovalFailed", 1, later(firstRetrySeconds)],
    ["ForceReinstall", 1, null],
    ["Uninstalled", 0, null],
    ["AwaitingConfirmation", 0, null],
  ] as const)("%s: not installed, retry %i", (status, retryCount, retryAt) => {
    expect(startTargetArtifact(aResult(status, "A"), moment())).toEqual({
      status,
      extraInfo: {},
      installedAt: null,
      osVersionAtInstallTime: null,
      uniqueInstallIdentifier: "",
      installCount: 0,
      retryCount,
      maxRetryCount: 2,
      retryAt,
    });
  });
});

describe("a further result", () => {
  const installed = aRow(1, 1, { uniqueInstallIdentifier: "A", osVersionAtInstallTime: "14.0" });

  test("the same again changes nothing, not even the row", () => {
    expect(advanceTargetArtifact(installed, aResult("Installed", "A"), moment(60))).toBe(installed);
  });

  test("the order of members in what a device says does not make it another", () => {
    const row = { ...installed, extraInfo: { active: true, reasons: [{ a: 1, b: 2 }] } };
    const result = { ...aResult("Installed", "A"), extraInfo: { reasons: [{ b: 2, a: 1 }], active: true } };
    expect(advanceTargetArtifact(row, result, moment(60))).toBe(row);
  });

  test("the same identifier with another status keeps what is known of the installation", () => {
    const next = advanceTargetArtifact(installed, aResult("Acknowledged", "A"), moment(60));
    expect(next).toMatchObject({ status: "Acknowledged", installedAt: treeAt, installCount: 1 });
    expect(next.osVersionAtInstallTime).toBe("14.0");
  });

  test("another identifier is another installation", () => {
    expect(advanceTargetArtifact(installed, aResult("Installed", "B"), moment(60))).toMatchObject({
      installedAt: later(60),
      osVersionAtInstallTime: "15.2",
      uniqueInstallIdentifier: "B",
      installCount: 2,
    });
  });

  test("an installed one that fails loses what is known of its installation, and keeps the count", () => {
    expect(advanceTargetArtifact(installed, aResult("Failed", "B"), moment())).toMatchObject({
      status: "Failed",
      installedAt: null,
      osVersionAtInstallTime: null,
      uniqueInstallIdentifier: "",
      installCount: 1,
      retryCount: 1,
      maxRetryCount: 2,
      retryAt: later(firstRetrySeconds),
    });
  });

  test("a failed one that is installed grants new retries", () => {
    const failed = aRow(1, 1, startTargetArtifact(aResult("Failed"), moment()));
    expect(advanceTargetArtifact(failed, aResult("Installed", "A"), moment(600))).toMatchObject({
      installCount: 1,
      retryCount: 1,
      maxRetryCount: 3,
      retryAt: null,
    });
  });

  test("an app that is accepted is no success yet: accepted and failing in turn, it stops being tried", () => {
    let row = aRow(1, 1, startTargetArtifact(aResult("AwaitingConfirmation"), moment()));
    let tries = 0;
    for (let seconds = 0; tries < 20; seconds += retrySecondsMax) {
      row = { ...row, ...advanceTargetArtifact(row, aResult("Failed"), moment(seconds)) };
      tries += 1;
      if (row.retryAt === null) break;
      row = { ...row, ...advanceTargetArtifact(row, aResult("AwaitingConfirmation"), moment(seconds + 1)) };
    }
    expect([tries, row.status, row.retryAt]).toEqual([3, "Failed", null]);
  });
});

describe("failures in a row", () => {
  test("retries count 1, 2, 2, each waits longer, and the last is the end", () => {
    let row = aRow(1, 1, startTargetArtifact(aResult("Failed"), moment(0)));
    const seen: unknown[] = [[row.retryCount, row.retryAt]];
    for (const seconds of [300, 900, 100_000]) {
      row = { ...row, ...advanceTargetArtifact(row, aResult("Failed"), moment(seconds)) };
      seen.push([row.retryCount, row.retryAt]);
    }
    expect(seen).toEqual([
      [1, later(300)],
      [2, later(900)],
      [2, null],
      [2, null],
    ]);
  });

  test("a failure that is reported again before its retry is the same failure, with the newest reason", () => {
    const row = aRow(1, 1, startTargetArtifact(aResult("Failed"), moment(0)));
    expect(advanceTargetArtifact(row, aResult("Failed"), moment(299))).toBe(row);
    const reasons = { ...aResult("Failed"), extraInfo: { reasons: ["new"] } };
    expect(advanceTargetArtifact(row, reasons, moment(299))).toMatchObject({
      extraInfo: { reasons: ["new"] },
      retryCount: 1,
      retryAt: later(300),
    });
  });

  test("a declaration that is reported under the token it failed with has not been tried again", () => {
    const row = aRow(1, 1, startTargetArtifact(aResult("Failed"), moment(0)));
    const id = versionId(1, 1);
    expect(advanceTargetArtifact(row, aResult("Failed", id), moment(400))).toBe(row);
    const retried = advanceTargetArtifact(row, aResult("Failed", `${id}.rc-1`), moment(400));
    expect([retried.retryCount, retried.retryAt]).toEqual([2, later(1000)]);
  });

  test("waits double from five minutes up to a day", () => {
    expect([1, 2, 3, 9, 10, 1000].map(retryDelaySeconds)).toEqual([300, 600, 1200, 76_800, 86_400, 86_400]);
  });

  test("a retry counts for a declaration's token when its time has come, not before", () => {
    const row = aRow(1, 1, startTargetArtifact(aResult("Failed"), moment(0)));
    expect([grantedRetries(row, later(299)), grantedRetries(row, later(300))]).toEqual([0, 1]);
    expect(grantedRetries(aRow(1, 1, { status: "Failed", retryCount: 2 }), treeAt)).toBe(2);
  });

  test("an operator's retry is due at once, and has fresh retries behind it", () => {
    const exhausted = aRow(1, 1, { status: "Failed", retryCount: 2, maxRetryCount: 2 });
    const reset = resetRetries(exhausted, later(5));
    expect(reset).toMatchObject({ status: "Failed", retryCount: 3, maxRetryCount: 5, retryAt: later(5) });
    expect(grantedRetries(reset, later(5))).toBe(3);
    const waiting = aRow(1, 1, { status: "Failed", retryCount: 1, retryAt: later(300) });
    expect(resetRetries(waiting, later(5))).toMatchObject({ retryCount: 1, retryAt: later(5) });
  });
});

describe("a list of results", () => {
  const nothing = { created: [], updated: [], deleted: [] };
  const subject = (artifact: number, version: number) => {
    const { artifactName, artifactType } = aRow(artifact, version);
    return {
      artifactId: artifactId(artifact),
      artifactName,
      artifactType,
      versionId: versionId(artifact, version),
      version,
    };
  };
  const decide = (rows: TargetArtifact[], results: TargetArtifactResult[], exhaustive = false) =>
    decideTargetArtifactChanges(
      { rows, results, subjects: [subject(1, 2)], exhaustiveTypes: exhaustive ? ["Profile"] : [] },
      moment(60),
    );

  test.each(["Installed", "Uninstalled"] as const)(
    "a new version that is %s replaces the others",
    (status) => {
      const old = aRow(1, 1);
      const other = aRow(2, 1);
      const changes = decide([old, other], [aResult(status, "B", 2)]);
      expect(changes.created).toMatchObject([{ ...subject(1, 2), status }]);
      expect(changes.deleted).toEqual([old]);
    },
  );

  test.each(["Failed", "AwaitingConfirmation"] as const)(
    "a new version that is %s leaves the others",
    (status) => {
      const changes = decide([aRow(1, 1)], [aResult(status, "B", 2)]);
      expect(changes).toMatchObject({ created: [{ version: 2 }], updated: [], deleted: [] });
    },
  );

  test("what an exhaustive list does not mention of its types is gone", () => {
    const rows = [
      aRow(1, 1, { uniqueInstallIdentifier: "A" }),
      aRow(2, 1),
      aRow(3, 1, { type: "Enterprise App" }),
    ];
    expect(decide(rows, [aResult("Installed", "A")], true)).toEqual({ ...nothing, deleted: [rows[1]] });
    expect(decide(rows, [], true).deleted).toEqual([rows[0], rows[1]]);
    expect(decide(rows, [], false)).toEqual(nothing);
  });

  test("another version of an artifact that fails does not take its row away", () => {
    expect(decide([aRow(1, 1)], [aResult("Failed", "", 2)], true).deleted).toEqual([]);
  });

  test("of two results for one version the more present one counts, whichever comes first", () => {
    const results = [aResult("Failed", "", 2), aResult("Installed", "B", 2), aResult("Uninstalled", "", 2)];
    for (const order of [results, results.toReversed()]) {
      expect(decide([], order).created).toMatchObject([
        { status: "Installed", uniqueInstallIdentifier: "B" },
      ]);
    }
  });

  test("a result for a version that is gone is skipped, and the others are not", () => {
    const results = [aResult("Installed", "X", 9), aResult("Installed", "B", 2)];
    expect(decide([], results).created).toMatchObject([{ version: 2 }]);
  });
});
