/** `pomona demo`: the product beside a world that plays Apple. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { createAccount } from "#admin/users/account-operations.ts";
import type { Config } from "#platform/config.ts";
import { createLogger, type Logger } from "#platform/log.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import type { SandboxApple } from "#sandbox/simulate/sandbox-apple.ts";
import { type App, startApp } from "../../app.ts";
import { positiveInteger } from "../command-arguments.ts";
import { printStart, type StartFacts } from "../print-start.ts";
import { stopSignal } from "../stop-signal.ts";

export type DemoCommandDeps = Omit<StartFacts, "hasConsole"> & {
  /** The folder of the console's files, built when that is due. */
  readonly prepareConsole: (log: Logger) => Promise<string | null>;
  /** The configuration of the environment, with a data folder of the demo's own unless one was given. */
  readonly loadDemoConfig: () => { readonly config: Config; readonly logLevel: string };
};

/** Builds the command; it ends the process. */
export function buildDemoCommand(deps: DemoCommandDeps): Command {
  return new Command("demo")
    .description("Serve the product with a fake push service and simulated devices")
    .option("--devices <n>", "how many", positiveInteger, 25)
    .option("--exit", "stop when the devices have reported instead of serving on")
    .action((flags: DemoFlags) => demo(flags, deps));
}

type DemoFlags = { readonly devices: number; readonly exit?: boolean };

/** Serves the product beside a world that plays Apple; every demo begins with an empty data folder of its own kind. */
async function demo(flags: DemoFlags, deps: DemoCommandDeps): Promise<void> {
  const { startSandboxApple } = await import("#sandbox/simulate/sandbox-apple.ts");
  const { deviceCaAnchorOf } = await import("#protocol/x509/apple-device-ca.ts");
  const { decodeCertificate } = await import("#protocol/x509/certificate.ts");
  const stopped = stopSignal();
  const { config, logLevel } = deps.loadDemoConfig();
  const log = createLogger(logLevel);
  const apple = await startSandboxApple();
  try {
    const apns = { url: apple.apns.url, caPem: apple.pushCa.certificatePem };
    const deviceCaAnchors = [deviceCaAnchorOf(decodeCertificate(apple.deviceCa.deviceCa))];
    const consoleFolder = await deps.prepareConsole(log);
    const app = await startApp({ config: { ...config, apns }, log, deviceCaAnchors, consoleFolder });
    try {
      const hasConsole = consoleFolder !== null;
      await showDemo(app, apple, { flags, deps: { ...deps, hasConsole }, stopped });
    } finally {
      await app.close();
    }
  } finally {
    await apple.close();
  }
  // Nobody may have asked to stop: the waiting for it must not keep the process.
  process.exit(process.exitCode ?? 0);
}

type DemoFacts = {
  readonly flags: DemoFlags;
  readonly deps: StartFacts;
  readonly stopped: Promise<unknown>;
};

async function showDemo(app: App, apple: SandboxApple, { flags, deps, stopped }: DemoFacts): Promise<void> {
  const { print } = deps;
  const { runDemo } = await import("#sandbox/simulate/demo.ts");
  printStart(app, deps);
  const apiToken = await operate(app.foundation.source, operatorActor("demo"), createDemoToken);
  const { baseUrl } = app;
  const { apns: fakeApns, pushCa, deviceCa } = apple;
  const world = { baseUrl: baseUrl.origin, apiToken, fakeApns, pushCa, deviceCa };
  const result = await runDemo({ ...world, devices: flags.devices, print });
  print(`TOKEN=${apiToken.reveal()}`);
  if (flags.exit !== true) {
    print("The devices go on answering until you press Ctrl-C");
    await stopped;
  }
  await result.close();
}

async function createDemoToken(op: Operation): Promise<Secret<string>> {
  const name = `demo-${randomBytes(4).toString("hex")}`;
  const created = await createAccount(
    op,
    { randomBytes },
    {
      username: name,
      email: `${name}@example.com`,
      isServiceAccount: false,
      isSuperuser: true,
      roleNames: [],
      withApiToken: true,
      apiTokenName: "Demo",
      apiTokenExpiry: null,
      skipIfExisting: false,
    },
  );
  if (created.apiToken === null) throw new Error("An account that was asked for with a token has one");
  return created.apiToken;
}
