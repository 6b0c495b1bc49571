/** Runs programs such as OpenSSL on temporary files: the independent judge of what we encode. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of files with which a program is run. */
export class Workbench implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "workbench-"));

  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** The path a program shall write to. */
  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** Runs a program in the folder and returns what it printed; throws with its messages when it fails. */
  run(program: string, ...programArguments: string[]): Buffer {
    return execFileSync(program, programArguments, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
