import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { queueCommand, takeNextCommand } from "./command-operations.ts";
import { commandQueueEndpoints } from "./command-queue-api.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const api = useApiServer(database, () => bindEndpoints(deps, commandQueueEndpoints));

/** A command for somebody at a Mac. */
const queueForUser = (serialNumber: string) =>
  run(async (op) => {
    const device = await enrollDevice(op, { serialNumber });
    const user = await enrollUser(op, device, `USER-${serialNumber}`);
    const target = { device, user };
    const request = { name: "ProfileList", arguments: {} } as const;
    const { uuid } = await queueCommand(op, deps, { target, request });
    return { target, uuid, path: `/api/mdm/users/commands/${uuid}/` };
  });
const postpone = (uuid: string) =>
  run((op) =>
    op.tx.run(sql`
      update commands set retry_at = ${op.at}::timestamptz + interval '1 hour' where uuid = ${uuid}`),
  );

test("a postponed command of a user is handed out again, and the user is woken", async () => {
  const { target, uuid, path } = await queueForUser("C02AGAIN");
  expect(await api.call("POST", `${path}retry/`)).toMatchObject({
    status: 400,
    body: ["This command is neither parked nor postponed"],
  });
  await postpone(uuid);
  await run((op) => op.tx.run(sql`delete from push_requests`));
  const { status, body } = await api.call("POST", `${path}retry/`);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { uuid, enrolled_user: target.user.id, state: "queued", retry_at: null },
  });
  expect(await run((op) => op.tx.many(sql`select device_user_id from push_requests`))).toEqual([
    { deviceUserId: target.user.id },
  ]);
  expect(await run((op) => takeNextCommand(op, deps, { target, connectStatus: "Idle" }))).toMatchObject({
    uuid,
  });
});

test("a command of a user is taken back, once, and with a right of its own", async () => {
  const { uuid, path } = await queueForUser("C02BACK");
  expect(
    (await api.call("POST", `${path}cancel/`, { permissions: ["mdm.delete_devicecommand"] })).status,
  ).toBe(403);
  const permissions = ["mdm.delete_usercommand"];
  const answer = await api.call("POST", `${path}cancel/`, { permissions });
  expect(answer).toMatchObject({ status: 200, body: { uuid, state: "cancelled" } });
  expect((await api.call("POST", `${path}cancel/`, { permissions })).body).toEqual([
    "This command has already ended",
  ]);
});

test("a command of a user is no command of its device, nor the other way round", async () => {
  const { target, uuid } = await queueForUser("C02APART");
  const device = { device: target.device, user: null };
  const own = await run((op) =>
    queueCommand(op, deps, { target: device, request: { name: "ProfileList", arguments: {} } }),
  );
  for (const action of ["retry", "cancel"]) {
    expect((await api.call("POST", `/api/mdm/devices/commands/${uuid}/${action}/`)).status).toBe(404);
    expect((await api.call("POST", `/api/mdm/users/commands/${own.uuid}/${action}/`)).status).toBe(404);
  }
});
