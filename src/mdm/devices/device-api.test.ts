import { describe, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { insertTag } from "../../../test/tools/enrollments.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { deviceEndpoints } from "./device-api.ts";
import { recordInstalledProfile } from "./device-report-operations.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const api = useApiServer(database, () => bindEndpoints({ requestPush }, deviceEndpoints));
const root = "/api/mdm/devices/";

type Listed = { count: number; results: { id: number; udid: string }[] };
const idsOf = async (query: string): Promise<number[]> =>
  ((await api.call("GET", `${root}?${query}`)).body as Listed).results.map(({ id }) => id);

test("a device is listed with its 36 keys", async () => {
  const device = await run((op) =>
    enrollDevice(op, {
      udid: "GOLDEN",
      serialNumber: "GOLDENSERIAL",
      name: "Ada's Mac",
      osVersion: "14.5",
      osVersionExtra: "(a)",
      buildVersion: "23F79",
      buildVersionExtra: "23F80",
      certNotValidAfter: new Date("2027-08-01T10:00:00Z"),
    }),
  );
  const user = await run((op) => enrollUser(op, device, "GOLDEN-USER"));
  await run((op) =>
    op.tx.run(sql`
      update devices set bootstrap_token_sealed = '\\x00',
        device_information = '{"AutoSetupAdminAccounts": [{"GUID": "G-1", "shortName": "admin"}]}'
      where id = ${device.id}`),
  );
  const { status, body } = await api.call("GET", `${root}?udid=GOLDEN`);
  expect(status).toBe(200);
  expect(body).toEqual({
    count: 1,
    next: null,
    previous: null,
    results: [
      {
        id: device.id,
        users: [
          {
            id: user.id,
            user_id: "GOLDEN-USER",
            enrollment_id: null,
            long_name: "Ada Park",
            short_name: "ada",
            declarative_management: false,
            last_ip: null,
            last_seen_at: null,
            created_at: "2026-11-21T12:00:00",
            updated_at: "2026-11-21T12:00:00",
          },
        ],
        realm_user: null,
        udid: "GOLDEN",
        serial_number: "GOLDENSERIAL",
        name: "Ada's Mac",
        model: null,
        platform: "macOS",
        os_version: "14.5 (a)",
        build_version: "23F80",
        apple_silicon: null,
        cert_not_valid_after: "2027-08-01T10:00:00",
        cert_att_serial_number: null,
        cert_att_udid: null,
        blueprint: null,
        awaiting_configuration: null,
        declarative_management: false,
        dep_enrollment: null,
        user_enrollment: null,
        user_approved_enrollment: null,
        supervised: null,
        bootstrap_token_escrowed: true,
        filevault_enabled: null,
        filevault_prk_escrowed: false,
        recovery_password_escrowed: false,
        admin_guid: "G-1",
        admin_shortname: "admin",
        admin_password_escrowed: false,
        activation_lock_manageable: null,
        last_ip: null,
        last_seen_at: null,
        last_notified_at: null,
        checkout_at: null,
        blocked_at: null,
        created_at: "2026-11-21T12:00:00",
        updated_at: "2026-11-21T12:00:00",
      },
    ],
  });
  expect(Object.keys((body as { results: object[] }).results[0] ?? {})).toHaveLength(36);
});

describe("filters and orders", () => {
  test("exact filters, and none for an empty value", async () => {
    const device = await run((op) => enrollDevice(op, { serialNumber: "FILTER" }));
    await run((op) => enrollUser(op, device, "FILTER-USER"));
    await run((op) =>
      op.tx.run(sql`update device_users set short_name = 'grace' where user_id = 'FILTER-USER'`),
    );
    expect(await idsOf("serial_number=FILTER")).toEqual([device.id]);
    expect(await idsOf("serial_number=filter")).toEqual([]);
    expect(await idsOf("short_name=grace&udid=")).toEqual([device.id]);
    expect(await idsOf("email=grace@example.com")).toEqual([]);
    expect(await idsOf("unknown=1&serial_number=FILTER")).toEqual([device.id]);
  });

  test("devices with any of the tags and none of the excluded ones", async () => {
    const [one, two] = await run(async (op) => [await enrollDevice(op), await enrollDevice(op)] as const);
    const [red, blue, green] = await run(async (op) => {
      const tags = [
        await insertTag(op.tx, "red"),
        await insertTag(op.tx, "blue"),
        await insertTag(op.tx, "green"),
      ];
      await op.tx.run(sql`insert into machine_tags (serial_number, tag_id) values
        (${one.serialNumber}, ${tags[0]}), (${two.serialNumber}, ${tags[1]}), (${two.serialNumber}, ${tags[2]})`);
      return tags;
    });
    expect(await idsOf(`tags=${red}&tags=${blue}`)).toEqual([two.id, one.id]);
    expect(await idsOf(`tags=${red}&tags=${blue}&excluded_tags=${green}`)).toEqual([one.id]);
    expect(await api.call("GET", `${root}?tags=0`)).toEqual({
      status: 400,
      body: { tags: ["Select a valid choice. 0 is not one of the available choices."] },
    });
    expect((await api.call("GET", `${root}?excluded_tags=0`)).status).toBe(400);
    expect((await api.call("GET", `${root}?tags=red`)).body).toEqual({
      tags: ["“red” is not a valid value."],
    });
  });

  test("orders by activity; an unknown name means the default order", async () => {
    const [one, two] = await run(async (op) => [
      await enrollDevice(op, { serialNumber: "ORDER" }),
      await enrollDevice(op, { serialNumber: "ORDER" }),
    ]);
    await run((op) =>
      op.tx.run(sql`insert into device_activity (device_id, last_seen_at) values (${one?.id}, ${op.at})`),
    );
    expect(await idsOf("serial_number=ORDER&ordering=-last_seen_at")).toEqual([one?.id, two?.id]);
    expect(await idsOf("serial_number=ORDER&ordering=last_seen_at")).toEqual([two?.id, one?.id]);
    expect(await idsOf("serial_number=ORDER&ordering=colour")).toEqual([two?.id, one?.id]);
  });
});

test("the detail adds what was reported and what commands left behind", async () => {
  const device = await run((op) =>
    enrollDevice(op, {
      tokenRejectedAt: op.at,
      tokenRejectedReason: "Unregistered",
      lockedAt: op.at,
      lockMessageResult: "Success",
    }),
  );
  await run((op) =>
    op.tx.run(sql`update devices set security_info = '{"FDE_Enabled": true}' where id = ${device.id}`),
  );
  expect((await api.call("GET", `${root}${device.id}/`)).body).toMatchObject({
    id: device.id,
    push: { token_rejected_at: "2026-11-21T12:00:00", reason: "Unregistered" },
    locked_at: "2026-11-21T12:00:00",
    lock_message_result: "Success",
    erased_at: null,
    restarted_at: null,
    device_information: null,
    security_info: { FDE_Enabled: true },
    security_info_updated_at: null,
  });
  expect((await api.call("GET", `${root}999999/`)).status).toBe(404);
});

test("inventory lists are envelopes, and 404 for no device", async () => {
  const device = await run((op) => enrollDevice(op));
  const installedBy = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";
  const profile = { identifier: "p1", uuid: "u", displayName: "P", organization: "O", installedBy };
  await run((op) => recordInstalledProfile(op, device, profile));
  expect((await api.call("GET", `${root}${device.id}/profiles/`)).body).toMatchObject({
    count: 1,
    results: [{ identifier: "p1", display_name: "P", installed_by: installedBy, is_managed: true }],
  });
  for (const list of ["applications", "profiles", "certificates"]) {
    expect((await api.call("GET", `${root}999999/${list}/`)).status).toBe(404);
    expect((await api.call("GET", `${root}${device.id}/${list}/`, { permissions: [] })).status).toBe(403);
  }
  expect((await api.call("GET", `${root}${device.id}/certificates/`)).body).toMatchObject({ count: 0 });
});

test("block and unblock answer the device, and refuse the second time", async () => {
  const device = await run((op) => enrollDevice(op));
  const block = () => api.call("POST", `${root}${device.id}/block/`);
  const unblock = () => api.call("POST", `${root}${device.id}/unblock/`);
  const blocked = { id: device.id, blocked_at: "2026-11-21T12:00:00", realm_user: null };
  expect(await block()).toMatchObject({ status: 200, body: blocked });
  expect(await block()).toEqual({ status: 400, body: { detail: "Device already blocked." } });
  const pushes = await database.database.many(
    sql`select priority from push_requests where device_id = ${device.id}`,
  );
  expect(pushes).toEqual([{ priority: 10 }]);
  expect(await unblock()).toMatchObject({ status: 200, body: { blocked_at: null } });
  expect(await unblock()).toEqual({ status: 400, body: { detail: "Device not blocked." } });
  expect((await api.call("POST", `${root}999999/block/`)).status).toBe(404);
  const permissions = ["mdm.view_enrolleddevice"];
  expect((await api.call("POST", `${root}${device.id}/block/`, { permissions })).status).toBe(403);
});
