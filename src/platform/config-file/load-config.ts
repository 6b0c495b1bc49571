/** The configuration of a process out of its environment and, when one is named, its configuration file. */
import { basename, dirname, join, resolve } from "node:path";
import { type Config, ConfigError, type ConfigProblem, readConfig } from "../config.ts";
import { type FileReading, noFileSettings, readFileSettings } from "./file-settings.ts";

export type ConfigSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly isFolder: (path: string) => boolean;
};

/** A configuration, and what its file says that changes nothing. */
export type LoadedConfig = { readonly config: Config; readonly notices: readonly string[] };

/** The name of the file in a folder that POMONA_CONFIG names. */
export const configFileName = "base.json";

/**
 * Reads environment and file.
 *
 * A file is read only when POMONA_CONFIG names it: one that lies about in the working directory would otherwise turn
 * proxy mode on without anybody having asked. Paths inside the file are relative to its folder.
 *
 * @throws {ConfigError} with every problem of both, those of the file by their path in it.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { environment, readFile } = sources;
  const named = environment["POMONA_CONFIG"];
  if (named === undefined || named === "") return { config: readConfig(environment, readFile), notices: [] };
  const path = sources.isFolder(named) ? join(named, configFileName) : named;
  const reading = readFileAt(path, sources);
  const problems = reading.problems.map(({ path: place, detail }) => problemAt(path, place, detail));
  const config = collect(problems, () => readConfig(environment, readFile, reading.settings));
  const missing = config === null ? null : missingName(reading, config);
  if (missing !== null) problems.push(problemAt(path, ...missing));
  if (config === null || problems.length > 0) throw new ConfigError(problems);
  return { config, notices: reading.notices.map((notice) => `${basename(path)}: ${notice}`) };
}

function readFileAt(path: string, { environment, readFile }: ConfigSources): FileReading {
  const folder = dirname(resolve(path));
  try {
    const text = readFile(path);
    return readFileSettings(text, { environment, readFile: (name) => readFile(resolve(folder, name)) });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { settings: noFileSettings, problems: [{ path: "", detail }], notices: [] };
  }
}

/** Devices in proxy mode are sent to a name of their own; it does not fall back to the other (protocol 0.3). */
function missingName({ settings }: FileReading, config: Config): readonly [string, string] | null {
  if (settings.baseUrl === null || !config.isMtlsProxy || config.mtlsBaseUrl !== null) return null;
  return ["api.fqdn_mtls", "is required while mtls_proxy is on; or set POMONA_MTLS_BASE_URL"];
}

function problemAt(file: string, place: string, detail: string): ConfigProblem {
  return { name: place === "" ? basename(file) : `${basename(file)} ${place}`, detail };
}

/** Runs one reading more, so that its problems are told together with those found before. */
function collect(problems: ConfigProblem[], read: () => Config): Config | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
