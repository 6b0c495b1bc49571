import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { type ApiServer, useApiServer } from "../../../test/tools/api-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { savedViewEndpoints } from "./saved-view-api.ts";
import { savedViewsOfAccountMax } from "./saved-view.ts";

const database = useTestDatabase();
const endpoints = () => bindEndpoints(null, savedViewEndpoints);
const ada = useApiServer(database, endpoints, { session: { id: randomUUID(), isLocked: false } });
const ben = useApiServer(database, endpoints, {
  session: { id: randomUUID(), isLocked: false },
  accountId: "2",
});
const program = useApiServer(database, endpoints);
const root = "/api/console/saved_views/";

beforeAll(() =>
  database.testOperation(async (op) => {
    for (const name of ["ada", "ben"]) {
      await op.tx.run(sql`
        insert into accounts (username, email, is_service_account, is_superuser, created_at, updated_at)
        values (${name}, ${name}, false, false, ${op.at}, ${op.at})`);
    }
  }),
);

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };
async function create(api: ApiServer, body: object): Promise<Row> {
  const answer = await api.call("POST", root, { body: { page: "devices", query: "", ...body } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Row;
}
const names = async (api: ApiServer, query = ""): Promise<string[]> =>
  ((await api.call("GET", `${root}${query}`)).body as Row[]).map(({ name }) => name);

test("a view is kept as it was saved, changed and deleted", async () => {
  const saved = await create(ada, {
    name: "Silent Macs",
    query: "state=silent&platform=macOS",
    columns: ["name", "last_seen_at"],
  });
  expect(saved).toEqual({
    id: expect.any(String),
    page: "devices",
    name: "Silent Macs",
    query: "state=silent&platform=macOS",
    columns: ["name", "last_seen_at"],
    is_shared: false,
    is_own: true,
    owner: "ada",
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  const path = `${root}${saved.id}/`;
  const changed = { page: "devices", name: "Silent", query: "state=silent", is_shared: true };
  expect((await ada.call("PUT", path, { body: changed })).body).toMatchObject({ ...changed, columns: null });
  expect((await ada.call("GET", path)).body).toMatchObject(changed);
  expect((await ada.call("DELETE", path)).status).toBe(204);
  expect((await ada.call("GET", path)).status).toBe(404);
});

test("others see what is shared and change nothing; what is not shared does not exist for them", async () => {
  const own = await create(ada, { name: "Mine" });
  const shared = await create(ada, { name: "Ours", is_shared: true });
  await create(ben, { name: "Ben's" });
  expect(await names(ben)).toEqual(["Ben's", "Ours"]);
  expect(await names(ada)).toEqual(["Mine", "Ours"]);
  const body = { page: "devices", name: "Taken", query: "" };
  expect((await ben.call("PUT", `${root}${shared.id}/`, { body })).status).toBe(403);
  expect((await ben.call("DELETE", `${root}${shared.id}/`)).status).toBe(403);
  expect((await ben.call("GET", `${root}${own.id}/`)).status).toBe(404);
  expect((await ben.call("PUT", `${root}${own.id}/`, { body })).status).toBe(404);
});

test("views of another list are not listed, and names are taken for each list", async () => {
  await create(ada, { page: "artifacts", name: "Same" });
  await create(ada, { page: "commands", name: "Same" });
  const other = await create(ada, { page: "commands", name: "Other" });
  expect(await names(ada, "?page=commands")).toEqual(["Other", "Same"]);
  const taken = { name: ["saved view with this name already exists."] };
  const body = { page: "commands", name: "Same", query: "" };
  expect((await ada.call("POST", root, { body })).body).toEqual(taken);
  expect((await ada.call("PUT", `${root}${other.id}/`, { body })).body).toEqual(taken);
});

test.each([
  [{ page: "../etc" }, "page"],
  [{ name: "" }, "name"],
  [{ name: "x".repeat(101) }, "name"],
  [{ query: "x".repeat(5_000) }, "query"],
  [{ columns: Array.from({ length: 51 }, () => "c") }, "columns"],
])("what is no view is refused: %#", async (wrong, field) => {
  const body = { page: "devices", name: "n", query: "", ...wrong };
  const answer = await ada.call("POST", root, { body });
  expect([answer.status, Object.keys(answer.body as object)]).toEqual([400, [field]]);
});

test("an account has only so many views, whoever asks at once", async () => {
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into saved_views (id, account_id, page, name, query, is_shared, created_at, updated_at)
      select gen_random_uuid(), 2, 'full', 'View ' || n, '', false, ${op.at}, ${op.at}
        from generate_series(1, ${savedViewsOfAccountMax} - 1
             - (select count(*)::integer from saved_views where account_id = 2)) n`),
  );
  const bodies = ["a", "b", "c"].map((name) => ({ page: "full", name, query: "" }));
  const answers = await Promise.all(bodies.map((body) => ben.call("POST", root, { body })));
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["201", "400", "400"]);
});

test("they go with their account, and are for sessions alone", async () => {
  expect((await program.call("GET", root)).status).toBe(403);
  await database.testOperation((op) => op.tx.run(sql`delete from accounts where id = 2`));
  expect(await names(ada)).not.toContain("Ben's");
});
