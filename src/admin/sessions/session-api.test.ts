import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeRole, type SessionServer, startSessionServer } from "../../../test/tools/session-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

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
