/** `pomona doctor`: its arguments and what it prints. */
import { Command } from "commander";
import { ConfigError } from "#platform/config.ts";
import type { LoadedConfig } from "#platform/config-file/load-config.ts";
import { systemClock } from "#platform/clock.ts";
import { createLogger } from "#platform/log.ts";
import { diagnose } from "./doctor.ts";
import { fail, type Finding, formatFindings, warn } from "./finding.ts";

export type DoctorCommandDeps = {
  readonly loadConfig: (configFile: string | undefined) => LoadedConfig;
  readonly migrationsFolder: string;
  readonly print: (line: string) => void;
};

type DoctorFlags = { readonly config?: string; readonly online?: boolean; readonly json?: boolean };

/** Builds the command; it sets the exit code 1 when something is to be mended. */
export function buildDoctorCommand(deps: DoctorCommandDeps): Command {
  return new Command("doctor")
    .description("Look for what is wrong with an installation, without changing it")
    .option("--config <file>", "configuration file (base.json), instead of the one POMONA_CONFIG names")
    .option("--online", "also reach for Apple's push service")
    .option("--json", "print one JSON object")
    .action(async (flags: DoctorFlags) => {
      const findings = await examine(deps, flags);
      if (flags.json === true) deps.print(JSON.stringify({ findings }));
      else for (const line of formatFindings(findings)) deps.print(line);
      if (findings.some(({ level }) => level === "fail")) process.exitCode = 1;
    });
}

async function examine(deps: DoctorCommandDeps, flags: DoctorFlags): Promise<Finding[]> {
  try {
    const { config, notices } = deps.loadConfig(flags.config);
    const findings = await diagnose({
      config,
      log: createLogger("silent"),
      at: systemClock.now(),
      migrationsFolder: deps.migrationsFolder,
      isOnline: flags.online ?? false,
    });
    return [...notices.map((notice) => warn("config", notice, "Remove the key")), ...findings];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ name, detail }) =>
      fail("config", `${name}: ${detail}`, "Mend it; nothing else was looked at"),
    );
  }
}
