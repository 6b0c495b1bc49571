import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { repository } from "./tools/source-tree.ts";
import { connectionUrl } from "./tools/test-app.ts";
import { useTestDatabase } from "./tools/test-database.ts";

const database = useTestDatabase();

/** The address in the line that the server prints when it is ready. */
async function servedAddress(npm: ChildProcess): Promise<string> {
  if (npm.stdout === null) throw new Error("Standard output is a pipe here");
  for await (const line of createInterface({ input: npm.stdout })) {
    const address = / serves (http:\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("npm start ended without serving");
}

const isServing = (address: string): Promise<boolean> =>
  fetch(`${address}healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Ends what is left of a process group. */
function endGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left of it, as it should be.
  }
}

function serverEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: connectionUrl(database.connection),
    POMONA_DATA: folder,
    // The tests share a database, and what is sealed in it.
    POMONA_SECRET_KEY: Buffer.alloc(32, 1).toString("base64"),
    POMONA_LISTEN: "127.0.0.1:0",
    POMONA_LOG_LEVEL: "silent",
  };
}

test("Ctrl-C, which the terminal sends to every process of the group, lets the server end in order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pomona-ctrl-c-"));
  const program = spawn(process.execPath, ["bin/pomona.js", "serve"], {
    cwd: repository,
    env: serverEnvironment(folder),
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(program, "exit");
  const address = await servedAddress(program);
  const group = -(program.pid ?? 0);
  process.kill(group, "SIGINT");
  // The program that started the server passes the signal on, so it comes again while the server is ending.
  await vi.waitFor(async () => expect(await isServing(address)).toBe(false), { interval: 1 });
  process.kill(group, "SIGINT");
  expect(await ended).toEqual([0, null]);
  rmSync(folder, { recursive: true, force: true });
});

test("a start guard that is killed does not leave its server alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pomona-killed-"));
  const program = spawn(process.execPath, ["bin/pomona.js", "serve"], {
    cwd: repository,
    env: serverEnvironment(folder),
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await servedAddress(program);
    program.kill("SIGKILL");
    await vi.waitFor(async () => expect(await isServing(address)).toBe(false), {
      timeout: 20_000,
      interval: 50,
    });
  } finally {
    endGroup(program);
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a supervisor that stops npm start stops the server", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pomona-npm-"));
  const env = serverEnvironment(folder);
  // A process group of its own: whatever is left of it can be ended below.
  const npm = spawn("npm", ["start"], {
    cwd: repository,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(npm, "exit");
  try {
    const address = await servedAddress(npm);
    expect(await isServing(address)).toBe(true);
    npm.kill("SIGTERM");
    await ended;
    await vi.waitFor(async () => expect(await isServing(address)).toBe(false), {
      timeout: 20_000,
      interval: 50,
    });
  } finally {
    endGroup(npm);
    rmSync(folder, { recursive: true, force: true });
  }
});
