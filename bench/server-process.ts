/** The server under measurement: a process of its own, as it is run in earnest, with its metrics. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createTransport } from "#sandbox/devices/transport.ts";
import { readScrape, type Scrape } from "./metrics-text.ts";

const root = join(import.meta.dirname, "..");
const startSecondsMax = 120;
const stopSecondsMax = 60;
/** A scrape that takes longer than this waits for a count of large tables, which must not run beside the load. */
const quickScrapeMilliseconds = 500;
const scrapesMax = 200;

export type ServerOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly metricsToken: string;
  /** PEM of the authority of its certificate; null when it serves without TLS. */
  readonly caPem: string | null;
  readonly port: number;
};

export type ServerProcess = {
  readonly baseUrl: string;
  /** The present figures. */
  readonly scrape: () => Promise<Scrape>;
  /** The same, when nothing that a scrape begins is still running. */
  readonly settledScrape: () => Promise<Scrape>;
  readonly stop: () => Promise<void>;
};

/** Starts it and waits until it serves. @throws when it ends instead, with what it said. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { port, caPem, metricsToken } = options;
  const child = spawn(process.execPath, ["--conditions=source", join(root, "src", "main.ts"), "serve"], {
    cwd: root,
    env: {
      PATH: process.env["PATH"] ?? "",
      POMONA_LISTEN: `127.0.0.1:${port}`,
      POMONA_METRICS_TOKEN: metricsToken,
      POMONA_LOG_LEVEL: "error",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A bench that is ended in the middle takes its server with it.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("close", () => process.off("exit", kill));
  await served(child);
  const baseUrl = `${caPem === null ? "http" : "https"}://127.0.0.1:${port}`;
  const transport = createTransport(caPem === null ? {} : { trustedCaPem: caPem });
  const scrape = async (): Promise<Scrape> => {
    const answer = await transport.send({
      url: `${baseUrl}/metrics`,
      method: "GET",
      headers: { authorization: `Bearer ${metricsToken}` },
    });
    if (answer.status !== 200) throw new Error(`/metrics was answered with ${answer.status}`);
    return readScrape(answer.body.toString("utf8"));
  };
  return {
    baseUrl,
    scrape,
    settledScrape: () => scrapeUntilQuick(scrape),
    stop: async () => {
      transport.close();
      await stopped(child);
    },
  };
}

async function scrapeUntilQuick(scrape: () => Promise<Scrape>): Promise<Scrape> {
  for (let count = 0; count < scrapesMax; count += 1) {
    const begun = performance.now();
    const result = await scrape();
    if (performance.now() - begun < quickScrapeMilliseconds) return result;
  }
  throw new Error("The metrics never settled");
}

async function served(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(new Error(`The server did not start:\n${said}`));
    }, startSecondsMax * 1000);
    const read = (text: string): void => {
      said = `${said}${text}`.slice(-10_000);
      if (!/ serves /.test(said)) return;
      clearTimeout(timer);
      done();
    };
    child.stdout?.setEncoding("utf8").on("data", read);
    // What goes wrong during a run is for the reader to see.
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      read(text);
      process.stderr.write(text);
    });
    child.once("error", fail);
    child.once("close", (code) => {
      clearTimeout(timer);
      fail(new Error(`The server ended with ${code}:\n${said}`));
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("close", done));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopSecondsMax * 1000);
  await ended;
  clearTimeout(timer);
}
