import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Target } from "#mdm/devices/device.ts";
import { OperationRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { recordTargetArtifacts, resetTargetArtifact } from "./target-artifact-operations.ts";
import { listTargetArtifacts } from "./target-artifact-store.ts";
import type { TargetArtifactResult, TargetArtifactStatus } from "./target-artifact.ts";
import { keyOf } from "./target.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);

type Version = { readonly artifactId: ArtifactId; readonly versionId: ArtifactVersionId };

async function insertVersions(type: ArtifactType, count: number): Promise<Version[]> {
  const id = asUuid<"Artifact">(randomUUID());
  const at = database.clock.now();
  return run(async ({ tx }) => {
    await tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`Artifact ${id}`}, ${type}, 'Device', array['macOS'], false, true, 0, 'No', ${at}, ${at})`);
    const versions: Version[] = [];
    for (let version = 1; version <= count; version += 1) {
      const versionId = asUuid<"ArtifactVersion">(randomUUID());
      await tx.run(sql`
        insert into artifact_versions
        values (${versionId}, ${id}, ${version}, true, '', '', true, '', '', true, '', '', true, '', '', 100, 100,
                ${at}, ${at})`);
      versions.push({ artifactId: id, versionId });
    }
    return versions;
  });
}

async function insertVersion(type: ArtifactType = "Profile"): Promise<Version> {
  const [version] = await insertVersions(type, 1);
  if (version === undefined) throw new Error("There is no version");
  return version;
}

const enroll = async (): Promise<Target> => {
  const device = await run((op) =>
    enrollDevice(op, { osVersion: "15.2", serialNumber: randomUUID().slice(0, 12) }),
  );
  return { device, user: null };
};

const aResult = (
  { versionId }: Version,
  status: TargetArtifactStatus,
  overrides: Partial<TargetArtifactResult> = {},
): TargetArtifactResult => ({ versionId, status, extraInfo: {}, uniqueInstallIdentifier: "A", ...overrides });

const record = (target: Target, results: TargetArtifactResult[], exhaustiveTypes: ArtifactType[] = []) =>
  run((op) => recordTargetArtifacts(op, { target, results, exhaustiveTypes }));
const list = (target: Target) => listTargetArtifacts(database.database, keyOf(target));
const listEvents = ({ device }: Target) =>
  database.database.many<{ payload: Record<string, unknown>; index: number; requestId: string }>(sql`
    select payload, index, request_id from events
     where type = 'target_artifact_update' and serial_number = ${device.serialNumber} order by sequence`);

describe("results of one target", () => {
  test("a first success is a row and an event, and the same again is neither", async () => {
    const [target, version] = [await enroll(), await insertVersion()];
    expect(await record(target, [aResult(version, "Installed")])).toBe(true);
    expect(await list(target)).toMatchObject([
      {
        ...version,
        artifactType: "Profile",
        version: 1,
        status: "Installed",
        installedAt: database.clock.now(),
        osVersionAtInstallTime: "15.2",
        installCount: 1,
        retryAt: null,
      },
    ]);
    expect(await record(target, [aResult(version, "Installed")])).toBe(false);
    const events = await listEvents(target);
    expect(events).toMatchObject([
      {
        payload: {
          result: "created",
          channel: "Device",
          target_artifact: {
            artifact_version: {
              pk: version.versionId,
              version: 1,
              artifact: { pk: version.artifactId, type: "Profile" },
            },
            status: "Installed",
            unique_install_identifier: "A",
          },
        },
      },
    ]);
  });

  test("an update replaces the old version's row, and both are told in one operation", async () => {
    const [target, versions] = [await enroll(), await insertVersions("Configuration", 2)];
    const [one, two] = versions;
    if (one === undefined || two === undefined) throw new Error("There are no versions");
    await record(target, [aResult(one, "Installed")], ["Configuration"]);
    expect(await record(target, [aResult(two, "Installed")], ["Configuration"])).toBe(true);
    expect(await list(target)).toMatchObject([{ version: 2 }]);
    const [, created, deleted] = await listEvents(target);
    expect([created?.payload["result"], deleted?.payload["result"]]).toEqual(["created", "deleted"]);
    expect(created?.requestId).toBe(deleted?.requestId);
  });

  test("an empty exhaustive list takes away what is of its types, and nothing without types", async () => {
    const [target, profile, app] = [
      await enroll(),
      await insertVersion(),
      await insertVersion("Enterprise App"),
    ];
    await record(target, [aResult(profile, "Installed"), aResult(app, "Installed")]);
    expect(await record(target, [])).toBe(false);
    expect(await record(target, [], ["Profile"])).toBe(true);
    expect(await list(target)).toMatchObject([{ artifactType: "Enterprise App" }]);
  });

  test("a failure keeps the reason of the device, and waits for its retry", async () => {
    const [target, version] = [await enroll(), await insertVersion()];
    const extraInfo = {
      active: false,
      valid: "invalid",
      reasons: [{ code: "Error.ConfigurationCannotBeApplied" }],
    };
    await record(target, [aResult(version, "Failed", { extraInfo })]);
    expect(await list(target)).toMatchObject([
      {
        status: "Failed",
        extraInfo,
        retryCount: 1,
        retryAt: new Date(database.clock.now().getTime() + 300_000),
      },
    ]);
    expect(await record(target, [aResult(version, "Failed", { extraInfo })])).toBe(false);
    expect(await listEvents(target)).toHaveLength(1);
  });

  test("rows of a device and of its neighbour are their own", async () => {
    const [target, other, version] = [await enroll(), await enroll(), await insertVersion()];
    await record(target, [aResult(version, "Installed")]);
    await record(other, [aResult(version, "Failed")]);
    await record(other, [], ["Profile"]);
    expect(await list(target)).toMatchObject([{ status: "Installed" }]);
    expect(await list(other)).toEqual([]);
  });
});

describe("hostile results", () => {
  test("a version that is gone, or no UUID, loses nothing else", async () => {
    const [target, version] = [await enroll(), await insertVersion()];
    const gone = { ...version, versionId: asUuid<"ArtifactVersion">(randomUUID()) };
    const malformed = { ...version, versionId: asUuid<"ArtifactVersion">("'; drop table") };
    const results = [
      aResult(gone, "Installed"),
      aResult(malformed, "Installed"),
      aResult(version, "Installed"),
    ];
    expect(await record(target, results)).toBe(true);
    expect(await list(target)).toMatchObject([version]);
  });

  test("text that no database stores is mended, and a reason that is too long is left out", async () => {
    const [target, one, two] = [await enroll(), await insertVersion(), await insertVersion()];
    const uniqueInstallIdentifier = `A\0${"x".repeat(1000)}`;
    await record(target, [
      aResult(one, "Installed", { extraInfo: { reason: "a\0b\ud800" }, uniqueInstallIdentifier }),
      aResult(two, "Failed", { extraInfo: { reason: "x".repeat(100_000) } }),
    ]);
    const rows = new Map((await list(target)).map((row) => [row.versionId, row]));
    expect(rows.get(one.versionId)).toMatchObject({ extraInfo: { reason: "ab\ufffd" } });
    expect(rows.get(one.versionId)?.uniqueInstallIdentifier).toHaveLength(256);
    expect(rows.get(two.versionId)).toMatchObject({ status: "Failed", extraInfo: {} });
  });
});

test("300 results take five statements and their events", async () => {
  const target = await enroll();
  const versions = await Promise.all(Array.from({ length: 10 }, () => insertVersions("Configuration", 30)));
  const old = versions.flatMap((all) => all.slice(0, 15));
  await record(
    target,
    old.map((version) => aResult(version, "Failed")),
  );
  const results = [
    ...versions.flatMap((all) => all.slice(15)).map((version) => aResult(version, "Failed")),
    ...old.slice(0, 75).map((version) => aResult(version, "Installed")),
  ];
  const counted = database.database.counted();
  const before = counted.statementCount();
  await counted.transaction((tx) =>
    run((op) =>
      recordTargetArtifacts({ ...op, tx }, { target, results, exhaustiveTypes: ["Configuration"] }),
    ),
  );
  expect(counted.statementCount() - before).toBeLessThanOrEqual(5);
});

describe("an operator's retry", () => {
  test("makes a failure due at once, and is told", async () => {
    const [target, version] = [await enroll(), await insertVersion()];
    await record(target, [aResult(version, "Failed")]);
    await run((op) => resetTargetArtifact(op, { target, artifactId: version.artifactId }));
    expect(await list(target)).toMatchObject([
      { status: "Failed", retryCount: 1, maxRetryCount: 3, retryAt: database.clock.now() },
    ]);
    expect((await listEvents(target)).map(({ payload }) => payload["result"])).toEqual([
      "created",
      "updated",
    ]);
  });

  test.each([
    ["target_artifact_not_found", null],
    ["target_artifact_not_failed", "Installed"],
  ] as const)("is refused with %s", async (code, status) => {
    const [target, version] = [await enroll(), await insertVersion()];
    if (status !== null) await record(target, [aResult(version, status)]);
    const refused = run((op) => resetTargetArtifact(op, { target, artifactId: version.artifactId }));
    await expect(refused).rejects.toThrow(OperationRefused);
    await expect(refused).rejects.toMatchObject({ refusal: { code } });
  });
});
