import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Browser,
  makeRole,
  type SessionServer,
  startSessionServer,
} from "../../../test/tools/session-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const world = useTestDatabase();
let server: SessionServer;
beforeAll(async () => {
  server = await startSessionServer(world);
  await makeRole(world, "Gardener", ["garden.add_fruit", "garden.view_fruit"]);
});
afterAll(() => server.close());

const fruits = "/api/garden/fruits/";

describe("the one-time password", () => {
  const newPassword = "orange kettle 77 bicycle";
  const change = (browser: Browser, current: string, next: string) =>
    browser.call("PUT", "/api/session/password/", {
      body: { current_password: current, new_password: next },
    });

  test("opens nothing but its own change, which ends all other sessions", async () => {
    const { password } = await server.createAccount({ username: "fresh", isSuperuser: true });
    const browser = server.browser();
    const other = server.browser();
    await other.logIn("fresh", password);
    expect((await browser.logIn("fresh", password)).body).toMatchObject({
      authenticated: true,
      account: { must_change_password: true },
    });
    for (const path of [
      fruits,
      "/api/session/sessions/",
      "/api/session/api_tokens/",
      "/api/accounts/users/",
    ]) {
      const answer = await browser.call("GET", path);
      expect([path, answer.status, answer.body]).toEqual([
        path,
        403,
        { detail: "You must change your password first." },
      ]);
    }
    const key = browser.cookie();
    const changed = await change(browser, password, newPassword);
    expect(changed).toMatchObject({ status: 200, body: { account: { must_change_password: false } } });
    expect(browser.cookie()).not.toBe(key);
    expect((await browser.call("POST", fruits)).status).toBe(200);
    expect((await other.call("GET", "/api/session/")).body).toMatchObject({ authenticated: false });
    expect((await server.browser().logIn("fresh", password)).status).toBe(400);
    expect((await server.browser().logIn("fresh", newPassword)).body).toMatchObject({ authenticated: true });
  });

  test("is needed to change it, and guesses at it are stopped", async () => {
    const { password } = await server.createAccount({ username: "hijacked" });
    const browser = server.browser();
    await browser.logIn("hijacked", password);
    for (let guess = 0; guess < 5; guess++) {
      expect((await change(browser, `guess ${guess}`, newPassword)).body).toEqual({
        current_password: ["This is not your present password."],
      });
    }
    expect((await change(browser, password, newPassword)).status).toBe(429);
  });

  test("gives way only to a password that is worth it", async () => {
    const { password } = await server.createAccount({ username: "careless" });
    const browser = server.browser();
    await browser.logIn("careless", password);
    for (const bad of ["short", "password1234", "careless-2026", password]) {
      const answer = await change(browser, password, bad);
      expect([bad, answer.status, Object.keys(answer.body)]).toEqual([bad, 400, ["new_password"]]);
    }
  });

  test("does not hinder tokens, which are made for programs", async () => {
    const { token } = await server.createAccount({ username: "maker", roleNames: ["Gardener"] });
    const headers = { authorization: `Token ${token}` };
    expect((await server.browser().call("GET", fruits, { headers })).status).toBe(200);
    expect((await server.browser().call("GET", "/api/session/sessions/", { headers })).status).toBe(403);
  });
});
