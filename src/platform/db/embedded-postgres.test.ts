import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { isReachableByOthers, startEmbeddedPostgres } from "./embedded-postgres.ts";

const log = pino({ level: "silent" });
const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pomona-embedded-"));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return join(folder, "data");
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function query(connection: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process that starts the embedded server, prints its connection, and never stops it by itself. */
function startInOtherProcess(dataFolder: string): Promise<{ kill: () => Promise<void> }> {
  const module = fileURLToPath(new URL("./embedded-postgres.ts", import.meta.url));
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { pino } = await import("pino");
    await startEmbeddedPostgres({ dataFolder: ${JSON.stringify(dataFolder)}, log: pino({ level: "silent" }) });
    console.log("up");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--conditions=source", "--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code) => fail(new Error(`ended with ${code}`)));
    child.stdout.once("data", () =>
      done({
        kill: () =>
          new Promise((killed) => {
            child.removeAllListeners("exit");
            child.once("exit", () => killed());
            child.kill("SIGKILL");
          }),
      }),
    );
  });
}

describe("embedded PostgreSQL", () => {
  test("a second start finds the data of the first", async () => {
    const dataFolder = newFolder();
    const first = await startEmbeddedPostgres({ dataFolder, log });
    await query(first.connection as pg.ClientConfig, "create table kept as select 42 as answer");
    await first.stop();
    await expect(query(first.connection as pg.ClientConfig, "select 1")).rejects.toThrow();

    const second = await startEmbeddedPostgres({ dataFolder, log });
    try {
      expect(await query(second.connection as pg.ClientConfig, "select answer from kept")).toEqual([
        { answer: 42 },
      ]);
    } finally {
      await second.stop();
    }
  });

  test("a server left behind by kill -9 is adopted, with everything it had committed", async () => {
    const dataFolder = newFolder();
    const other = await startInOtherProcess(dataFolder);
    const guest = await startEmbeddedPostgres({ dataFolder, log });
    expect(guest.isOwner).toBe(false);
    await query(guest.connection as pg.ClientConfig, "create table kept as select 1 as one");
    await guest.stop();
    await query(guest.connection as pg.ClientConfig, "select one from kept");
    await other.kill();

    // The lock goes away when the server notices that its holder's connection closed.
    let adopted = guest;
    const adopt = async (): Promise<boolean> => {
      adopted = await startEmbeddedPostgres({ dataFolder, log });
      return adopted.isOwner;
    };
    await expect.poll(adopt).toBe(true);
    expect(adopted.postmasterPid).toBe(guest.postmasterPid);
    expect(await query(adopted.connection as pg.ClientConfig, "select one from kept")).toEqual([{ one: 1 }]);
    await adopted.stop();
    await expect(query(adopted.connection as pg.ClientConfig, "select 1")).rejects.toThrow();
  });

  test("a server that ends by itself is started again, and stays away when it is stopped", async () => {
    const dataFolder = newFolder();
    const server = await startEmbeddedPostgres({ dataFolder, log });
    const connection = server.connection as pg.ClientConfig;
    await query(connection, "create table kept as select 1 as one");
    for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
      const { postmasterPid } = server;
      process.kill(postmasterPid, signal);
      await expect.poll(() => server.postmasterPid, { timeout: 120_000 }).not.toBe(postmasterPid);
      expect(await query(connection, "select one from kept")).toEqual([{ one: 1 }]);
    }
    const { postmasterPid } = server;
    await server.stop();
    await expect(query(connection, "select 1")).rejects.toThrow();
    expect(server.postmasterPid).toBe(postmasterPid);
  });

  test("it listens on no network address, and its files are closed to others", async () => {
    const dataFolder = newFolder();
    const server = await startEmbeddedPostgres({ dataFolder, log });
    try {
      const [row] = (await query(server.connection as pg.ClientConfig, "show listen_addresses")) as [object];
      expect(row).toEqual({ listen_addresses: "" });
      expect(statSync(join(dataFolder, "pg18")).mode & 0o077).toBe(0);
      expect(statSync(join(dataFolder, "pg18.password")).mode & 0o077).toBe(0);
      expect(statSync(server.connection.host as string).mode & 0o077).toBe(0);
      const wrongPassword = { ...(server.connection as pg.ClientConfig), password: "guess" };
      await expect(query(wrongPassword, "select 1")).rejects.toThrow("password authentication failed");
    } finally {
      await server.stop();
    }
  });

  test("a data folder too deep for a unix socket works all the same", async () => {
    const dataFolder = join(newFolder(), "a-folder-with-a-name-that-is-long".repeat(3));
    const server = await startEmbeddedPostgres({ dataFolder, log });
    try {
      expect(await query(server.connection as pg.ClientConfig, "select 1 as one")).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
      rmSync(server.connection.host as string, { recursive: true, force: true });
    }
  });

  test("an initialisation that was cut off is done again", async () => {
    const dataFolder = newFolder();
    const first = await startEmbeddedPostgres({ dataFolder, log });
    await first.stop();
    rmSync(join(dataFolder, "pg18", "PG_VERSION"));
    const second = await startEmbeddedPostgres({ dataFolder, log });
    expect(await query(second.connection as pg.ClientConfig, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
  });
});

describe("reachability of a folder for another user", () => {
  const modes: Record<string, number> = { "/": 0o755, "/root": 0o700, "/srv": 0o755, "/srv/pomona": 0o711 };
  const mode = (folder: string): number | null => modes[folder] ?? null;

  test.each([
    ["/srv/pomona/pg18", true],
    ["/root/pomona/data", false],
    ["/not-made-yet/data", true],
  ])("%s: %s", (path, expected) => {
    expect(isReachableByOthers(path, mode)).toBe(expected);
  });
});
