/** The console as people have it: the real server and database, simulated devices, and Debian's Chromium. */
import { randomBytes } from "node:crypto";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, describe, onTestFinished, test } from "vitest";
import { createRole } from "#admin/roles/role-operations.ts";
import { createAccount } from "#admin/users/account-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { operate, operatorActor } from "#platform/operation.ts";
import { buildConsoleWhenChanged, consoleFolder } from "../../src/main/console/build-console.ts";
import { type DeviceStories, startDeviceStories } from "../tools/device-stories.ts";
import { findProgram } from "../tools/programs.ts";

export type ConsoleWorld = DeviceStories & {
  readonly browser: Browser;
  readonly origin: string;
  /** Windows of somebody that many tests share, until the browser ends. With "nobody": in front of the door. */
  readonly openContext: (
    who: readonly string[] | "superuser" | "nobody",
    options?: BrowserContextOptions,
  ) => Promise<BrowserContext>;
  /** A window of nobody; closed after the test. */
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  /** A window of somebody with these permissions (null: a superuser), at a page. */
  readonly openAs: (
    permissions: readonly string[] | null,
    path: string,
    options?: BrowserContextOptions,
  ) => Promise<Page>;
  /** The same for a superuser whose password the test needs. */
  readonly openWithPassword: (
    path: string,
  ) => Promise<{ readonly page: Page; readonly account: ConsoleAccount }>;
};

export type ConsoleAccount = { readonly username: string; readonly password: string };

const chromiumPath = findProgram("chromium");
/** A build on a busy machine takes this long at most. */
const startMilliseconds = 180_000;
/** What a page is waited for, on a busy machine too. */
const answerMillisecondsMax = 30_000;

/** A `describe` that needs a browser: absent, it is a visible skip, and a failure with `CI=true`. */
export function describeInBrowser(name: string, body: (world: ConsoleWorld) => void): void {
  if (chromiumPath === null) {
    const missing = `${name} (needs chromium)`;
    if (process.env["CI"] !== "true") describe.skip(missing, () => test("in a browser", () => {}));
    else
      test(missing, () => {
        throw new Error("Chromium is missing");
      });
    return;
  }
  describe(name, () => {
    let world: ConsoleWorld | undefined;
    beforeAll(async () => {
      world = await startConsoleWorld(chromiumPath);
    }, startMilliseconds);
    afterAll(async () => {
      await world?.browser.close();
      world?.world.transport.close();
      await world?.close();
    });
    body(
      new Proxy({} as ConsoleWorld, {
        get: (_, member) => {
          if (world === undefined) throw new Error("The console's world exists only inside hooks and tests");
          return world[member as keyof ConsoleWorld];
        },
      }),
    );
  });
}

async function startConsoleWorld(executablePath: string): Promise<ConsoleWorld> {
  await buildConsoleWhenChanged();
  const [stories, browser] = await Promise.all([
    // Passkeys are for names of hosts, not for addresses.
    startDeviceStories({ consoleFolder, config: { listen: { host: "localhost", port: 0 } } }),
    chromium.launch({ executablePath, args: ["--no-sandbox"] }),
  ]);
  const { origin } = stories.app.baseUrl;
  const newContext = async (options?: BrowserContextOptions): Promise<BrowserContext> => {
    const context = await browser.newContext({
      baseURL: origin,
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(answerMillisecondsMax);
    return context;
  };
  const openContext: ConsoleWorld["openContext"] = async (who, options) => {
    const context = await newContext(options);
    if (who !== "nobody") await logIn(context, await makeAccount(stories, who === "superuser" ? null : who));
    return context;
  };
  const open: ConsoleWorld["open"] = async (options) => {
    const context = await newContext(options);
    onTestFinished(() => context.close());
    return context.newPage();
  };
  const openAccount = async (account: ConsoleAccount, path: string, options?: BrowserContextOptions) => {
    const page = await open(options);
    await logIn(page.context(), account);
    await page.goto(path);
    return page;
  };
  const openAs: ConsoleWorld["openAs"] = async (permissions, path, options) =>
    openAccount(await makeAccount(stories, permissions), path, options);
  const openWithPassword: ConsoleWorld["openWithPassword"] = async (path) => {
    const account = await makeAccount(stories, null);
    return { account, page: await openAccount(account, path) };
  };
  return { ...stories, browser, origin, openContext, open, openAs, openWithPassword };
}

async function logIn(context: BrowserContext, account: ConsoleAccount): Promise<void> {
  const login = await context.request.post("/api/session/", { data: account });
  if (!login.ok()) throw new Error(`The login was refused: ${await login.text()}`);
}

/** Makes an account that has chosen its password already. */
async function makeAccount(
  { app }: DeviceStories,
  permissions: readonly string[] | null,
): Promise<ConsoleAccount> {
  const { source } = app.foundation;
  const username = `person-${randomBytes(4).toString("hex")}`;
  const created = await operate(source, operatorActor("test"), async (op) => {
    if (permissions !== null) await createRole(op, { name: username, permissions });
    const account = await createAccount(
      op,
      { randomBytes },
      {
        username,
        email: `${username}@example.com`,
        isServiceAccount: false,
        isSuperuser: permissions === null,
        roleNames: permissions === null ? [] : [username],
        withApiToken: false,
        apiTokenName: null,
        apiTokenExpiry: null,
        skipIfExisting: false,
      },
    );
    await op.tx.run(sql`update accounts set must_change_password = false where id = ${account.account.id}`);
    return account;
  });
  if (created.oneTimePassword === null) throw new Error("A person has a password");
  return { username, password: created.oneTimePassword.reveal() };
}
