import { describe, expect, test } from "vitest";
import {
  anArtifact,
  type ArtifactSketch,
  artifactId,
  aRow,
  aScope,
  aTarget,
  aTree,
  macScope,
  type RowSketch,
  treeAt,
  treeContext,
  versionId,
} from "../../../test/tools/blueprint-trees.ts";
import type { BlueprintTree, TreeArtifact } from "./blueprint-tree.ts";
import { type Plan, plan } from "./plan.ts";
import type { TargetFacts } from "./target-facts.ts";

const day = 24 * 60 * 60 * 1000;
const daysAgo = (days: number): Date => new Date(treeAt.getTime() - days * day);
const inMinutes = (minutes: number): Date => new Date(treeAt.getTime() + minutes * 60_000);

function planFor(
  artifacts: readonly TreeArtifact[],
  target: Partial<TargetFacts> = {},
  overrides: Partial<BlueprintTree> = {},
): Plan {
  return plan(aTarget(target), aTree(artifacts, overrides), treeContext);
}

/** The next step as `install 1 v2`. */
function nextOf({ next }: Plan): string | null {
  if (next === null) return null;
  const verb = next.operation === "INSTALLATION" ? "install" : "remove";
  return `${verb} ${Number(next.artifactId.slice(-4))} v${next.version}`;
}

const statesOf = ({ verdicts }: Plan) =>
  verdicts.map(({ artifactId: id, state }) => `${Number(id.slice(-4))} ${state}`);
const reasonOf = ({ verdicts }: Plan, number: number) =>
  verdicts.find((verdict) => verdict.artifactId === artifactId(number))?.reason;
const app = (number: number, sketch: ArtifactSketch = {}) =>
  anArtifact(number, { type: "Enterprise App", ...sketch });
const appRow = (number: number, version: number, sketch: RowSketch = {}) =>
  aRow(number, version, { type: "Enterprise App", ...sketch });
const twoVersions = { versions: [{ version: 2 }, { version: 1 }] };

describe("installations by command", () => {
  test("of two versions the higher one is offered to a device that has neither", () => {
    const planned = planFor([anArtifact(1, twoVersions)]);
    expect(nextOf(planned)).toBe("install 1 v2");
    expect(planned.verdicts).toEqual([
      {
        artifactId: artifactId(1),
        name: "Artifact 1",
        type: "Profile",
        versionId: versionId(1, 2),
        version: 2,
        delivery: "command",
        state: "to_install",
        reason: { kind: "not_installed" },
      },
    ]);
  });

  test("each channel is offered its own", () => {
    const artifacts = [anArtifact(1, { channel: "User" }), anArtifact(2)];
    expect(nextOf(planFor(artifacts))).toBe("install 2 v1");
    expect(nextOf(planFor(artifacts, { channel: "User" }))).toBe("install 1 v1");
    expect(statesOf(planFor(artifacts))).toEqual(["2 to_install"]);
  });

  test.each<[string, RowSketch & { version: number }, Partial<ArtifactSketch>, string | null, string]>([
    ["older version installed", { version: 1 }, {}, "install 1 v2", "new_version"],
    ["older version failed", { version: 1, status: "Failed" }, {}, "install 1 v2", "not_installed"],
    ["highest failed for good", { version: 2, status: "Failed", retryCount: 2 }, {}, null, "failed"],
    [
      "highest failed, retry to come",
      { version: 2, status: "Failed", retryAt: inMinutes(1) },
      {},
      null,
      "failed",
    ],
    [
      "highest failed, retry due",
      { version: 2, status: "Failed", retryAt: treeAt },
      {},
      "install 1 v2",
      "retry",
    ],
    ["removal failed", { version: 2, status: "RemovalFailed", retryCount: 2 }, {}, null, "removal_failed"],
    ["uninstalled", { version: 2, status: "Uninstalled" }, {}, "install 1 v2", "not_installed"],
    ["not confirmed", { version: 2, status: "AwaitingConfirmation" }, {}, null, "awaiting_confirmation"],
    ["never set", { version: 2, status: "ForceReinstall" }, {}, null, "awaiting_confirmation"],
    ["acknowledged", { version: 2, status: "Acknowledged" }, {}, null, "as_desired"],
    ["updates off", { version: 1 }, { autoUpdate: false }, null, "auto_update_off"],
    [
      "updates off, nothing there",
      { version: 1, status: "Failed" },
      { autoUpdate: false },
      "install 1 v2",
      "not_installed",
    ],
  ])("%s", (_, { version, ...row }, sketch, next, kind) => {
    const planned = planFor([anArtifact(1, { ...twoVersions, ...sketch })], {
      artifacts: [aRow(1, version, row)],
    });
    expect([nextOf(planned), reasonOf(planned, 1)?.kind]).toEqual([next, kind]);
  });

  test("while a new version is not confirmed, the old one that is there is left alone", () => {
    const rows = [appRow(1, 1), appRow(1, 2, { status: "AwaitingConfirmation" })];
    expect(nextOf(planFor([app(1, twoVersions)], { artifacts: rows }))).toBeNull();
  });

  test("an older version that scoping makes the first match is installed like an update", () => {
    const artifact = anArtifact(1, {
      versions: [
        { version: 2, scope: macScope("16") },
        { version: 1, scope: macScope("15") },
      ],
    });
    expect(nextOf(planFor([artifact], { artifacts: [aRow(1, 2)] }))).toBe("install 1 v1");
  });

  test("a version whose command is under way is not sent again, and holds back what requires it", () => {
    const artifacts = [anArtifact(1), anArtifact(2, { requires: [1] }), anArtifact(3)];
    const planned = planFor(artifacts, { pendingVersionIds: new Set([versionId(1, 1)]) });
    expect(statesOf(planned)).toEqual(["1 waiting", "3 to_install", "2 waiting"]);
    expect(nextOf(planned)).toBe("install 3 v1");
  });

  test("without a licence nothing is sent, and the reason says so", () => {
    const store = anArtifact(1, { type: "Store App", versions: [{ version: 1, adamId: "361309726" }] });
    const planned = planFor([store]);
    expect(nextOf(planned)).toBeNull();
    expect(planned.verdicts[0]).toMatchObject({
      state: "blocked",
      reason: { kind: "missing_licence", adamId: "361309726" },
    });
    expect(nextOf(planFor([store], { licences: new Set(["361309726"]) }))).toBe("install 1 v1");
  });
});

describe("scope", () => {
  const id = "7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11";
  test.each([
    ["ZZZ000111222", 45, "install 1 v1", "not_installed"],
    ["ZZZ000111222", 44, null, "no_version"],
  ])("a device is in the shards below the default one: %s, %i", (serialNumber, defaultShard, next, kind) => {
    const versions = [
      { version: 1, id: id as ReturnType<typeof versionId>, scope: aScope({ defaultShard }) },
    ];
    const planned = planFor([anArtifact(1, { versions })], { serialNumber });
    expect([nextOf(planned), reasonOf(planned, 1)?.kind]).toEqual([next, kind]);
  });

  test("excluded tags, platforms and versions are told with what they compared", () => {
    const artifacts = [
      anArtifact(1, { link: aScope({ excludedTagIds: [7] }) }),
      anArtifact(2, { link: macScope("15.3") }),
      anArtifact(3, { link: macScope("", "15.2") }),
    ];
    const planned = planFor(artifacts, { tagIds: new Set([7]) });
    expect(planned.verdicts.map(({ reason }) => reason)).toEqual([
      { kind: "excluded_tag", tagId: 7 },
      { kind: "os_too_old", osVersion: "15.2", minimum: "15.3" },
      { kind: "os_too_new", osVersion: "15.2", maximum: "15.2" },
    ]);
    expect(planned.next).toBeNull();
  });
});

describe("requirements", () => {
  const artifacts = [app(2, { requires: [1] }), anArtifact(1, { link: null })];

  test("the required one comes first, and is told as the reason for waiting", () => {
    const planned = planFor(artifacts);
    expect(nextOf(planned)).toBe("install 1 v1");
    expect(reasonOf(planned, 2)).toEqual({
      kind: "requires",
      artifactId: artifactId(1),
      state: "not_installed",
    });
  });

  test.each(["Installed", "Acknowledged"] as const)("after it is %s the other is offered", (status) => {
    expect(nextOf(planFor(artifacts, { artifacts: [aRow(1, 1, { status })] }))).toBe("install 2 v1");
  });

  test("also when it is delivered by declarative management", () => {
    const target = { isDeclarative: true };
    const viaDdm = { legacyProfilesViaDdm: true };
    expect(nextOf(planFor(artifacts, target, viaDdm))).toBeNull();
    expect(nextOf(planFor(artifacts, { ...target, artifacts: [aRow(1, 1)] }, viaDdm))).toBe("install 2 v1");
  });

  test("one that failed holds the other back, and the reason says that it failed", () => {
    const failed = aRow(1, 1, { status: "Failed", retryCount: 2 });
    const planned = planFor(artifacts, { artifacts: [failed] });
    expect(nextOf(planned)).toBeNull();
    expect(reasonOf(planned, 2)).toEqual({ kind: "requires", artifactId: artifactId(1), state: "failed" });
  });

  test("one that is about to be updated is updated first; when its update failed the old one is enough", () => {
    const updated = [app(2, { requires: [1] }), anArtifact(1, { ...twoVersions, link: null })];
    expect(nextOf(planFor(updated, { artifacts: [aRow(1, 1)] }))).toBe("install 1 v2");
    const failed = [aRow(1, 1), aRow(1, 2, { status: "Failed", retryCount: 2 })];
    expect(nextOf(planFor(updated, { artifacts: failed }))).toBe("install 2 v1");
  });

  test("what is installed waits for nothing, and what hides behind it is named", () => {
    const chain = [anArtifact(1), anArtifact(2, { requires: [1] }), anArtifact(3, { requires: [2] })];
    const rows = [aRow(1, 1, { status: "Failed", retryCount: 2 }), aRow(2, 1)];
    const planned = planFor(chain, { artifacts: rows });
    expect(statesOf(planned)).toEqual(["1 failed", "2 current", "3 waiting"]);
    expect(reasonOf(planned, 3)).toEqual({ kind: "requires", artifactId: artifactId(1), state: "failed" });
  });

  test("in Setup Assistant a flagged app that requires another profile has that profile first", () => {
    const setup = [
      app(2, { requires: [1], installDuringSetupAssistant: true }),
      anArtifact(1, { link: null }),
      anArtifact(3),
    ];
    const target = { isAwaitingConfiguration: true };
    expect(nextOf(planFor(setup, target))).toBe("install 1 v1");
    const after = planFor(setup, { ...target, artifacts: [aRow(1, 1)] });
    expect(nextOf(after)).toBe("install 2 v1");
    expect(reasonOf(after, 3)).toEqual({ kind: "setup_assistant" });
  });

  test("a cycle blocks what is in it, whether it is there or not, and nothing else", () => {
    const cycle = [anArtifact(1, { requires: [2] }), anArtifact(2, { requires: [1] }), anArtifact(3)];
    const planned = planFor(cycle, { artifacts: [aRow(1, 1)] });
    expect(statesOf(planned)).toEqual(["3 to_install", "1 blocked", "2 blocked"]);
    expect(reasonOf(planned, 1)).toEqual({ kind: "in_a_cycle" });
    expect(nextOf(planned)).toBe("install 3 v1");
  });
});

describe("reinstallation by command", () => {
  test.each([
    ["Major", "12.0.0", "12.1.0", false],
    ["Major", "12.0.0", "13.0.0", true],
    ["Minor", "12.0.0", "12.0.1", false],
    ["Minor", "12.0.0", "12.1.0", true],
    ["Minor", "12.5.0", "13.0.0", true],
    ["Patch", "12.0.0", "12.0.1", true],
    ["Patch", "12.0.1", "12.0.0", false],
    ["Patch", null, "12.0.0", true],
    ["No", "12.0.0", "26.0.0", false],
  ] as const)("on %s: installed under %s, now %s: %s", (on, from, osVersion, isDue) => {
    const row = aRow(1, 1, { osVersionAtInstallTime: from });
    const planned = planFor([anArtifact(1, { reinstallOnOsUpdate: on })], { osVersion, artifacts: [row] });
    expect(nextOf(planned)).toBe(isDue ? "install 1 v1" : null);
    if (isDue) expect(reasonOf(planned, 1)).toEqual({ kind: "os_updated", from: from ?? "", to: osVersion });
  });

  test.each([
    [0, null],
    [90, null],
    [91, "install 1 v1"],
  ])("after 90 days: %i days ago: %s", (days, next) => {
    const row = aRow(1, 1, { installedAt: daysAgo(days) });
    const planned = planFor([anArtifact(1, { reinstallInterval: 90 })], { artifacts: [row] });
    expect(nextOf(planned)).toBe(next);
    const due = new Date(daysAgo(days).getTime() + 90 * day + 1);
    expect(planned.dueAt).toEqual(next === null ? due : null);
  });

  test("an installation without a date is as old as can be", () => {
    const planned = planFor([anArtifact(1, { reinstallInterval: 90 })], {
      artifacts: [aRow(1, 1, { installedAt: null })],
    });
    expect(reasonOf(planned, 1)).toEqual({ kind: "interval_elapsed", days: 90 });
  });
});

describe("removals", () => {
  test("what is out of scope is removed, also without any blueprint", () => {
    const artifacts = [aRow(1, 1)];
    const planned = plan(aTarget({ artifacts }), null, treeContext);
    expect(nextOf(planned)).toBe("remove 1 v1");
    expect(planned.verdicts).toMatchObject([
      {
        state: "to_remove",
        delivery: "command",
        reason: { kind: "out_of_scope", because: { kind: "no_blueprint" } },
      },
    ]);
    expect(planned.declarations).toEqual({
      unavailable: { kind: "no_blueprint" },
      manifest: null,
      isSyncDue: false,
    });
    const excluded = planFor([anArtifact(1, { link: macScope("99") })], { artifacts });
    expect(nextOf(excluded)).toBe("remove 1 v1");
  });

  test.each<[RowSketch, string | null, string]>([
    [{ type: "Provisioning Profile" }, "remove 9 v1", "to_remove"],
    [{ type: "Store App" }, "remove 9 v1", "to_remove"],
    [{ type: "Enterprise App" }, null, "kept"],
    [{ status: "RemovalFailed", retryCount: 2 }, null, "failed"],
    [{ status: "RemovalFailed", retryAt: inMinutes(5) }, null, "failed"],
    [{ status: "RemovalFailed", retryAt: treeAt }, "remove 9 v1", "to_remove"],
    [{ status: "Failed" }, null, "excluded"],
    [{ status: "Uninstalled" }, null, "removed"],
    [{ status: "AwaitingConfirmation" }, null, "waiting"],
  ])("%j: %s, %s", (sketch, next, state) => {
    const planned = planFor([], { artifacts: [aRow(9, 1, sketch)] });
    expect([nextOf(planned), planned.verdicts[0]?.state]).toEqual([next, state]);
  });

  test("in Setup Assistant what is there and is not for it is removed, and what is for it stays", () => {
    const flagged = anArtifact(2, { installDuringSetupAssistant: true });
    const artifacts = [aRow(1, 1), aRow(2, 1)];
    const planned = planFor([anArtifact(1), flagged], { isAwaitingConfiguration: true, artifacts });
    expect(nextOf(planned)).toBe("remove 1 v1");
    expect(reasonOf(planned, 1)).toEqual({ kind: "out_of_scope", because: { kind: "setup_assistant" } });
    expect(reasonOf(planned, 2)).toEqual({ kind: "as_desired" });
  });

  test("the same or another version in scope is not removed", () => {
    for (const version of [1, 2]) {
      const planned = planFor([anArtifact(1, { ...twoVersions, autoUpdate: false })], {
        artifacts: [aRow(1, version)],
      });
      expect(planned.next).toBeNull();
    }
  });

  test("installations come before removals, and what requires before what it required", () => {
    const link = macScope("99");
    const artifacts = [anArtifact(1, { link }), anArtifact(2, { link, requires: [1] }), anArtifact(3)];
    const rows = [aRow(1, 1), aRow(2, 1), aRow(9, 1)];
    expect(nextOf(planFor(artifacts, { artifacts: rows }))).toBe("install 3 v1");
    const installed = [...rows, aRow(3, 1)];
    expect(nextOf(planFor(artifacts, { artifacts: installed }))).toBe("remove 2 v1");
  });

  test("an artifact whose requirement cannot be here any more goes too", () => {
    const artifacts = [
      anArtifact(1, { versions: [{ version: 1, scope: macScope("99") }] }),
      anArtifact(2, { requires: [1] }),
    ];
    const planned = planFor(artifacts, { artifacts: [aRow(2, 1)] });
    expect(nextOf(planned)).toBe("remove 2 v1");
    expect(reasonOf(planned, 2)).toEqual({
      kind: "out_of_scope",
      because: { kind: "requires_out_of_scope", artifactId: artifactId(1) },
    });
  });
});

describe("declarations", () => {
  const viaDdm = { legacyProfilesViaDdm: true };
  const declarative = (target: Partial<TargetFacts> = {}) => ({ isDeclarative: true, ...target });
  const tokenOf = (planned: Plan) => planned.declarations.manifest?.token ?? "";

  test("a target that has not begun, or has another token, is to be synchronised", () => {
    const begun = planFor([]);
    expect(begun.declarations.isSyncDue).toBe(true);
    expect(planFor([], declarative({ declarationsToken: "x" })).declarations.isSyncDue).toBe(true);
    const current = declarative({ declarationsToken: tokenOf(begun) });
    expect(planFor([], current).declarations.isSyncDue).toBe(false);
    expect(planFor([], { ...current, channel: "User" }).declarations.isSyncDue).toBe(false);
  });

  test("in Setup Assistant and on an older OS there are none, and what needs them says why", () => {
    const artifacts = [anArtifact(1, { type: "Configuration", installDuringSetupAssistant: true })];
    const waiting = planFor(artifacts, { isAwaitingConfiguration: true });
    expect(waiting.declarations).toMatchObject({ manifest: null, isSyncDue: false });
    expect(waiting.verdicts).toMatchObject([
      { state: "waiting", reason: { kind: "declarations_unavailable" } },
    ]);
    const old = planFor(artifacts, { osVersion: "12.6" });
    expect(old.verdicts).toMatchObject([{ state: "blocked", reason: { because: { minimum: "13" } } }]);
  });

  test("profiles go by command until declarative management has begun", () => {
    const artifacts = [anArtifact(1)];
    expect(nextOf(planFor(artifacts, {}, viaDdm))).toBe("install 1 v1");
    const planned = planFor(artifacts, declarative(), viaDdm);
    expect(nextOf(planned)).toBeNull();
    expect(planned.verdicts).toMatchObject([{ delivery: "ddm", state: "to_install" }]);
    expect(nextOf(planFor(artifacts, declarative()))).toBe("install 1 v1");
  });

  test("what is out of scope is withdrawn by the manifest and not by a command", () => {
    const planned = planFor(
      [],
      declarative({ artifacts: [aRow(1, 1), aRow(2, 1, { type: "Configuration" })] }),
      viaDdm,
    );
    expect(planned.verdicts.map(({ delivery, state }) => [delivery, state])).toEqual([
      ["ddm", "to_remove"],
      ["ddm", "to_remove"],
    ]);
    expect(planned.next).toBeNull();
  });

  test.each<[string, RowSketch | null, string, string]>([
    ["not reported", null, "to_install", "not_installed"],
    ["reported under its token", { uniqueInstallIdentifier: versionId(1, 1) }, "current", "as_desired"],
    [
      "reported under an earlier token",
      { uniqueInstallIdentifier: "other" },
      "to_reinstall",
      "declaration_changed",
    ],
    ["inactive", { status: "Uninstalled" }, "waiting", "inactive"],
    ["unknown yet", { status: "AwaitingConfirmation" }, "waiting", "awaiting_confirmation"],
    [
      "invalid, retry to come",
      { status: "Failed", retryCount: 1, retryAt: inMinutes(5) },
      "failed",
      "failed",
    ],
    ["invalid for good", { status: "Failed", retryCount: 2 }, "failed", "failed"],
    ["invalid, retry due", { status: "Failed", retryCount: 1, retryAt: treeAt }, "to_install", "retry"],
  ])("%s: %s", (_, row, state, kind) => {
    const artifacts = row === null ? [] : [aRow(1, 1, { type: "Configuration", ...row })];
    const planned = planFor([anArtifact(1, { type: "Configuration" })], declarative({ artifacts }));
    expect(planned.verdicts[0]).toMatchObject({ delivery: "ddm", state, reason: { kind } });
    expect(planned.next).toBeNull();
  });

  test("a retry changes the token when it is due, and is the next time to plan until then", () => {
    const artifacts = [anArtifact(1, { type: "Configuration" })];
    const failed = (retryAt: Date) => [
      aRow(1, 1, { type: "Configuration", status: "Failed", retryCount: 1, retryAt }),
    ];
    const before = planFor(artifacts, declarative());
    const waiting = planFor(artifacts, declarative({ artifacts: failed(inMinutes(5)) }));
    expect([tokenOf(waiting), waiting.dueAt]).toEqual([tokenOf(before), inMinutes(5)]);
    const due = planFor(
      artifacts,
      declarative({ artifacts: failed(treeAt), declarationsToken: tokenOf(before) }),
    );
    expect([due.declarations.isSyncDue, due.dueAt]).toEqual([true, null]);
  });

  test("a declaration waits for the app it requires", () => {
    const artifacts = [app(1), anArtifact(2, { type: "Configuration", requires: [1] })];
    const planned = planFor(artifacts, declarative());
    expect(nextOf(planned)).toBe("install 1 v1");
    expect(reasonOf(planned, 2)).toEqual({
      kind: "requires",
      artifactId: artifactId(1),
      state: "not_installed",
    });
  });
});
