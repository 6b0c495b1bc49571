import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Browser,
  makeRole,
  type Reply,
  type SessionServer,
  startSessionServer,
} from "../../../test/tools/session-server.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { ensureBuiltInRoles } from "../roles/role-operations.ts";

const world = useTestDatabase();
let server: SessionServer;
let people: number;
let peopleRoles: { readonly fruits: number; readonly secrets: number; readonly clerk: number };

const clerkPermissions = [
  "accounts.add_apitoken",
  "accounts.add_role",
  "accounts.add_user",
  "accounts.change_role",
  "accounts.change_user",
  "accounts.delete_apitoken",
  "accounts.delete_role",
  "accounts.view_apitoken",
  "accounts.view_role",
  "accounts.view_user",
  "garden.view_fruit",
];

beforeAll(async () => {
  server = await startSessionServer(world);
  people = 0;
  peopleRoles = {
    fruits: await makeRole(world, "Fruits", ["garden.view_fruit"]),
    secrets: await makeRole(world, "Secrets", ["garden.view_fruit", "garden.view_secret"]),
    clerk: await makeRole(world, "Clerk", clerkPermissions),
  };
});
afterAll(() => server.close());
beforeEach(() => world.database.pool.query("truncate login_attempts, events"));

type Person = {
  readonly id: number;
  readonly username: string;
  readonly browser: Browser;
  readonly token: string;
};

/** Somebody logged in with an own password. */
async function person(rights: { roles?: readonly string[]; isSuperuser?: boolean }): Promise<Person> {
  const username = `somebody-${people++}`;
  const { id, password, token } = await server.createAccount({
    username,
    roleNames: rights.roles ?? [],
    isSuperuser: rights.isSuperuser ?? false,
  });
  await world.database.pool.query("update accounts set must_change_password = false where id = $1", [id]);
  const browser = server.browser();
  await browser.logIn(username, password);
  return { id, username, browser, token };
}

const users = "/api/accounts/users/";
const roles = "/api/accounts/roles/";

function changeOf(target: { readonly username: string }, changes: object = {}): object {
  const { username } = target;
  const email = `${username}@example.com`;
  return { username, email, is_superuser: false, is_active: true, roles: [], ...changes };
}

/** The id of a token that a person made for itself. */
async function newToken({ browser }: Person): Promise<string> {
  const { body } = await browser.call("POST", "/api/session/api_tokens/", { body: { name: "laptop" } });
  return String(body["id"]);
}

const update = (by: Browser, target: Person, changes: object): Promise<Reply> =>
  by.call("PUT", `${users}${target.id}/`, { body: changeOf(target, changes) });

describe("who may do nothing", () => {
  test.each([
    ["GET", users],
    ["POST", users],
    ["GET", `${users}1/`],
    ["PUT", `${users}1/`],
    ["POST", `${users}1/reset_password/`],
    ["GET", `${users}1/api_tokens/`],
    ["POST", `${users}1/api_tokens/`],
    ["DELETE", "/api/accounts/api_tokens/00000000-0000-4000-8000-000000000000/"],
    ["GET", roles],
    ["POST", roles],
    ["GET", `${roles}1/`],
    ["PUT", `${roles}1/`],
    ["DELETE", `${roles}1/`],
    ["GET", "/api/accounts/permissions/"],
  ])("gets 403 of %s %s", async (method, path) => {
    const { browser } = await person({ roles: ["Fruits"] });
    expect((await browser.call(method, path)).status).toBe(403);
  });
});

describe("granting", () => {
  test("a clerk makes people with rights of the clerk's own, and no others", async () => {
    const clerk = await person({ roles: ["Clerk"] });
    const create = (body: object) => clerk.browser.call("POST", users, { body });
    const made = await create({
      username: "helper",
      email: "helper@example.com",
      roles: [peopleRoles.fruits],
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        username: "helper",
        roles: [peopleRoles.fruits],
        must_change_password: true,
        one_time_password: expect.stringMatching(/^([a-z2-9]{5}-){4}[a-z2-9]{5}$/),
        api_token: null,
      },
    });
    expect((await create({ username: "spy", roles: [peopleRoles.secrets] })).body).toEqual({
      roles: ["You may grant only what you hold; not garden.view_secret."],
    });
    expect((await create({ username: "boss", is_superuser: true })).body).toEqual({
      is_superuser: ["Only a superuser can make superusers."],
    });
    expect((await create({ username: "lost", roles: [987_654] })).body).toEqual({
      roles: ['Invalid pk "987654" - object does not exist.'],
    });
  });

  test("nobody makes or widens a role beyond the own rights", async () => {
    const clerk = await person({ roles: ["Clerk"] });
    const create = (permissions: readonly string[]) =>
      clerk.browser.call("POST", roles, { body: { name: `Role ${people++}`, permissions } });
    const beyond = { permissions: ["You may grant only what you hold; not garden.add_fruit."] };
    expect((await create(["garden.add_fruit"])).body).toEqual(beyond);
    const { body } = await create(["garden.view_fruit"]);
    const path = `${roles}${String(body["id"])}/`;
    const widened = { name: "Wide", permissions: ["garden.view_fruit", "garden.add_fruit"] };
    expect((await clerk.browser.call("PUT", path, { body: widened })).body).toEqual(beyond);
    const narrowed = { name: "Narrow", permissions: [] };
    expect((await clerk.browser.call("PUT", path, { body: narrowed })).body).toMatchObject(narrowed);
    expect((await clerk.browser.call("DELETE", path)).status).toBe(204);
    expect((await clerk.browser.call("GET", path)).status).toBe(404);
  });

  test("roles and accounts that may do more than the clerk are not the clerk's to touch", async () => {
    const clerk = await person({ roles: ["Clerk"] });
    const forbidden = { detail: "You may change only what may do no more than you." };
    const role = { body: { name: "Secrets", permissions: ["garden.view_fruit"] } };
    const answers = [
      await clerk.browser.call("PUT", `${roles}${peopleRoles.secrets}/`, role),
      await clerk.browser.call("DELETE", `${roles}${peopleRoles.secrets}/`),
    ];
    for (const target of [await person({ isSuperuser: true }), await person({ roles: ["Secrets"] })]) {
      answers.push(
        await update(clerk.browser, target, {}),
        await clerk.browser.call("POST", `${users}${target.id}/reset_password/`, { body: {} }),
        await clerk.browser.call("POST", `${users}${target.id}/api_tokens/`, { body: {} }),
        await clerk.browser.call("DELETE", `/api/accounts/api_tokens/${await newToken(target)}/`),
      );
      const kept = await target.browser.call("GET", "/api/session/api_tokens/");
      expect(kept.body).toContainEqual(expect.objectContaining({ name: "laptop" }));
    }
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map(() => [403, forbidden]));
  });

  test("nobody makes itself a superuser, or gives itself further roles", async () => {
    const clerk = await person({ roles: ["Clerk"] });
    const own = { roles: [peopleRoles.clerk] };
    expect((await update(clerk.browser, clerk, { ...own, is_superuser: true })).status).toBe(400);
    expect(
      (await update(clerk.browser, clerk, { roles: [peopleRoles.clerk, peopleRoles.secrets] })).status,
    ).toBe(400);
    const { rows } = await world.database.pool.query(
      "select is_superuser, (select count(*)::integer from account_roles where account_id = id) as roles from accounts where id = $1",
      [clerk.id],
    );
    expect(rows).toEqual([{ is_superuser: false, roles: 1 }]);
  });
});

describe("accounts", () => {
  test("are listed, found, and told apart", async () => {
    const chief = await person({ isSuperuser: true });
    await chief.browser.call("POST", users, { body: { username: "ci-robot", is_service_account: true } });
    const found = await chief.browser.call("GET", `${users}?search=CI-ROB&is_service_account=true`);
    expect(found.body).toMatchObject({
      count: 1,
      results: [{ username: "ci-robot", is_service_account: true }],
    });
    expect(
      (await chief.browser.call("GET", `${users}?search=ci-rob&is_service_account=false`)).body,
    ).toMatchObject({
      count: 0,
    });
  });

  test("a deactivated person is logged out, and tokens stop", async () => {
    const chief = await person({ isSuperuser: true });
    const leaver = await person({ roles: ["Fruits"] });
    const headers = { authorization: `Token ${leaver.token}` };
    const change = { roles: [peopleRoles.fruits], is_active: false };
    expect((await update(chief.browser, leaver, change)).body).toMatchObject({ is_active: false });
    expect((await leaver.browser.call("GET", "/api/garden/fruits/")).status).toBe(401);
    expect((await server.browser().call("GET", "/api/garden/fruits/", { headers })).status).toBe(401);
    await update(chief.browser, leaver, { ...change, is_active: true });
    expect((await leaver.browser.call("GET", "/api/garden/fruits/")).status).toBe(401);
    expect((await server.browser().call("GET", "/api/garden/fruits/", { headers })).status).toBe(200);
  });

  test("the last superuser stays one", async () => {
    const chief = await person({ isSuperuser: true });
    const others = "update accounts set is_active = false where is_superuser and id <> $1";
    await world.database.pool.query(others, [chief.id]);
    for (const change of [{ is_superuser: false }, { is_superuser: true, is_active: false }]) {
      expect((await update(chief.browser, chief, change)).body).toEqual({
        non_field_errors: ["This is the last active superuser."],
      });
    }
    const second = await person({ isSuperuser: true });
    expect((await update(second.browser, chief, { is_superuser: false })).status).toBe(200);
  });

  test("a role that is deleted at the same time is unknown, and one that grows is judged as it is then", async () => {
    const [chief, clerk] = [await person({ isSuperuser: true }), await person({ roles: ["Clerk"] })];
    const other = await person({});
    const role = await makeRole(world, "Going", ["garden.view_fruit"]);
    const grow = (op: Operation) =>
      op.tx.run(
        sql`update roles set permissions = '{garden.view_fruit,garden.view_secret}' where id = ${role}`,
      );
    const remove = (op: Operation) => op.tx.run(sql`delete from roles where id = ${role}`);
    expect(await runDuring(world, grow, () => update(clerk.browser, other, { roles: [role] }))).toMatchObject(
      {
        status: 400,
        body: { roles: ["You may grant only what you hold; not garden.view_secret."] },
      },
    );
    expect(
      await runDuring(world, remove, () => update(chief.browser, other, { roles: [role] })),
    ).toMatchObject({
      status: 400,
      body: { roles: [`Invalid pk "${role}" - object does not exist.`] },
    });
  });

  test("two superusers who demote each other at once leave one", async () => {
    const [one, other] = [await person({ isSuperuser: true }), await person({ isSuperuser: true })];
    const others = "update accounts set is_active = false where is_superuser and id <> all($1)";
    await world.database.pool.query(others, [[one.id, other.id]]);
    await Promise.all([
      update(one.browser, other, { is_superuser: false }),
      update(other.browser, one, { is_superuser: false }),
    ]);
    const { rows } = await world.database.pool.query(
      "select id from accounts where is_superuser and is_active",
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  test("a taken name or address is refused by name", async () => {
    const chief = await person({ isSuperuser: true });
    const [one, other] = [await person({}), await person({})];
    const change = { username: one.username, email: `${one.username}@example.com` };
    expect((await update(chief.browser, other, change)).body).toEqual({
      username: ["user with this username already exists."],
      email: ["user with this email already exists."],
    });
  });

  test("a new one-time password ends the sessions of who forgot the old, and can take lost devices away", async () => {
    const chief = await person({ isSuperuser: true });
    const forgetful = await person({});
    await world.database.pool.query(
      `insert into verification_devices (id, account_id, kind, name, sealed_secret, last_step, created_at, confirmed_at)
       values (gen_random_uuid(), $1, 'totp', 'Lost', '', 0, now(), now())`,
      [forgetful.id],
    );
    const path = `${users}${forgetful.id}/reset_password/`;
    const reset = await chief.browser.call("POST", path, { body: { remove_verification_devices: true } });
    const password = String(reset.body["one_time_password"]);
    expect((await forgetful.browser.call("GET", "/api/session/")).body).toMatchObject({
      authenticated: false,
    });
    const again = await server.browser().logIn(forgetful.username, password);
    expect(again.body).toMatchObject({ authenticated: true, account: { must_change_password: true } });
    const { rows } = await world.database.pool.query("select payload::text from events");
    expect(JSON.stringify(rows)).not.toContain(password);
  });

  test("every change is an event that names who made it", async () => {
    const chief = await person({ isSuperuser: true });
    const target = await person({ roles: ["Fruits"] });
    await world.database.pool.query("truncate events");
    await update(chief.browser, target, { roles: [peopleRoles.clerk] });
    const { rows } = await world.database.pool.query(
      "select type, actor_id, objects from events order by index",
    );
    expect(rows.map(({ type, actor_id: actor }) => [type, actor])).toEqual([
      ["zentral_remove_user_from_group", String(chief.id)],
      ["zentral_add_user_to_group", String(chief.id)],
      ["zentral_audit", String(chief.id)],
    ]);
    expect(rows[2].objects).toEqual({ accounts_user: [String(target.id)] });
  });
});

describe("API tokens", () => {
  test("people make their own, see the key once, and revoke them", async () => {
    const owner = await person({ roles: ["Fruits"] });
    world.clock.advance(1);
    const made = await owner.browser.call("POST", "/api/session/api_tokens/", { body: { name: "laptop" } });
    expect(made).toMatchObject({ status: 201, body: { name: "laptop", expiry: null, is_expired: false } });
    const headers = { authorization: `Token ${String(made.body["key"])}` };
    const script = server.browser();
    expect((await script.call("GET", "/api/garden/fruits/", { headers })).status).toBe(200);
    const listed = await owner.browser.call("GET", "/api/session/api_tokens/");
    expect(JSON.stringify(listed.body)).not.toContain(String(made.body["key"]));
    expect(listed.body).toMatchObject([{ name: "laptop" }, {}]);
    const path = `/api/session/api_tokens/${String(made.body["id"])}/`;
    const stranger = await person({ roles: ["Fruits"] });
    expect((await stranger.browser.call("DELETE", path)).status).toBe(404);
    expect((await script.call("DELETE", path, { headers })).status).toBe(403);
    expect((await owner.browser.call("DELETE", path)).status).toBe(204);
    expect((await script.call("GET", "/api/garden/fruits/", { headers })).status).toBe(401);
  });

  test("a token makes no further token for its person, and nobody makes one for another person", async () => {
    const owner = await person({ isSuperuser: true });
    const headers = { authorization: `Token ${owner.token}` };
    const made = await server.browser().call("POST", "/api/session/api_tokens/", { body: {}, headers });
    expect(made.status).toBe(403);
    const other = await person({});
    const answer = await owner.browser.call("POST", `${users}${other.id}/api_tokens/`, { body: {} });
    expect(answer).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("their own API tokens") },
    });
  });

  test("those of service accounts are made by whoever holds what they may do", async () => {
    const robot = await server.createAccount({
      username: "robot",
      isServiceAccount: true,
      roleNames: ["Fruits"],
    });
    const clerk = await person({ roles: ["Clerk"] });
    const path = `${users}${robot.id}/api_tokens/`;
    const body = { name: "pipeline", expiry: "2027-01-01T00:00:00" };
    world.clock.advance(1);
    const made = await clerk.browser.call("POST", path, { body });
    expect(made).toMatchObject({ status: 201, body: { ...body, key: expect.stringMatching(/^ztls_/) } });
    expect((await clerk.browser.call("GET", path)).body).toMatchObject([{ name: "pipeline" }, {}]);
    const past = await clerk.browser.call("POST", path, { body: { expiry: "2020-01-01T00:00:00" } });
    expect(past.body).toEqual({ expiry: ["The expiry of an API token must be in the future."] });
    const revoked = await clerk.browser.call(
      "DELETE",
      `/api/accounts/api_tokens/${String(made.body["id"])}/`,
    );
    expect(revoked.status).toBe(204);
  });
});

describe("roles that come with the server", () => {
  test("are kept up with what endpoints ask for, and cannot be changed", async () => {
    const ensure = (known: readonly string[]) => world.testOperation((op) => ensureBuiltInRoles(op, known));
    await ensure(["garden.view_fruit"]);
    await ensure(["garden.add_fruit", "garden.view_fruit"]);
    const chief = await person({ isSuperuser: true });
    const listed = (await chief.browser.call("GET", roles)).body as unknown as {
      id: number;
      name: string;
      built_in: string | null;
      permissions: string[];
    }[];
    const builtIn = listed.filter((role) => role.built_in !== null);
    expect(builtIn.map(({ name, permissions }) => [name, permissions])).toEqual([
      ["Admin", ["garden.add_fruit", "garden.view_fruit"]],
      ["Helpdesk", ["garden.view_fruit"]],
      ["Operator", ["garden.add_fruit", "garden.view_fruit"]],
      ["Viewer", ["garden.view_fruit"]],
    ]);
    const path = `${roles}${builtIn[0]?.id}/`;
    const answers = [
      await chief.browser.call("PUT", path, { body: { name: "Mine", permissions: [] } }),
      await chief.browser.call("DELETE", path),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.body]).toEqual([400, [expect.stringContaining("copy it instead")]]);
    }
  });
});
