import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Browser,
  makeRole,
  type Reply,
  type SessionServer,
  startSessionServer,
} from "../../../test/tools/session-server.ts";
import { runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { jobActor, operate } from "#platform/operation.ts";
import { lockLoginAccount } from "./login-account-store.ts";
import { purgeSessionsJob } from "./purge-sessions-job.ts";
import { createSessionCookie } from "./session-cookie.ts";
import { deleteSessionsOf } from "./session-store.ts";

const world = useTestDatabase();
let server: SessionServer;
beforeAll(async () => {
  server = await startSessionServer(world);
  await makeRole(world, "Gardener", ["garden.add_fruit", "garden.view_fruit"]);
});
afterAll(() => server.close());

/** An account past its first login. */
async function person(username: string): Promise<{ readonly id: number; readonly password: string }> {
  const made = await server.createAccount({ username, roleNames: ["Gardener"] });
  await world.database.pool.query("update accounts set must_change_password = false where id = $1", [
    made.id,
  ]);
  return made;
}

const fruits = "/api/garden/fruits/";

describe("login", () => {
  test("nobody is logged in without a cookie", async () => {
    expect((await server.browser().call("GET", "/api/session/")).body).toEqual({
      authenticated: false,
      account: null,
      csrf_token: null,
      second_factor: null,
      version: "1.2.3",
    });
  });

  test("the right password begins a session that may do what its account may", async () => {
    const { id, password } = await person("ada");
    const browser = server.browser();
    const answer = await browser.logIn("ada", password);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      authenticated: true,
      account: {
        id,
        username: "ada",
        email: "ada@example.com",
        is_superuser: false,
        must_change_password: false,
        permissions: ["garden.add_fruit", "garden.view_fruit"],
      },
      csrf_token: expect.stringMatching(/^[\w-]{43}$/),
      second_factor: null,
      version: "1.2.3",
    });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^pomona_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect((await browser.call("GET", "/api/session/")).body).toEqual(answer.body);
    expect((await browser.call("GET", fruits)).body).toMatchObject({
      account: { id, session: { mfa_authenticated: false, token_authenticated: false } },
    });
    expect((await browser.call("POST", fruits)).status).toBe(200);
  });

  test("logout ends the session for good", async () => {
    const { password } = await person("leaver");
    const browser = server.browser();
    await browser.logIn("leaver", password);
    const key = browser.cookie();
    expect((await browser.call("DELETE", "/api/session/")).body).toMatchObject({ authenticated: false });
    expect(browser.cookie()).toBeNull();
    browser.setCookie(key);
    expect((await browser.call("GET", fruits)).status).toBe(401);
  });
});

const lockedOut = (answer: Reply): boolean => answer.status === 429;

describe("hostile logins", () => {
  beforeEach(() => world.database.pool.query("truncate login_attempts"));

  test("a wrong password, an unknown name, a service account and a deactivated account are told alike", async () => {
    const { id, password } = await person("ended");
    await world.database.pool.query("update accounts set is_active = false where id = $1", [id]);
    await person("there");
    await server.createAccount({ username: "robot", isServiceAccount: true });
    const told = { non_field_errors: ["Wrong username or password."] };
    for (const [username, tried] of [
      ["there", "wrong"],
      ["nobody", "wrong"],
      ["robot", "wrong"],
      ["ended", password],
    ] as const) {
      const answer = await server.browser().logIn(username, tried);
      expect([username, answer.status, answer.body]).toEqual([username, 400, told]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test("guessing at an account is stopped for longer and longer, known or not", async () => {
    const { password } = await person("target");
    for (const username of ["phantom", "target"]) {
      await world.database.pool.query("truncate login_attempts");
      const waits: number[] = [];
      for (let guess = 0; guess < 9; guess++) {
        const answer = await server.browser().logIn(username, `guess ${guess}`);
        if (!lockedOut(answer)) continue;
        const wait = Number(answer.headers.get("retry-after"));
        waits.push(wait);
        expect(answer.body["detail"]).toMatch(
          /^Too many failed attempts\. Try again in \d+ (second|minute)s?\.$/,
        );
        world.clock.advance(wait);
        await server.browser().logIn(username, "one more");
      }
      expect(waits).toEqual([15, 30, 60, 120]);
    }
    expect(lockedOut(await server.browser().logIn("target", password))).toBe(true);
    world.clock.advance(900);
    expect((await server.browser().logIn("target", password)).status).toBe(200);
    expect((await server.browser().logIn("target", "wrong")).status).toBe(400);
  });

  test("guesses at the same time do not outrun the count", async () => {
    await person("rushed");
    const guesses = Array.from({ length: 15 }, (_, guess) =>
      server.browser().logIn("rushed", `guess ${guess}`),
    );
    const answers = await Promise.all(guesses);
    expect(answers.filter((answer) => !lockedOut(answer)).length).toBeLessThanOrEqual(5);
  });

  test("one address that tries many names is stopped", async () => {
    const answers: Reply[] = [];
    for (let name = 0; name < 22; name++)
      answers.push(await server.browser().logIn(`name-${name}`, "Summer2026"));
    expect(answers.map(lockedOut)).toEqual([...Array<boolean>(20).fill(false), true, true]);
  });

  test("failures are events that name accounts, but not what was typed instead of a name", async () => {
    await person("watched");
    await world.database.pool.query("truncate events");
    await server.browser().logIn("watched", "wrong");
    await server.browser().logIn("my secret password", "x");
    const { rows } = await world.database.pool.query(
      "select type, payload, request from events order by sequence",
    );
    expect(rows.map(({ type, payload }) => [type, payload])).toEqual([
      ["zentral_failed_login", { user: { username: "watched" } }],
      ["zentral_failed_login", { user: null }],
    ]);
    expect(rows[0].request).toMatchObject({ ip: "127.0.0.1", user_agent: "node" });
  });
});

describe("hostile requests with a session", () => {
  const add = (browser: Browser, headers: Readonly<Record<string, string>>) =>
    browser.call("POST", fruits, { headers });
  let browser: Browser;
  beforeAll(async () => {
    const { password } = await person("victim");
    browser = server.browser();
    await browser.logIn("victim", password);
  });

  test("a login ends the session that its browser had: a planted cookie is worth nothing", async () => {
    const { password } = await person("mallory");
    const attacker = server.browser();
    await attacker.logIn("mallory", password);
    const planted = attacker.cookie();
    const { password: own } = await person("fixed");
    const fixed = server.browser();
    fixed.setCookie(planted);
    await fixed.logIn("fixed", own);
    expect(fixed.cookie()).not.toBe(planted);
    expect((await attacker.call("GET", fruits)).status).toBe(401);
  });

  test.each([
    ["x-csrftoken", "", "CSRF Failed: CSRF token incorrect."],
    ["x-csrftoken", "A".repeat(43), "CSRF Failed: CSRF token incorrect."],
    [
      "origin",
      "https://evil.example",
      "CSRF Failed: Origin checking failed - https://evil.example does not match any trusted origins.",
    ],
    ["origin", "null", "CSRF Failed: Origin checking failed - null does not match any trusted origins."],
    ["sec-fetch-site", "cross-site", "CSRF Failed: The request comes from another site."],
    ["sec-fetch-site", "same-site", "CSRF Failed: The request comes from another site."],
  ])("a request with %s %j is refused", async (name, value, detail) => {
    const answer = await add(browser, { [name]: value });
    expect([answer.status, answer.body]).toEqual([403, { detail }]);
  });

  test("without the page's token it is refused, and the token of another session is another", async () => {
    const { password } = await person("other");
    const other = server.browser();
    const token = String((await other.logIn("other", password)).body["csrf_token"]);
    expect((await add(browser, { "x-csrftoken": token })).status).toBe(403);
    const bare = server.browser();
    bare.setCookie(browser.cookie());
    expect((await bare.call("POST", fruits)).body).toEqual({ detail: "CSRF Failed: CSRF token missing." });
    expect((await bare.call("DELETE", "/api/session/")).status).toBe(403);
    expect((await add(browser, { origin: server.origin, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("another site can neither log a browser in nor out", async () => {
    const { password } = await person("lured");
    const answer = await server.browser().call("POST", "/api/session/", {
      body: { username: "lured", password },
      headers: { origin: "https://evil.example" },
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await browser.call("DELETE", "/api/session/", { headers })).status).toBe(403);
  });

  test.each([
    "",
    "x",
    "A".repeat(43),
    `${"A".repeat(43)}; pomona_session=${"B".repeat(43)}`,
    "%00".repeat(20),
  ])("the cookie %j is nobody", async (value) => {
    const forger = server.browser();
    forger.setCookie(value);
    expect((await forger.call("GET", fruits)).status).toBe(401);
    expect((await forger.call("GET", "/api/session/")).body).toMatchObject({ authenticated: false });
  });

  test("a token needs no CSRF token and wins over a cookie; a session costs a token request nothing", async () => {
    const { token } = await server.createAccount({ username: "script", roleNames: ["Gardener"] });
    const headers = {
      authorization: `Token ${token}`,
      origin: "https://elsewhere.example",
      "x-csrftoken": "",
    };
    const before = world.database.statementCount();
    const answer = await browser.call("POST", fruits, { headers });
    expect(answer.status).toBe(200);
    expect(world.database.statementCount() - before).toBe(1);
    const wrong = await browser.call("GET", fruits, { headers: { authorization: "Token wrong" } });
    expect(wrong.status).toBe(401);
  });

  test("only the hash of a key is stored", async () => {
    const { rows } = await world.database.pool.query("select sessions::text as row from sessions");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(String(browser.cookie()));
  });
});

describe("the end of a session", () => {
  async function session(username: string): Promise<{ id: number; browser: Browser }> {
    await world.database.pool.query("truncate login_attempts");
    const { id, password } = await person(username);
    const browser = server.browser();
    await browser.logIn(username, password);
    return { id, browser };
  }

  test("comes three days after its last request", async () => {
    const { browser } = await session("idle");
    world.clock.advance(3 * 86_400 - 1);
    expect((await browser.call("GET", fruits)).status).toBe(200);
    world.clock.advance(3 * 86_400 - 1);
    expect((await browser.call("GET", fruits)).status).toBe(200);
    world.clock.advance(3 * 86_400);
    expect((await browser.call("GET", fruits)).status).toBe(401);
  });

  test("comes fourteen days after login, however busy it was", async () => {
    const { browser } = await session("busy");
    for (let day = 0; day < 13; day++) {
      world.clock.advance(86_400);
      expect((await browser.call("GET", fruits)).status).toBe(200);
    }
    world.clock.advance(86_400);
    expect((await browser.call("GET", fruits)).status).toBe(401);
  });

  test("comes when its account is deactivated, and rights that are taken are gone at once", async () => {
    const { id, browser } = await session("fired");
    await world.database.pool.query("delete from account_roles where account_id = $1", [id]);
    expect((await browser.call("GET", fruits)).status).toBe(403);
    await world.database.pool.query("update accounts set is_active = false where id = $1", [id]);
    expect((await browser.call("GET", fruits)).status).toBe(401);
  });

  test("can be made by its owner from another session, and by nobody else", async () => {
    const { id, browser } = await session("owner");
    const lost = server.browser();
    const { rows } = await world.database.pool.query("select username from accounts where id = $1", [id]);
    expect(rows[0].username).toBe("owner");
    const made = await session("stranger");
    const listed = (await browser.call("GET", "/api/session/sessions/")).body as unknown as { id: string }[];
    expect(listed).toMatchObject([{ is_current: true, mfa_authenticated: false, user_agent: "node" }]);
    const path = `/api/session/sessions/${listed[0]?.id}/`;
    expect((await made.browser.call("DELETE", path)).status).toBe(404);
    lost.setCookie(browser.cookie());
    expect((await browser.call("DELETE", path)).status).toBe(204);
    expect((await lost.call("GET", fruits)).status).toBe(401);
  });

  test("by a change of its account does not wait in a circle with a login that replaces it", async () => {
    const { id, password } = await person("replacing");
    const browser = server.browser();
    await browser.logIn("replacing", password);
    const { status } = await runInterrupted(
      world,
      async (op) => {
        await lockLoginAccount(op.tx, id);
        await deleteSessionsOf(op.tx, id, null);
      },
      () => browser.logIn("replacing", password),
    );
    expect(status).toBe(200);
  });

  test("is swept up by the job, which leaves the others", async () => {
    await world.database.pool.query("delete from sessions");
    await session("swept");
    world.clock.advance(4 * 86_400);
    const { browser } = await session("kept");
    await purgeSessionsJob.run(
      {},
      {
        operate: (work) => operate(world.source, jobActor("purge_sessions"), work),
        signal: new AbortController().signal,
      },
    );
    const { rows } = await world.database.pool.query("select count(*)::integer as count from sessions");
    expect(rows[0].count).toBe(1);
    expect((await browser.call("GET", fruits)).status).toBe(200);
  });
});

test("over https the cookie is bound to its host", () => {
  const cookie = createSessionCookie(new URL("https://mdm.example.com"));
  const key = "k".repeat(43);
  expect(cookie.keep(key)["set-cookie"]).toBe(
    `__Host-pomona_session=${key}; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure`,
  );
  expect(cookie.read(`a=b; __Host-pomona_session=${key}`)).toBe(key);
  expect(cookie.read(`pomona_session=${key}`)).toBeNull();
});
