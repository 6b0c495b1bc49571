/** `pomona` as people run it: a process of its own, with nothing in its environment but what the test puts there. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "./source-tree.ts";

/** The slowest thing that is waited for is a first start, or a whole demonstration, on a busy machine. */
const waitSecondsMax = 150;
/** What a test forgot ends after this long; the tests of a file may share one server, each with its own limit. */
const lifeSecondsMax = 1_800;

export type PomonaOptions = {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the program is installed; this repository by default. */
  readonly installation?: string;
  /** What runs it; by default the Node that runs the tests. */
  readonly node?: readonly string[];
  /** True: without the start guard, so that signals reach the server itself. */
  readonly isDirect?: boolean;
  readonly cwd?: string;
  /** True: in a process group of its own, as a terminal gives each program. */
  readonly isGroup?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number };
};

export type PomonaProcess = {
  readonly pid: number;
  /** Everything printed so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves with the match once the output holds it. @throws when the process ends first. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** The same for what it logs, which goes to standard error. */
  readonly logged: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<PomonaEnd>;
  /** Sends a signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<PomonaEnd>;
};

export type PomonaEnd = {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
};

/** Starts a process; the test stops it. */
export function startPomona(options: PomonaOptions, secondsMax = lifeSecondsMax): PomonaProcess {
  const child = launch(options, secondsMax);
  let [output, errors] = ["", ""];
  let wake = (): void => undefined;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    wake();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    wake();
  });
  let end: PomonaEnd | null = null;
  const ended = new Promise<PomonaEnd>((done, fail) => {
    child.on("error", fail);
    // Not "exit": what was printed last may come after it.
    child.on("close", (code) => {
      end = { code, output, errors };
      done(end);
      wake();
    });
  });
  const said = async (pattern: RegExp, text: () => string): Promise<RegExpExecArray> => {
    const deadline = performance.now() + waitSecondsMax * 1000;
    for (;;) {
      const match = pattern.exec(text());
      if (match !== null) return match;
      const left = deadline - performance.now();
      if (end !== null || left <= 0)
        throw new Error(`"${String(pattern)}" was not printed:\n${output}${errors}`);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  };
  return {
    pid: child.pid ?? 0,
    output: () => output,
    errors: () => errors,
    printed: (pattern) => said(pattern, () => output),
    logged: (pattern) => said(pattern, () => errors),
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs a command to its end. */
export function runPomona(options: PomonaOptions): Promise<PomonaEnd> {
  return startPomona(options, waitSecondsMax).ended;
}

function launch(options: PomonaOptions, secondsMax: number): ChildProcess {
  const { installation = repository, node = [process.execPath] } = options;
  const [program = "", ...nodeArgs] = node;
  const entry =
    options.isDirect === true
      ? ["--conditions=source", join(installation, "src", "main.ts")]
      : [join(installation, "bin", "pomona.js")];
  return spawn(program, [...nodeArgs, ...entry, ...options.args], {
    cwd: options.cwd ?? installation,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: secondsMax * 1000,
    detached: options.isGroup ?? false,
    ...options.user,
  });
}

/** Whether a process runs; one that ended and that nobody has asked about does not. */
export function isRunning(pid: number, readFile: (path: string) => string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    // There is no such process: nothing else can go wrong with signal 0 to a process of ours.
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFile(`/proc/${pid}/stat`));
  } catch {
    // No such file: it ended in between, or this machine has no /proc and the answer above stands.
    return process.platform !== "linux";
  }
}
