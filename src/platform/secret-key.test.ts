import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSecretKey, secretKeyFile } from "./secret-key.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pomona-key-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const threads = 6;
const rounds = 20;

/** Waits until every thread is there, then loads the key of one folder after the other with them. */
const racer = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { barrier, folder, module, rounds, threads } = workerData;
  import(module).then(({ loadSecretKey }) => {
    const keys = [];
    for (let round = 0; round < rounds; round += 1) {
      Atomics.add(barrier, round, 1);
      while (Atomics.load(barrier, round) < threads);
      try {
        keys.push(loadSecretKey(folder + "/" + round).reveal().toString("base64"));
      } catch (error) {
        keys.push(String(error));
      }
    }
    parentPort.postMessage(keys);
  });`;

function race(): Promise<readonly string[][]> {
  const barrier = new Int32Array(new SharedArrayBuffer(4 * rounds));
  const module = new URL("./secret-key.ts", import.meta.url).href;
  const workerData = { barrier, folder, module, rounds, threads };
  return Promise.all(
    Array.from({ length: threads }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      const worker = new Worker(racer, { eval: true, workerData });
      worker.on("message", resolve).on("error", reject);
      return promise;
    }),
  );
}

test("of many first starts at once, one makes the key and all use it", async () => {
  const keys = await race();
  const [first] = keys;
  expect(first?.every((key) => Buffer.from(key, "base64").length === 32)).toBe(true);
  expect(new Set(first).size).toBe(rounds);
  for (const others of keys) expect(others).toEqual(first);
});

test("the key is for its owner only, is found again, and nothing else is left behind", () => {
  const key = loadSecretKey(folder).reveal();
  expect(loadSecretKey(folder).reveal()).toEqual(key);
  expect(statSync(secretKeyFile(folder)).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["secret.key"]);
});

test("a file that holds no key is never replaced", () => {
  writeFileSync(secretKeyFile(folder), "");
  expect(() => loadSecretKey(folder)).toThrow("does not hold a secret key of 32 bytes");
});
