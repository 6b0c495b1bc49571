/** `pomona simulate`: a fleet of simulated devices for any server. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { Secret } from "#platform/secret.ts";
import { positiveInteger } from "../command-arguments.ts";
import { UsageError } from "../explain-error.ts";
import { stopSignal } from "../stop-signal.ts";

/** Builds the command; it ends the process. */
export function buildSimulateCommand(print: (line: string) => void): Command {
  return new Command("simulate")
    .description("Enroll simulated devices into a server and let them answer")
    .requiredOption("--devices <n>", "how many", positiveInteger)
    .requiredOption("--url <url>", "base URL of the server")
    .option("--enrollment-profile <file or url>", "an enrollment profile to install")
    .option("--token <key>", "API token that fetches a direct profile for each device")
    .option("--enrollment <id>", "OTA enrollment of these profiles", positiveInteger)
    .option("--concurrency <n>", "devices at a time", positiveInteger)
    .option("--apns-events <url>", "event stream of a fake push service to wait at")
    .option("--stay", "keep the devices going until you stop them")
    .option("--ca <file>", "PEM file with the certificate authority of the server")
    .action((flags: SimulateFlags) => simulateFleet(flags, print));
}

type SimulateFlags = {
  readonly devices: number;
  readonly url: string;
  readonly enrollmentProfile?: string;
  readonly token?: string;
  readonly enrollment?: number;
  readonly concurrency?: number;
  readonly apnsEvents?: string;
  readonly ca?: string;
  readonly stay?: boolean;
};

async function simulateFleet(flags: SimulateFlags, print: (line: string) => void): Promise<void> {
  const { simulate } = await import("#sandbox/simulate/simulate.ts");
  const { openPushFeed } = await import("#sandbox/devices/push-feed.ts");
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const summary = await simulate({
    devices: flags.devices,
    url: flags.url,
    source: enrollmentSource(flags),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...(flags.apnsEvents === undefined ? {} : { pushes: openPushFeed(new URL(flags.apnsEvents)) }),
    ...(flags.ca === undefined ? {} : { trustedCaPem: readFileSync(flags.ca, "utf8") }),
    ...(flags.stay === true ? { signal: stop.signal } : {}),
    print,
  });
  if (summary.enrolled < summary.devices) process.exitCode = 1;
  // Nobody may have asked to stop: the waiting for it must not keep the process.
  process.exit();
}

function enrollmentSource(flags: SimulateFlags) {
  const { enrollmentProfile, token, enrollment } = flags;
  if (enrollmentProfile !== undefined) {
    const isAddress = /^https?:/.test(enrollmentProfile);
    return {
      kind: "profile",
      profile: isAddress ? enrollmentProfile : readFileSync(enrollmentProfile),
    } as const;
  }
  if (token !== undefined && enrollment !== undefined) {
    return { kind: "api", token: new Secret(token), otaEnrollmentId: enrollment } as const;
  }
  throw new UsageError("Say how to enroll: --enrollment-profile FILE, or --token KEY with --enrollment ID");
}
