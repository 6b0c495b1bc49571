/** The program as npm installs it for production, in another folder: for users who cannot pass through this one. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "./source-tree.ts";

const ownParts = ["bin", "src", "migrations", "openapi.json", "package.json"];

/** Copies the program, its dependencies and the Node that runs the tests. @returns The path of that Node. */
export function copyInstallation(target: string): string {
  const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const packages = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path.startsWith("node_modules/") && dev !== true)
    // The Node that comes along is large, and the one below is used.
    .filter(([path]) => !path.includes("node_modules/node-linux-") && existsSync(join(repository, path)))
    .map(([path]) => path);
  for (const part of [...ownParts, ...packages]) copyTree(join(repository, part), join(target, part));
  const node = join(target, "node");
  copyFile(process.execPath, node);
  return node;
}

function copyTree(source: string, target: string): void {
  if (!statSync(source).isDirectory()) return copyFile(source, target);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(source)) {
    if (name !== "node_modules") copyTree(join(source, name), join(target, name));
  }
}

/** Links when everybody may read the file and it is on the same disk: nothing is written. */
function copyFile(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  if (existsSync(target)) return;
  const real = realpathSync(source);
  const isReadable = (statSync(real).mode & 0o044) === 0o044;
  if (isReadable && link(real, target)) return;
  copyFileSync(real, target);
  chmodSync(target, 0o755);
}

function link(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EXDEV", "EPERM", "EMLINK", "ENOTSUP"].includes(code)) return false;
    throw error;
  }
}
