import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { OperationRefused } from "#platform/errors.ts";
import { bindEndpoints, readEndpoint } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { asId } from "#platform/ids.ts";
import { createRole } from "../roles/role-operations.ts";
import { hashKey, keyChecksum } from "../tokens/api-token.ts";
import { createTokenAuthentication } from "../tokens/token-authentication-api.ts";
import type { CreateAccountInput, CreatedAccount } from "./account.ts";
import { createAccount, ensureFirstAdministrator } from "./account-operations.ts";
import { updateAccountActive } from "./account-store.ts";
import { createdAccountJson, createdAccountLines } from "./created-account-text.ts";
import { isPasswordRight } from "./password.ts";

const database = useTestDatabase();
const deps = { randomBytes };

function anAccount(changes: Partial<CreateAccountInput> & { readonly username: string }): CreateAccountInput {
  return {
    email: `${changes.username}@example.com`,
    isServiceAccount: false,
    isSuperuser: false,
    roleNames: [],
    withApiToken: false,
    apiTokenName: null,
    apiTokenExpiry: null,
    skipIfExisting: false,
    ...changes,
  };
}

const create = (
  changes: Partial<CreateAccountInput> & { readonly username: string },
): Promise<CreatedAccount> => database.testOperation((op) => createAccount(op, deps, anAccount(changes)));

async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof OperationRefused ? error.refusals.map(({ code }) => code) : error;
}

describe("first start", () => {
  test("makes one administrator with a one-time password, even when two processes start at once", async () => {
    const start = (): ReturnType<typeof ensureFirstAdministrator> =>
      database.testOperation((op) => ensureFirstAdministrator(op, deps));
    const [made, ...others] = (await Promise.all([start(), start()])).filter((each) => each !== null);
    expect(others).toEqual([]);
    expect(made?.username).toBe("admin");
    const { rows } = await database.database.pool.query("select * from accounts");
    expect(rows).toMatchObject([{ username: "admin", is_superuser: true, must_change_password: true }]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$/);
    if (made === undefined) throw new Error("No administrator was made");
    expect(await isPasswordRight(rows[0].password_hash, made.oneTimePassword)).toBe(true);
    expect(made.oneTimePassword.reveal()).toMatch(/^([a-z2-9]{5}-){4}[a-z2-9]{5}$/);
    expect(await start()).toBeNull();
  });
});

describe("creating accounts", () => {
  test("a service account has a token and neither password nor superuser rights", async () => {
    const created = await create({ username: "terraform", isServiceAccount: true });
    const json = createdAccountJson(created);
    expect(json).toEqual({
      username: "terraform",
      email: "terraform@example.com",
      service_account: true,
      superuser: false,
      created: true,
      updated: false,
      api_token_created: true,
      api_token: expect.stringMatching(/^ztls_/),
    });
    const { rows } = await database.database.pool.query("select * from api_tokens where account_id = $1", [
      created.account.id,
    ]);
    expect(rows).toMatchObject([
      { name: "Initial Service Account API Token", hashed_key: hashKey(String(json["api_token"])) },
    ]);
    const events = await database.database.pool.query("select payload::text from events");
    expect(events.rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(events.rows)).not.toContain(json["api_token"]);
  });

  test("a human user has a one-time password, and a token only when asked", async () => {
    const plain = await create({ username: "ada" });
    expect(createdAccountJson(plain)).toMatchObject({
      api_token: null,
      one_time_password: expect.any(String),
    });
    const withToken = await create({ username: "grace", withApiToken: true, apiTokenName: "laptop" });
    const lines = createdAccountLines(withToken);
    expect(lines).toEqual([
      "User grace created",
      expect.stringMatching(/^One-time password: /),
      expect.stringMatching(/^API token \(shown only now\): ztlu_/),
    ]);
    expect(JSON.stringify(withToken)).not.toContain("ztlu_");
  });

  test("an existing account is refused, or left as it is when asked", async () => {
    await create({ username: "twice" });
    expect(await refusalOf(create({ username: "twice" }))).toEqual([
      "account_username_taken",
      "account_email_taken",
    ]);
    expect(await refusalOf(create({ username: "thrice", email: "twice@example.com" }))).toEqual([
      "account_email_taken",
    ]);
    const skipped = await create({ username: "twice", skipIfExisting: true, withApiToken: true });
    expect(createdAccountJson(skipped)).toMatchObject({
      created: false,
      api_token_created: false,
      api_token: null,
    });
    expect(createdAccountLines(skipped)).toEqual(["User twice exists already, left as it is"]);
    const other = create({ username: "twice", email: "other@example.com", skipIfExisting: true });
    expect(await refusalOf(other)).toEqual(["account_username_taken"]);
  });

  test.each([
    [{ username: "root", isServiceAccount: true, isSuperuser: true }, "service_account_superuser"],
    [{ username: "no spaces" }, "username_invalid"],
    [{ username: "" }, "username_invalid"],
    [{ username: "x".repeat(151) }, "username_invalid"],
    [{ username: "mail", email: "nobody" }, "email_invalid"],
    [{ username: "norole", roleNames: ["absent"] }, "role_unknown"],
    [{ username: "late", withApiToken: true, apiTokenExpiry: new Date("2020-01-01") }, "api_token_expiry"],
  ])("%j is refused", async (input, code) => {
    expect(await refusalOf(create(input))).toEqual([code]);
    const { rows } = await database.database.pool.query("select 1 from accounts where username = $1", [
      input.username,
    ]);
    expect(rows).toEqual([]);
  });

  test("a role needs a free name and codenames", async () => {
    const role = { name: "Lockers", permissions: ["mdm.add_devicecommand", "mdm.add_devicecommand"] };
    const created = await database.testOperation((op) => createRole(op, role));
    expect(created).toMatchObject({ name: "Lockers", permissions: ["mdm.add_devicecommand"] });
    expect(await refusalOf(database.testOperation((op) => createRole(op, role)))).toEqual([
      "role_name_taken",
    ]);
    const wrong = database.testOperation((op) =>
      createRole(op, { name: "Wrong", permissions: ["everything"] }),
    );
    expect(await refusalOf(wrong)).toEqual(["role_permissions"]);
  });
});

describe("authentication over HTTP", () => {
  const at = (path: string, access: string): ReturnType<typeof readEndpoint<null>> =>
    readEndpoint({
      method: "GET",
      path: `/api/garden/${path}/`,
      operationId: path,
      view: path,
      access,
      summary: path,
      response: { status: 200, schema: null },
      handle: async (_, op) => ({ id: op.actor.id, kind: op.actor.kind, account: op.actor.account }),
    });
  let server: HttpServer;
  let base: string;
  beforeAll(async () => {
    server = createHttpServer({
      source: database.source,
      endpoints: bindEndpoints(null, [at("fruits", "garden.view_fruit"), at("leaves", "garden.view_leaf")]),
      rawRoutes: [],
      authenticate: createTokenAuthentication(database.source),
    });
    base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
    await database.testOperation((op) =>
      createRole(op, { name: "Fruits", permissions: ["garden.view_fruit"] }),
    );
    await database.testOperation((op) =>
      createRole(op, { name: "Leaves", permissions: ["garden.view_leaf"] }),
    );
  });
  afterAll(() => server.close());

  async function call(
    authorization: string | undefined,
    path = "fruits",
  ): Promise<{ status: number; body: unknown; challenge: string | null }> {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${base}/api/garden/${path}/`, { headers });
    return {
      status: response.status,
      body: await response.json(),
      challenge: response.headers.get("www-authenticate"),
    };
  }

  async function tokenOf(
    changes: Partial<CreateAccountInput> & { readonly username: string },
  ): Promise<string> {
    return (await create({ withApiToken: true, ...changes })).apiToken?.reveal() ?? "";
  }

  const unknownBody = `ztlu_${"0".repeat(30)}`;
  test.each([
    ["no header", undefined, "Authentication credentials were not provided."],
    ["another scheme", "Bearer abc", "Authentication credentials were not provided."],
    ["the scheme alone", "Token", "Invalid token header. No credentials provided."],
    ["two keys", "Token a b", "Invalid token header. Token string should not contain spaces."],
    [
      "bytes beyond ASCII",
      "Token \u00e9",
      "Invalid token header. Token string should not contain invalid characters.",
    ],
    ["a wrong owner letter", `Token ztlx_${"A".repeat(36)}`, "Invalid ztl token."],
    ["an unknown key", `Token ${unknownBody}${keyChecksum(unknownBody)}`, "Invalid token."],
    ["an unknown legacy key", "Token 9944b09199c62bcf", "Invalid token."],
  ])("%s is answered 401", async (_name, header, detail) => {
    expect(await call(header)).toEqual({ status: 401, body: { detail }, challenge: "Token" });
  });

  test("a service account acts with the permissions of all its roles and no others", async () => {
    const key = await tokenOf({ username: "gardener", isServiceAccount: true, roleNames: ["Fruits"] });
    expect(await call(`token ${key}`)).toMatchObject({
      status: 200,
      body: {
        kind: "service_account",
        account: {
          username: "gardener",
          is_service_account: true,
          is_superuser: false,
          session: { token_authenticated: true, token: { pk: expect.any(String) } },
        },
      },
    });
    expect(await call(`Token ${key}`, "leaves")).toMatchObject({
      status: 403,
      body: { detail: "You do not have permission to perform this action." },
    });
    const both = await tokenOf({ username: "botanist", roleNames: ["Fruits", "Leaves"] });
    expect([(await call(`Token ${both}`)).status, (await call(`Token ${both}`, "leaves")).status]).toEqual([
      200, 200,
    ]);
  });

  test("a new account may do nothing, a superuser everything", async () => {
    expect((await call(`Token ${await tokenOf({ username: "newcomer" })}`)).status).toBe(403);
    expect((await call(`Token ${await tokenOf({ username: "chief", isSuperuser: true })}`)).status).toBe(200);
  });

  test("a deactivated account is refused by name, an expired token as unknown", async () => {
    const { account, apiToken } = await create({ username: "leaver", isSuperuser: true, withApiToken: true });
    const header = `Token ${apiToken?.reveal()}`;
    expect((await call(header)).status).toBe(200);
    const row = { id: asId<"Account">(account.id), isActive: false, at: database.clock.now() };
    await database.testOperation((op) => updateAccountActive(op.tx, row));
    expect(await call(header)).toMatchObject({ status: 401, body: { detail: "User inactive or deleted." } });

    const apiTokenExpiry = new Date(database.clock.now().getTime() + 60_000);
    const short = `Token ${await tokenOf({ username: "visitor", isSuperuser: true, apiTokenExpiry })}`;
    expect((await call(short)).status).toBe(200);
    database.clock.advance(60);
    expect(await call(short)).toMatchObject({ status: 401, body: { detail: "Invalid token." } });
  });

  test("a legacy key without underscore works by its hash", async () => {
    const { account } = await create({ username: "legacy", isSuperuser: true });
    await database.database.pool.query(
      "insert into api_tokens (id, account_id, hashed_key, name, created_at) values (gen_random_uuid(), $1, $2, '', now())",
      [account.id, hashKey("9944b09199c62bcf9418ad846dd0e4bb")],
    );
    expect((await call("Token 9944b09199c62bcf9418ad846dd0e4bb")).status).toBe(200);
  });

  test("authentication is one statement", async () => {
    const header = `Token ${await tokenOf({ username: "frugal", isSuperuser: true })}`;
    const before = database.database.statementCount();
    await call(header);
    expect(database.database.statementCount() - before).toBe(1);
  });
});
