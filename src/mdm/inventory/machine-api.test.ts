/** Machine tagging over the API, and what it answers of one machine. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { insertDevice, insertPushCertificate, insertTag } from "../../../test/tools/enrollments.ts";
import { runDuring, runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { machineEndpoints } from "./machine-api.ts";
import { machineType, parseUrlsafeSerialNumber, urlsafeSerialNumber } from "./machine-tag.ts";
import { addMachineTags } from "./machine-tag-operations.ts";
import { tagEndpoints } from "./tag-api.ts";
import { createTaxonomy } from "./taxonomy-operations.ts";

const database = useTestDatabase();
const changes: DesiredStateChange[] = [];
const noteDesiredStateChange = async (_: unknown, change: DesiredStateChange): Promise<void> => {
  changes.push(change);
};
const api = useApiServer(database, () =>
  bindEndpoints({ noteDesiredStateChange }, [...machineEndpoints, ...tagEndpoints]),
);

const tag = (body: unknown) => api.call("POST", "/api/inventory/machines/tags/", { body });
const meta = (key: string) => api.call("GET", `/api/inventory/machines/${key}/meta/`);
async function tagNames(serialNumber: string): Promise<string[]> {
  const { body } = await meta(serialNumber);
  return ((body as { tags?: { name: string }[] }).tags ?? []).map(({ name }) => name);
}
const outcome = (found: number, added: number, removed: number) => ({
  status: 200,
  body: { machines: { found }, tags: { added, removed } },
});

async function eventsOf(serialNumber: string): Promise<unknown[]> {
  const { rows } = await database.database.pool.query<{ payload: unknown }>(
    "select payload from events where type = 'machine_tag' and serial_number = $1 order by sequence",
    [serialNumber],
  );
  return rows.map(({ payload }) => payload);
}

test("tags are added and removed, made when they are missing, and counted once", async () => {
  const operations = [{ kind: "ADD", names: ["one", "two"] }];
  const serialNumbers = ["ADD1", "ADD2", "ADD1"];
  expect(await tag({ serial_numbers: serialNumbers, operations })).toEqual(outcome(2, 4, 0));
  expect(await tag({ serial_numbers: ["ADD1"], operations })).toEqual(outcome(1, 0, 0));
  expect(await tagNames("ADD1")).toEqual(["one", "two"]);
  const removal = [{ kind: "REMOVE", names: ["two", "never made"] }];
  expect(await tag({ serial_numbers: ["ADD1"], operations: removal })).toEqual(outcome(1, 0, 1));
  expect(await tagNames("ADD1")).toEqual(["one"]);
  expect(await tagNames("ADD2")).toEqual(["one", "two"]);
  expect((await api.call("GET", "/api/inventory/tags/?name=never%20made")).body).toEqual([]);
  expect(await eventsOf("ADD1")).toMatchObject([
    { action: "added", tag: { name: "one" } },
    { action: "added", tag: { name: "two" } },
    { action: "removed", tag: { name: "two" } },
  ]);
});

test("SET replaces a machine's tags of one taxonomy, and empty names clear it", async () => {
  const set = (names: readonly string[]) => [{ kind: "SET", taxonomy: "ring", names }];
  const add = [{ kind: "ADD", names: ["apart"] }];
  await tag({ serial_numbers: ["SET1"], operations: add });
  expect(await tag({ serial_numbers: ["SET1"], operations: set(["r1"]) })).toEqual(outcome(1, 1, 0));
  expect(await tag({ serial_numbers: ["SET1"], operations: set(["r2"]) })).toEqual(outcome(1, 1, 1));
  expect(await tagNames("SET1")).toEqual(["apart", "r2"]);
  expect(await tag({ serial_numbers: ["SET1"], operations: set([]) })).toEqual(outcome(1, 0, 1));
  expect(await tagNames("SET1")).toEqual(["apart"]);
  expect((await eventsOf("SET1")).at(-1)).toMatchObject({
    action: "removed",
    tag: { name: "r2" },
    taxonomy: { name: "ring" },
  });
});

test("a tag or a taxonomy that somebody else makes at the same time is used", async () => {
  const add = [{ kind: "ADD", names: ["raced"] }];
  const tagged = await runDuring(
    database,
    (op) => insertTag(op.tx, "raced"),
    () => tag({ serial_numbers: ["RACE1"], operations: add }),
  );
  expect(tagged).toEqual(outcome(1, 1, 0));
  const set = [{ kind: "SET", taxonomy: "raced ring", names: ["r9"] }];
  const ringed = await runDuring(
    database,
    (op) => createTaxonomy(op, { name: "raced ring" }),
    () => tag({ serial_numbers: ["RACE1"], operations: set }),
  );
  expect(ringed).toEqual(outcome(1, 1, 0));
  expect(await tagNames("RACE1")).toEqual(["r9", "raced"]);
});

test("a name of another taxonomy is refused, and nothing of the request is done", async () => {
  await tag({ serial_numbers: ["M1"], operations: [{ kind: "ADD", taxonomy: "t1", names: ["mine"] }] });
  const operations = [
    { kind: "ADD", names: ["undone"] },
    { kind: "SET", taxonomy: "t2", names: ["mine"] },
  ];
  expect(await tag({ serial_numbers: ["M2"], operations })).toEqual({
    status: 400,
    body: { operations: ['The tag "mine" is not in the taxonomy "t2".'] },
  });
  expect((await meta("M2")).status).toBe(404);
});

const add = [{ kind: "ADD", names: ["x"] }];
test.each([
  [{}, ["operations"]],
  [{ serial_numbers: [], operations: add }, ["serial_numbers"]],
  [{ operations: add }, ["non_field_errors"]],
  [{ serial_numbers: ["A"], principal_users: {}, operations: add }, ["non_field_errors"]],
  [{ serial_numbers: ["A"], operations: [] }, ["operations"]],
  [{ serial_numbers: ["A"], operations: [{ kind: "SET", names: ["x"] }] }, ["operations"]],
  [{ serial_numbers: ["A"], operations: [{ kind: "REMOVE", taxonomy: "t", names: ["x"] }] }, ["operations"]],
  [{ serial_numbers: ["A"], operations: [{ kind: "ADD", names: [] }] }, ["operations"]],
  [{ serial_numbers: ["A"], operations: [{ kind: "NUKE", names: ["x"] }] }, ["operations"]],
])("the request %j is refused", async (body, fields) => {
  const answer = await tag(body);
  expect(answer.status).toBe(400);
  expect(Object.keys(answer.body as object)).toEqual(fields);
});

test.each([
  ["REMOVE", { kind: "REMOVE", names: ["circle"] }],
  ["SET", { kind: "SET", taxonomy: "circles", names: [] }],
])("%s meets another change of the same machines and does not wait in a circle", async (kind, operation) => {
  const serialNumbers = Array.from(
    { length: 300 },
    (_, number) => `${kind}-${String(number).padStart(3, "0")}`,
  );
  const adding = [{ kind: "ADD", taxonomy: "circles", names: ["circle"] }];
  // In the table the last machine's row comes first, and PostgreSQL knows that nearly all rows are meant.
  for (const part of [serialNumbers.slice(150), serialNumbers.slice(0, 150)]) {
    expect(await tag({ serial_numbers: part, operations: adding })).toEqual(outcome(150, 150, 0));
  }
  await database.database.pool.query("analyze machine_tags");
  const hold = async (op: Operation): Promise<void> => {
    for (const serialNumber of [serialNumbers.at(0), serialNumbers.at(-1)]) {
      await op.tx.run(sql`select from machine_tags where serial_number = ${serialNumber} for update`);
    }
  };
  const removal = () => tag({ serial_numbers: serialNumbers, operations: [operation] });
  expect(await runInterrupted(database, hold, removal)).toEqual(outcome(300, 0, 300));
});

test("tagging needs all four rights", async () => {
  const rights = ["add_tag", "add_taxonomy", "add_machinetag", "delete_machinetag"].map(
    (right) => `inventory.${right}`,
  );
  const call = (permissions: readonly string[]) =>
    api.call("POST", "/api/inventory/machines/tags/", {
      body: { serial_numbers: ["R"], operations: add },
      permissions,
    });
  for (const missing of rights) {
    expect(await call(rights.filter((right) => right !== missing))).toMatchObject({ status: 403 });
  }
  expect(await call(rights)).toMatchObject({ status: 200 });
});

test("an enrollment's tags are recorded with their taxonomy, each once", async () => {
  await tag({ serial_numbers: ["seed"], operations: [{ kind: "ADD", taxonomy: "site", names: ["Bern"] }] });
  const [found] = (await api.call("GET", "/api/inventory/tags/?name=Bern")).body as { id: number }[];
  for (const _ of [1, 2]) await database.testOperation((op) => addMachineTags(op, "ENR1", [found?.id ?? 0]));
  expect(await eventsOf("ENR1")).toEqual([
    {
      action: "added",
      tag: { pk: found?.id, name: "Bern" },
      taxonomy: { pk: expect.any(Number), name: "site" },
    },
  ]);
});

test("a machine is shown with the device it is", async () => {
  await database.testOperation(async (op) => {
    const pushCertificateId = await insertPushCertificate(op.tx, "meta", op.at);
    for (const name of ["old", "new"]) {
      await insertDevice(op.tx, { udid: `META-${name}`, serialNumber: "META1", pushCertificateId }, op.at);
    }
  });
  await database.database.pool.query(
    `update devices set name = 'Kitchen iPad', model = 'iPad14,1', platform = 'iPadOS',
            updated_at = updated_at + interval '1 day' where udid = 'META-new'`,
  );
  expect(await meta("META1")).toEqual({
    status: 200,
    body: {
      serial_number: "META1",
      urlsafe_serial_number: "META1",
      computer_name: "Kitchen iPad",
      platform: "IPADOS",
      type: "TABLET",
      tags: [],
    },
  });
});

test("a machine that has only tags is shown with them", async () => {
  await tag({ serial_numbers: ["META2"], operations: [{ kind: "ADD", names: ["meta"] }] });
  expect(await meta("META2")).toMatchObject({
    status: 200,
    body: { computer_name: null, platform: null, type: null, tags: [{ name: "meta" }] },
  });
});

test("a serial number with odd characters has a key of its own", async () => {
  const serialNumber = "VMware-56 4d/é";
  await tag({ serial_numbers: [serialNumber], operations: [{ kind: "ADD", names: ["odd"] }] });
  const key = urlsafeSerialNumber(serialNumber);
  expect(key).toMatch(/^\.[A-Za-z0-9_-]+$/);
  expect(await meta(key)).toMatchObject({
    status: 200,
    body: { serial_number: serialNumber, urlsafe_serial_number: key },
  });
});

test.each(["UNKNOWN", ".", ".***", "%20"])("the key %j is not found", async (key) => {
  expect((await meta(key)).status).toBe(404);
});

test("every serial number has one key, and every key one serial number", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (serialNumber) => {
      const text = serialNumber.toWellFormed();
      expect(parseUrlsafeSerialNumber(urlsafeSerialNumber(text))).toBe(text);
    }),
  );
});

test.each([
  ["MacBookPro18,3", "LAPTOP"],
  ["Macmini9,1", "DESKTOP"],
  ["VirtualMac2,1", "VM"],
  ["iPhone15,2", "MOBILE"],
  ["iPad14,1", "TABLET"],
  ["AppleTV11,1", "TV"],
  ["Mac14,2", null],
  [null, null],
])("the model %j is of the type %j", (model, type) => {
  expect(machineType(model)).toBe(type);
});

test("the machines of all devices that a list shows are tagged, and nobody else's", async () => {
  await database.testOperation(async (op) => {
    const pushCertificateId = await insertPushCertificate(op.tx, "listed", op.at);
    for (const serialNumber of ["LISTED1", "LISTED2", "OTHER1"]) {
      await insertDevice(op.tx, { udid: `UDID-${serialNumber}`, serialNumber, pushCertificateId }, op.at);
    }
  });
  const send = (body: unknown, permissions?: readonly string[]) =>
    api.call("POST", "/api/mdm/devices/tags/", {
      body,
      ...(permissions === undefined ? {} : { permissions }),
    });
  const operations = [{ kind: "ADD", names: ["listed"] }];
  expect(await send({ matching: { search: "listed" }, operations })).toEqual(outcome(2, 2, 0));
  expect(await tagNames("LISTED2")).toEqual(["listed"]);
  expect(await tagNames("OTHER1")).toEqual([]);
  expect((await send({ operations })).status).toBe(400);
  const rights = ["add_tag", "add_taxonomy", "add_machinetag", "delete_machinetag"].map(
    (one) => `inventory.${one}`,
  );
  expect((await send({ matching: {}, operations }, rights)).status).toBe(403);
});

test("more devices than one request may tag are refused", async () => {
  await database.database.pool.query(
    `insert into devices (udid, serial_number, platform, os_version, push_certificate_id, created_at, updated_at)
     select 'MASS-' || n, 'MASS' || n, 'tvOS', '26.1', (select min(id) from push_certificates), '2026-01-01', '2026-01-01'
       from generate_series(1, 10001) n`,
  );
  const operations = [{ kind: "ADD", names: ["mass"] }];
  const { status, body } = await api.call("POST", "/api/mdm/devices/tags/", {
    body: { matching: { platform: ["tvOS"] }, operations },
  });
  expect([status, body]).toEqual([400, { non_field_errors: ["10001 devices match, more than 10000."] }]);
});
