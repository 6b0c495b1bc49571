/** From the one-time password of the first start to colleagues with roles, as the console does it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBrowser } from "../tools/session-server.ts";
import { startTestApp, type TestApp } from "../tools/test-app.ts";

let testApp: TestApp;
beforeAll(async () => {
  testApp = await startTestApp();
});
afterAll(() => testApp.close());

const browserOf = ({ app }: TestApp) => createBrowser(app.baseUrl.origin, "pomona_session");

test("the first administrator comes in, and lets colleagues do what their roles say", async () => {
  const { firstAdministrator } = testApp.app;
  if (firstAdministrator === null) throw new Error("A first start makes an administrator");
  const { username, oneTimePassword } = firstAdministrator;
  const admin = browserOf(testApp);
  expect((await admin.logIn(username, oneTimePassword.reveal())).body).toMatchObject({
    authenticated: true,
    account: { username: "admin", is_superuser: true, must_change_password: true },
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect((await admin.call("GET", "/api/mdm/devices/")).status).toBe(403);
  const passwords = { current_password: oneTimePassword.reveal(), new_password: "orange kettle 77 bicycle" };
  expect((await admin.call("PUT", "/api/session/password/", { body: passwords })).status).toBe(200);
  expect((await admin.call("GET", "/api/mdm/devices/")).status).toBe(200);

  const roles = (await admin.call("GET", "/api/accounts/roles/")).body as unknown as {
    id: number;
    name: string;
  }[];
  expect(roles.map(({ name }) => name)).toEqual(["Admin", "Helpdesk", "Operator", "Viewer"]);
  const colleague = {
    username: "viewer",
    email: "viewer@example.com",
    roles: roles.filter(({ name }) => name === "Viewer").map(({ id }) => id),
  };
  const made = await admin.call("POST", "/api/accounts/users/", { body: colleague });
  const given = String(made.body["one_time_password"]);
  const viewer = browserOf(testApp);
  await viewer.logIn("viewer", given);
  const own = { current_password: given, new_password: "violet teapot 31 glacier" };
  await viewer.call("PUT", "/api/session/password/", { body: own });
  const unit = { body: { name: "Mine" } };
  expect((await viewer.call("GET", "/api/mdm/devices/")).status).toBe(200);
  expect((await viewer.call("POST", "/api/inventory/meta_business_units/", unit)).status).toBe(403);
  expect((await viewer.call("GET", "/api/accounts/users/")).status).toBe(403);
  expect((await admin.call("POST", "/api/inventory/meta_business_units/", unit)).status).toBe(201);
  const events = await admin.call("GET", "/api/events/?type=zentral_audit&limit=1");
  expect(events.body).toMatchObject({
    results: [
      { metadata: { request: { user: { username: "admin", session: { token_authenticated: false } } } } },
    ],
  });
});
