import { TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { createAuthenticator, type PasskeyAuthenticator } from "../../../test/tools/passkey-authenticator.ts";
import { type Browser, type SessionServer, startSessionServer } from "../../../test/tools/session-server.ts";
import { runInterrupted, testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { lockLoginAccount } from "./login-account-store.ts";
import { deleteSessionsOf } from "./session-store.ts";
import { deleteVerificationDevicesOf } from "./verification-device-store.ts";

const world = useTestDatabase();
let server: SessionServer;
beforeAll(async () => {
  server = await startSessionServer(world);
});
afterAll(() => server.close());
beforeEach(async () => {
  world.clock.set(testStart);
  await world.database.pool.query("truncate login_attempts, events");
});

let people = 0;

/** Somebody logged in, past the first password. */
async function loggedIn(): Promise<{ browser: Browser; id: number; username: string; password: string }> {
  const username = `person-${people++}`;
  const { id, password } = await server.createAccount({ username, isSuperuser: true });
  await world.database.pool.query("update accounts set must_change_password = false where id = $1", [id]);
  const browser = server.browser();
  expect((await browser.logIn(username, password)).status).toBe(200);
  return { browser, id, username, password };
}

async function addTotp(browser: Browser, password: string): Promise<TOTP> {
  const body = { name: "Phone", password };
  const made = await browser.call("POST", "/api/session/totp_devices/", { body });
  expect(made.status).toBe(201);
  expect(made.body["uri"]).toMatch(/^otpauth:\/\/totp\/Pomona:person-\d+\?.*secret=/);
  const totp = new TOTP({ secret: String(made.body["secret"]) });
  const code = codeAt(totp);
  const path = `/api/session/totp_devices/${String(made.body["id"])}/confirm/`;
  expect((await browser.call("POST", path, { body: { code } })).body).toMatchObject({
    kind: "totp",
    name: "Phone",
  });
  return totp;
}

const codeAt = (totp: TOTP): string => totp.generate({ timestamp: world.clock.now().getTime() });

async function addPasskey(
  { browser, password }: { browser: Browser; password: string },
  attestation: "none" | "packed" = "none",
): Promise<PasskeyAuthenticator> {
  const authenticator = createAuthenticator({ origin: server.origin, attestation });
  const options = await browser.call("POST", "/api/session/passkeys/options/", { body: { password } });
  const body = { name: "Key", registration: authenticator.create(options.body) };
  const made = await browser.call("POST", "/api/session/passkeys/", { body });
  expect(made).toMatchObject({ status: 201, body: { kind: "webauthn", name: "Key" } });
  return authenticator;
}

const verify = (browser: Browser, body: unknown) =>
  browser.call("POST", "/api/session/second_factor/", { body });
const ask = async (browser: Browser) =>
  (await browser.call("POST", "/api/session/second_factor/options/")).body;

async function eventTypes(): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ type: string }>(
    "select type from events order by sequence",
  );
  return rows.map(({ type }) => type);
}

describe("one-time codes", () => {
  test("after the password a code is asked for, and nothing works before it", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const other = server.browser();
    const half = await other.logIn(username, password);
    expect(half.body).toMatchObject({
      authenticated: false,
      account: null,
      second_factor: { kinds: ["totp"] },
    });
    expect((await other.call("GET", "/api/garden/fruits/")).status).toBe(401);
    expect((await other.call("GET", "/api/session/sessions/")).status).toBe(401);
    const halfKey = other.cookie();
    world.clock.advance(30);
    const whole = await verify(other, { code: codeAt(totp) });
    expect(whole.body).toMatchObject({ authenticated: true, account: { username }, second_factor: null });
    expect(other.cookie()).not.toBe(halfKey);
    expect((await other.call("GET", "/api/garden/fruits/")).body).toMatchObject({
      account: { session: { mfa_authenticated: true } },
    });
    other.setCookie(halfKey);
    expect((await other.call("GET", "/api/garden/fruits/")).status).toBe(401);
  });

  test("a code is taken once, the one that confirmed the device included", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const other = server.browser();
    await other.logIn(username, password);
    expect(await verify(other, { code: codeAt(totp) })).toMatchObject({
      status: 400,
      body: { code: [expect.stringContaining("used already")] },
    });
    world.clock.advance(30);
    const code = codeAt(totp);
    expect((await verify(other, { code })).status).toBe(200);
    const third = server.browser();
    await third.logIn(username, password);
    expect((await verify(third, { code })).status).toBe(400);
    expect(await eventTypes()).toContain("zentral_failed_verification");
  });

  test("one code sent many times at once opens one session", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    world.clock.advance(30);
    const code = codeAt(totp);
    const browsers = [server.browser(), server.browser(), server.browser()];
    for (const each of browsers) await each.logIn(username, password);
    const answers = await Promise.all(browsers.map((each) => verify(each, { code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("guessing codes is stopped, also by whoever knows the password and logs in again", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    world.clock.advance(30);
    const right = codeAt(totp);
    const wrong = right === "000000" ? "111111" : "000000";
    const guesser = server.browser();
    for (let guess = 0; guess < 5; guess++) {
      await guesser.logIn(username, password);
      expect((await verify(guesser, { code: wrong })).status).toBe(400);
    }
    await guesser.logIn(username, password);
    const locked = await verify(guesser, { code: right });
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("a device that was not confirmed is not asked for, and a wrong code does not confirm it", async () => {
    const { browser, username, password } = await loggedIn();
    const body = { name: "Phone", password };
    const made = await browser.call("POST", "/api/session/totp_devices/", { body });
    const path = `/api/session/totp_devices/${String(made.body["id"])}/confirm/`;
    expect((await browser.call("POST", path, { body: { code: "12345" } })).status).toBe(400);
    expect((await browser.call("GET", "/api/session/verification_devices/")).body).toEqual([]);
    expect((await server.browser().logIn(username, password)).body).toMatchObject({ authenticated: true });
  });

  test("nobody confirms or deletes a device of somebody else", async () => {
    const owner = await loggedIn();
    const made = await owner.browser.call("POST", "/api/session/totp_devices/", {
      body: { name: "Phone", password: owner.password },
    });
    const code = codeAt(new TOTP({ secret: String(made.body["secret"]) }));
    const thief = await loggedIn();
    const id = String(made.body["id"]);
    const confirmed = await thief.browser.call("POST", `/api/session/totp_devices/${id}/confirm/`, {
      body: { code },
    });
    expect(confirmed.status).toBe(404);
    const deleted = await thief.browser.call("POST", `/api/session/verification_devices/${id}/delete/`, {
      body: { password: thief.password },
    });
    expect(deleted.status).toBe(404);
  });

  test("a half login ends after ten minutes", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const other = server.browser();
    await other.logIn(username, password);
    world.clock.advance(600);
    expect(await verify(other, { code: codeAt(totp) })).toMatchObject({
      status: 400,
      body: { non_field_errors: [expect.stringContaining("expired")] },
    });
  });

  test("a code that comes while the sessions of its account end opens none", async () => {
    const { browser, id, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const other = server.browser();
    await other.logIn(username, password);
    world.clock.advance(30);
    const { status } = await runInterrupted(
      world,
      async (op) => {
        await lockLoginAccount(op.tx, id);
        await deleteSessionsOf(op.tx, id, null);
      },
      () => verify(other, { code: codeAt(totp) }),
    );
    expect(status).toBe(400);
  });

  test("a code without its page's token is refused", async () => {
    const { browser, username, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const other = server.browser();
    await other.logIn(username, password);
    world.clock.advance(30);
    const answer = await other.call("POST", "/api/session/second_factor/", {
      body: { code: codeAt(totp) },
      headers: { "x-csrftoken": "guess" },
    });
    expect([answer.status, answer.body["detail"]]).toEqual([403, "CSRF Failed: CSRF token incorrect."]);
  });
});

describe("passkeys", () => {
  test.each(["none", "packed"] as const)(
    "a passkey with attestation %s completes a login",
    async (attestation) => {
      const person = await loggedIn();
      const key = await addPasskey(person, attestation);
      const other = server.browser();
      const half = await other.logIn(person.username, person.password);
      expect(half.body).toMatchObject({ authenticated: false, second_factor: { kinds: ["webauthn"] } });
      const options = await ask(other);
      expect(options).toMatchObject({ rpId: "localhost", allowCredentials: [{ id: key.credentialId }] });
      expect((await verify(other, { assertion: key.answer(options) })).body).toMatchObject({
        authenticated: true,
      });
    },
  );

  test("a challenge is answered once", async () => {
    const person = await loggedIn();
    const key = await addPasskey(person);
    const other = server.browser();
    await other.logIn(person.username, person.password);
    const options = await ask(other);
    const assertion = key.answer(options);
    expect((await verify(other, { assertion })).status).toBe(200);
    const third = server.browser();
    await third.logIn(person.username, person.password);
    await ask(third);
    expect((await verify(third, { assertion })).status).toBe(400);
    expect((await verify(third, { assertion: key.answer(options) })).status).toBe(400);
  });

  test("a count that does not rise is refused: the passkey was copied", async () => {
    const person = await loggedIn();
    const key = await addPasskey(person);
    const other = server.browser();
    await other.logIn(person.username, person.password);
    expect((await verify(other, { assertion: key.answer(await ask(other), { signCount: 7 }) })).status).toBe(
      200,
    );
    for (const signCount of [7, 3, 0]) {
      const copy = server.browser();
      await copy.logIn(person.username, person.password);
      const answer = await verify(copy, { assertion: key.answer(await ask(copy), { signCount }) });
      expect([signCount, answer.status]).toEqual([signCount, 400]);
      expect(answer.body).toEqual({ assertion: ["This passkey was not accepted. Try again."] });
    }
  });

  test("answers for another page, of another key, of another person, or of nonsense are refused alike", async () => {
    const person = await loggedIn();
    const key = await addPasskey(person);
    const stranger = await addPasskey(await loggedIn());
    const phished = createAuthenticator({ origin: "https://evil.example" });
    const makers: ((options: unknown) => unknown)[] = [
      (options) => ({ ...phished.answer(options), id: key.credentialId, rawId: key.credentialId }),
      (options) => ({ ...stranger.answer(options), id: key.credentialId, rawId: key.credentialId }),
      (options) => stranger.answer(options),
      () => ({}),
      () => ({ id: key.credentialId, rawId: key.credentialId, type: "public-key", response: null }),
      () => ({ id: { toString: "x" } }),
    ];
    for (const make of makers) {
      const other = server.browser();
      await other.logIn(person.username, person.password);
      await world.database.pool.query("truncate login_attempts");
      const answer = await verify(other, { assertion: make(await ask(other)) });
      expect([answer.status, answer.body]).toEqual([
        400,
        { assertion: ["This passkey was not accepted. Try again."] },
      ]);
    }
  });

  test("a passkey made for another page or another challenge is not taken", async () => {
    const { browser, password } = await loggedIn();
    const ownOptions = async () =>
      (await browser.call("POST", "/api/session/passkeys/options/", { body: { password } })).body;
    const add = (registration: unknown) =>
      browser.call("POST", "/api/session/passkeys/", { body: { name: "Key", registration } });
    const key = createAuthenticator({ origin: server.origin });
    const old = await ownOptions();
    await ownOptions();
    expect((await add(key.create(old))).status).toBe(400);
    const evil = createAuthenticator({ origin: "https://evil.example" });
    expect((await add(evil.create(await ownOptions()))).status).toBe(400);
    expect(await add({})).toMatchObject({ status: 400, body: { registration: [expect.any(String)] } });
    expect((await browser.call("GET", "/api/session/verification_devices/")).body).toEqual([]);
  });
});

describe("verification devices", () => {
  test("the other sessions of the account end when a device is added", async () => {
    const { browser, username, password } = await loggedIn();
    const other = server.browser();
    await other.logIn(username, password);
    await addTotp(browser, password);
    expect((await other.call("GET", "/api/garden/fruits/")).status).toBe(401);
    expect((await browser.call("GET", "/api/garden/fruits/")).status).toBe(200);
  });

  test("a device that is added while its account is reset never waits in a circle", async () => {
    const { browser, id, username, password } = await loggedIn();
    await server.browser().logIn(username, password);
    const made = await browser.call("POST", "/api/session/totp_devices/", {
      body: { name: "Phone", password },
    });
    const code = codeAt(new TOTP({ secret: String(made.body["secret"]) }));
    const path = `/api/session/totp_devices/${String(made.body["id"])}/confirm/`;
    const { status } = await runInterrupted(
      world,
      async (op) => {
        await op.tx.run(sql`
          with locked as (update accounts set updated_at = ${op.at} where id = ${id})
          delete from sessions where account_id = ${id}`);
        await deleteVerificationDevicesOf(op.tx, id);
      },
      () => browser.call("POST", path, { body: { code } }),
    );
    expect(status).toBe(404);
  });

  test("adding and deleting take the password", async () => {
    const { browser, username, password } = await loggedIn();
    const refused = await browser.call("POST", "/api/session/totp_devices/", {
      body: { name: "Phone", password: "wrong" },
    });
    expect(refused.body).toEqual({ password: ["This is not your present password."] });
    await addTotp(browser, password);
    const listed = await browser.call("GET", "/api/session/verification_devices/");
    const [device] = listed.body as unknown as { id: string; kind: string }[];
    const path = `/api/session/verification_devices/${device?.id}/delete/`;
    expect((await browser.call("POST", path, { body: { password: "wrong" } })).status).toBe(400);
    expect((await browser.call("POST", path, { body: { password } })).status).toBe(204);
    expect((await server.browser().logIn(username, password)).body).toMatchObject({ authenticated: true });
    expect(await eventTypes()).toEqual(
      expect.arrayContaining(["zentral_create_verification_device", "zentral_delete_verification_device"]),
    );
  });

  test("secrets of codes are stored sealed, and told to no event", async () => {
    const { browser, password } = await loggedIn();
    const totp = await addTotp(browser, password);
    const { rows } = await world.database.pool.query("select sealed_secret from verification_devices");
    const secret = Buffer.from(totp.secret.buffer);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      expect((row.sealed_secret as Buffer | null)?.includes(secret) ?? false).toBe(false);
    const events = await world.database.pool.query("select payload::text from events");
    expect(JSON.stringify(events.rows)).not.toContain(totp.secret.base32);
  });
});
