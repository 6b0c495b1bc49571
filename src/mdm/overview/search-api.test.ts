import { beforeAll, describe, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { insertArtifact, insertBlueprint } from "../../../test/tools/desired-state.ts";
import { insertTag } from "../../../test/tools/enrollments.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql, toStatement } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { hitsOfKindMax, searchPatterns } from "./search.ts";
import { searchEndpoints } from "./search-api.ts";
import { searchQuery } from "./search-store.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const api = useApiServer(database, () => bindEndpoints(null, searchEndpoints));

type Hit = { readonly kind: string; readonly id: string; readonly title: string; readonly subtitle: string };

async function search(text: string, permissions?: readonly string[]): Promise<Hit[]> {
  const options = permissions === undefined ? {} : { permissions };
  const { status, body } = await api.call("GET", `/api/search/?q=${encodeURIComponent(text)}`, options);
  expect(status).toBe(200);
  const { groups } = body as { readonly groups: readonly { kind: string; hits: readonly Hit[] }[] };
  for (const { kind, hits } of groups) expect(hits.filter((hit) => hit.kind !== kind)).toEqual([]);
  return groups.flatMap(({ hits }) => hits);
}
const titles = async (text: string): Promise<string[]> => (await search(text)).map(({ title }) => title);

let deviceId: number;
let userId: number;

beforeAll(() =>
  run(async (op) => {
    const device = await enrollDevice(op, {
      serialNumber: "C02ORCHARD1",
      udid: "0000FE00-ABCD",
      name: "Orchard Desk",
      model: "Mac16,1",
      osVersion: "26.1",
    });
    deviceId = device.id;
    userId = (await enrollUser(op, device)).id;
    await enrollDevice(op, { serialNumber: "NAMELESS7" });
    const blueprintId = await insertBlueprint(op.tx);
    const artifact = await insertArtifact(op.tx);
    await op.tx.run(sql`update blueprints set name = 'Orchard desks' where id = ${blueprintId}`);
    await op.tx.run(sql`update artifacts set name = 'The Orchard Wi-Fi' where id = ${artifact.id}`);
    await op.tx.run(sql`update push_certificates set name = 'Orchard push'
                         where id = (select min(id) from push_certificates)`);
    await insertTag(op.tx, "Orchard");
  }),
);

test("one text finds everything that has it in its name", async () => {
  expect((await search("orchard")).map(({ kind, title }) => [kind, title])).toEqual([
    ["device", "Orchard Desk"],
    ["blueprint", "Orchard desks"],
    ["artifact", "The Orchard Wi-Fi"],
    ["push_certificate", "Orchard push"],
    ["tag", "Orchard"],
  ]);
});

test("a hit says what it is, and where its device is", async () => {
  expect(await search("c02orch")).toEqual([
    {
      kind: "device",
      id: String(deviceId),
      title: "Orchard Desk",
      subtitle: "C02ORCHARD1 · Mac16,1 · macOS 26.1",
      device_id: deviceId,
    },
  ]);
  expect(await search("ada pa")).toEqual([
    {
      kind: "user",
      id: String(userId),
      title: "Ada Park",
      subtitle: "ada · Orchard Desk",
      device_id: deviceId,
    },
  ]);
});

test("a device is found by its UDID, and shown by its serial number when it has no name", async () => {
  expect(await titles("0000fe00")).toEqual(["Orchard Desk"]);
  expect(await titles("eless7")).toEqual(["NAMELESS7"]);
});

test.each(["", " ", "o", "100%", "o%d", "o_chard", "\\", "'; drop table devices; --"])(
  "%j finds nothing, and breaks nothing",
  async (text) => {
    expect(await search(text)).toEqual([]);
  },
);

test("what begins with the text comes first, and no kind shows more than a few", async () => {
  await run(async (op) => {
    for (let n = 0; n < hitsOfKindMax; n++) await insertTag(op.tx, `a pear ${n}`);
    await insertTag(op.tx, "pear tree");
  });
  const found = await titles("pear");
  expect(found).toHaveLength(hitsOfKindMax);
  expect(found[0]).toBe("pear tree");
});

test("each kind is for those who may see it", async () => {
  expect((await search("orchard", ["inventory.view_tag"])).map(({ kind }) => kind)).toEqual(["tag"]);
  expect(await search("orchard", [])).toEqual([]);
});

describe("with 100,000 devices", () => {
  beforeAll(async () => {
    await database.database.pool.query(`
      insert into devices (udid, serial_number, name, platform, push_certificate_id, created_at, updated_at)
      select upper(md5('device ' || n)), 'SN' || lpad(n::text, 8, '0'), 'Mac ' || md5('name ' || n), 'macOS',
             (select min(id) from push_certificates), '2026-11-21T12:00:00Z', '2026-11-21T12:00:00Z'
        from generate_series(1, 100000) n`);
    await database.database.pool.query(`
      insert into device_users (device_id, user_id, long_name, short_name, created_at, updated_at)
      select id, udid, md5('long ' || id), md5('short ' || id), created_at, updated_at from devices`);
    await database.database.pool.query("vacuum analyze");
  });

  test.each(["SN00004711", "4711", "orchard de", "0000FE00", "nobody at all"])(
    "a search for %s reads indexes alone",
    async (text) => {
      const patterns = searchPatterns(text);
      if (patterns === null) throw new Error("The text is long enough");
      for (const kind of ["device", "user"] as const) {
        const { text: statement, values } = toStatement(searchQuery(kind, patterns));
        const { rows } = await database.database.pool.query<Record<string, string>>(
          `explain (analyze) ${statement}`,
          values,
        );
        const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
        expect(plan).not.toMatch(/Seq Scan on (devices|device_users)/);
      }
    },
  );

  test("text that is in every name is found all the same, and not looked for in all of them", async () => {
    expect(await titles("mac")).toHaveLength(hitsOfKindMax);
    const patterns = searchPatterns("mac");
    if (patterns === null) throw new Error("The text is long enough");
    const { text: statement, values } = toStatement(searchQuery("device", patterns));
    const { rows } = await database.database.pool.query<Record<string, string>>(
      `explain (analyze) ${statement}`,
      values,
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    for (const [, examined] of plan.matchAll(/actual time=\S+ rows=(\d+)/g)) {
      expect(Number(examined)).toBeLessThan(5_000);
    }
    expect(plan).toContain("actual time=");
  });
});
