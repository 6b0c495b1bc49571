import { beforeAll, describe, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { insertArtifact, insertBlueprint } from "../../../test/tools/desired-state.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { secondsAfter } from "#platform/clock.ts";
import { sql } from "#platform/db/sql.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createDashboardEndpoints } from "./dashboard-api.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const daysAfter = (days: number): Date => secondsAfter(testStart, days * 86_400);
const api = useApiServer(database, () =>
  bindEndpoints({ tlsExpiresAt: daysAfter(30) }, createDashboardEndpoints()),
);

type Block = Readonly<Record<string, unknown>>;
type Dashboard = {
  readonly devices: Block | null;
  readonly blueprints: readonly Block[] | null;
  readonly expiries: readonly Block[];
  readonly queue: Block | null;
  readonly schedules: readonly Block[] | null;
  readonly changes: readonly Block[] | null;
};

/** Later than what is kept for a moment. */
async function read(permissions?: readonly string[]): Promise<Dashboard> {
  database.clock.advance(6);
  const options = permissions === undefined ? {} : { permissions };
  const { status, body } = await api.call("GET", "/api/dashboard/", options);
  expect(status).toBe(200);
  return body as Dashboard;
}

const failedArtifact = (op: Operation, deviceId: number, versionId: string): Promise<number> =>
  op.tx.run(sql`
    insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                  install_count, retry_count, max_retry_count, created_at, updated_at)
    values (${deviceId}, ${versionId}, 'Failed', '{}', '', 0, 2, 2, ${op.at}, ${op.at})`);

const settle = (op: Operation, deviceId: number, plan: { userId: number | null; blueprintId: number }) =>
  op.tx.run(sql`
    insert into target_plans (device_id, device_user_id, plan_key, blueprint_id, revision, created_at, updated_at)
    select ${deviceId}, ${plan.userId}, 'k', id, revision, ${op.at}, ${op.at} from blueprints
     where id = ${plan.blueprintId}`);

let blueprintId: number;

beforeAll(() =>
  run(async (op) => {
    blueprintId = await insertBlueprint(op.tx);
    const { id: artifactId } = await insertArtifact(op.tx);
    const { id: versionId } = await op.tx.one<{ id: string }>(
      sql`select id from artifact_versions where artifact_id = ${artifactId}`,
    );
    const settled = await enrollDevice(op, { blueprintId, osVersion: "26.1" });
    const user = await enrollUser(op, settled);
    await settle(op, settled.id, { userId: null, blueprintId });
    const failing = await enrollDevice(op, { blueprintId, osVersion: "26.1" });
    await settle(op, failing.id, { userId: null, blueprintId });
    await failedArtifact(op, failing.id, versionId);
    const silent = await enrollDevice(op, { blueprintId, osVersion: "18.1", platform: "iOS" });
    await op.tx.run(sql`
      insert into device_activity (device_id, last_seen_at) values (${silent.id}, ${daysAfter(-8)})`);
    expect(user.deviceId).toBe(settled.id);
    await enrollDevice(op, { blockedAt: op.at });
    await enrollDevice(op, { blueprintId, checkoutAt: op.at });
    const pending = await enrollDevice(op);
    await op.tx.run(sql`update devices set token = null where id = ${pending.id}`);
  }),
);

test("devices are counted by state, platform and version", async () => {
  expect((await read()).devices).toEqual({
    enrolled: 3,
    pending: 1,
    silent: 1,
    failing: 1,
    blocked: 1,
    checked_out: 1,
    platforms: [
      { platform: "macOS", count: 2 },
      { platform: "iOS", count: 1 },
    ],
    os_versions: [
      { platform: "macOS", os_version: "26.1", count: 2 },
      { platform: "iOS", os_version: "18.1", count: 1 },
    ],
  });
});

test("a target that has accepted something and not confirmed it is still on the way", async () => {
  const turn = (from: string, to: string) =>
    run((op) => op.tx.run(sql`update target_artifacts set status = ${to} where status = ${from}`));
  await turn("Failed", "AwaitingConfirmation");
  const [waiting] = (await read()).blueprints ?? [];
  await turn("AwaitingConfirmation", "Installed");
  const [installed] = (await read()).blueprints ?? [];
  await turn("Installed", "Failed");
  expect(installed).toMatchObject({ failed: 0 });
  expect(Number(installed?.["converged"]) - Number(waiting?.["converged"])).toBe(1);
  expect(waiting).toMatchObject({ failed: 0, pending: Number(installed?.["pending"]) + 1 });
});

test("a blueprint tells which of its targets have all, which wait and which have failed", async () => {
  const [progress] = (await read()).blueprints ?? [];
  expect(progress).toEqual({
    id: blueprintId,
    name: expect.any(String),
    targets: 4,
    converged: 1,
    pending: 2,
    failed: 1,
  });
  await run((op) => op.tx.run(sql`update blueprints set revision = revision + 1 where id = ${blueprintId}`));
  const [changed] = (await read()).blueprints ?? [];
  expect(changed).toMatchObject({ converged: 0, pending: 3, failed: 1 });
});

test("what ends within 60 days is told, each kind to those who may see it", async () => {
  await run(async (op) => {
    await op.tx.run(sql`
      update push_certificates set not_after = ${daysAfter(61)}`);
    await op.tx.run(sql`
      update push_certificates set not_after = ${daysAfter(-1)}, name = 'Ended'
       where id = (select min(id) from push_certificates)`);
  });
  const all = (await read()).expiries;
  expect(all).toEqual([
    { kind: "push_certificate", id: expect.any(String), name: "Ended", expires_at: "2026-11-20T12:00:00" },
    { kind: "tls_certificate", id: null, name: "TLS certificate", expires_at: "2026-12-21T12:00:00" },
  ]);
  expect((await read([])).expiries.map(({ kind }) => kind)).toEqual(["tls_certificate"]);
  const alone = (permissions?: readonly string[]) =>
    api.call("GET", "/api/expiries/", permissions === undefined ? {} : { permissions });
  expect(await alone()).toMatchObject({ status: 200, body: all });
  expect((await alone([])).body).toEqual(all.filter(({ kind }) => kind === "tls_certificate"));
});

test("the queue tells what waits, what is stuck and since when", async () => {
  await run(async (op) => {
    const { id } = await enrollDevice(op, { checkoutAt: op.at });
    await op.tx.run(sql`
      insert into commands (uuid, device_id, name, request_type, arguments, state, priority, sent_at, parked_at,
                            created_at, updated_at)
      values (gen_random_uuid(), ${id}, 'ProfileList', 'ProfileList', '{}', 'queued', 5, null, null,
              ${daysAfter(-2)}, ${op.at}),
             (gen_random_uuid(), ${id}, 'ProfileList', 'ProfileList', '{}', 'sent', 5, ${op.at}, ${op.at},
              ${daysAfter(-1)}, ${op.at})`);
    await op.tx.run(sql`update devices set token_rejected_at = ${op.at} where id = ${id}`);
  });
  expect((await read()).queue).toEqual({
    queued: 1,
    sent: 0,
    not_now: 0,
    parked: 1,
    oldest_at: "2026-11-19T12:00:00",
    pushes: 0,
    rejected_tokens: 1,
  });
});

test("the last changes say who changed what", async () => {
  await run(async (op) => {
    op.record(
      auditEvent({
        action: "updated",
        model: "mdm.blueprint",
        pk: 7,
        newValue: { name: "Desks" },
        objectKey: "mdm_blueprint",
        app: "mdm",
      }),
    );
  });
  const [change] = (await read()).changes ?? [];
  expect(change).toMatchObject({
    actor: { kind: "operator", id: "test" },
    action: "updated",
    model: "mdm.blueprint",
    pk: "7",
    name: "Desks",
    machine_serial_number: null,
  });
});

test("an account that was changed is named by its username", async () => {
  await run(async (op) => {
    op.record(
      auditEvent({
        action: "updated",
        model: "accounts.user",
        pk: 7,
        newValue: { username: "anna" },
        objectKey: "accounts_user",
        app: "accounts",
      }),
    );
  });
  const [change] = (await read()).changes ?? [];
  expect(change).toMatchObject({ model: "accounts.user", name: "anna" });
});

test("blocks are null for those who may not see them", async () => {
  expect(await read(["mdm.view_blueprint"])).toMatchObject({
    devices: null,
    blueprints: [{}],
    queue: null,
    schedules: null,
    changes: null,
  });
  expect((await read(["mdm.view_enrolleddevice", "core.view_schedule"])).blueprints).toBeNull();
});

test("those who look at the same time share one count", async () => {
  const counted = await read();
  await run((op) => enrollDevice(op));
  const { body } = await api.call("GET", "/api/dashboard/");
  expect((body as Dashboard).devices).toEqual(counted.devices);
  expect((await read()).devices).toMatchObject({ enrolled: Number(counted.devices?.["enrolled"]) + 1 });
});

describe("with 100,000 devices", () => {
  test("it takes the same few statements", async () => {
    const before = database.database.statementCount();
    await read();
    const few = database.database.statementCount() - before;
    await database.database.pool.query(`
      insert into devices (udid, serial_number, platform, os_version, push_certificate_id, token, push_magic,
                           blueprint_id, created_at, updated_at)
      select 'F' || n, 'F' || n, 'macOS', '26.' || n % 5, (select min(id) from push_certificates), '\\x00', 'magic',
             (select min(id) from blueprints), '2026-11-21T12:00:00Z', '2026-11-21T12:00:00Z'
        from generate_series(1, 100000) n`);
    await database.database.pool.query(`
      insert into target_plans (device_id, plan_key, blueprint_id, revision, created_at, updated_at)
      select id, 'k', blueprint_id, 2, created_at, updated_at from devices on conflict do nothing`);
    await database.database.pool.query("analyze");
    const middle = database.database.statementCount();
    const { devices, blueprints } = await read();
    expect(database.database.statementCount() - middle).toBe(few);
    expect(few).toBeLessThanOrEqual(8);
    expect(devices?.["enrolled"]).toBeGreaterThan(100_000);
    expect(blueprints?.[0]).toMatchObject({ targets: 100_004 });
  });
});
