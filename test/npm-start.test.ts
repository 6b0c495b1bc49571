import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { startPomona } from "./tools/pomona-process.ts";
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

function serverEnvironment(folder: string): Record<string, string> {
  return {
    DATABASE_URL: connectionUrl(database.connection),
    POMONA_DATA: folder,
    // The tests share a database, and what is sealed in it.
    POMONA_SECRET_KEY: Buffer.alloc(32, 1).toString("base64"),
    POMONA_LISTEN: "127.0.0.1:0",
    POMONA_LOG_LEVEL: "silent",
  };
}

/** Begins a request that the server waits for, so that it cannot end before. @returns The way to complete it. */
async function beginRequest(address: string): Promise<() => void> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  const body = "{}";
  socket.write(
    "POST /api/session/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n" +
      `Content-Length: ${body.length}\r\n\r\n`,
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toContain("100 Continue");
  return () => socket.end(body);
}

test("Ctrl-C, which the terminal sends to every process of the group, lets the server end in order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pomona-ctrl-c-"));
  const environment = { ...serverEnvironment(folder), POMONA_LOG_LEVEL: "info" };
  const server = startPomona({ args: ["serve"], env: environment, isGroup: true });
  const [, address = ""] = await server.printed(/ serves (http:\S+)$/m);
  const completeRequest = await beginRequest(address);
  process.kill(-server.pid, "SIGINT");
  // The program that started the server passes the signal on, so it comes again while the server is ending.
  await server.logged(/"Stopping"/);
  process.kill(-server.pid, "SIGINT");
  completeRequest();
  expect(await server.ended).toMatchObject({ code: 0 });
  rmSync(folder, { recursive: true, force: true });
});

test("a start guard that is killed does not leave its server alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pomona-killed-"));
  const program = spawn(process.execPath, ["bin/pomona.js", "serve"], {
    cwd: repository,
    env: { ...process.env, ...serverEnvironment(folder) },
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
  const env = { ...process.env, ...serverEnvironment(folder) };
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
