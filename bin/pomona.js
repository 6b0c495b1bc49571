#!/usr/bin/env node
// The start guard: plain JavaScript that any Node can parse, so that an old one is told what is wrong.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isRecentEnough = (version) => {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
};

// The optional dependencies node-linux-* put a Node 24 here on Linux machines whose own is older.
const bundledNode = join(root, "node_modules", ".bin", "node");
const node = isRecentEnough(process.versions.node)
  ? process.execPath
  : existsSync(bundledNode)
    ? bundledNode
    : undefined;

if (node === undefined) {
  process.stderr.write(
    `Pomona needs Node 22.18 or later; this is ${process.version}. Install a current Node (24 LTS is ` +
      "recommended), or run `npm ci` here on Linux, which brings one along.\n",
  );
  process.exit(1);
}

const built = join(root, "dist", "main.js");
const program = existsSync(built) ? [built] : ["--conditions=source", join(root, "src", "main.ts")];
// The channel is never written to: when this process is killed it closes, and the server stops instead of staying alone.
const child = spawn(node, [...program, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
// A signal sent to this process alone (a supervisor's SIGTERM) must reach the server; one from the terminal
// reaches the whole process group by itself, and a second delivery is harmless.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
