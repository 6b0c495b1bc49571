/** The configuration of a process, read from the environment by `main.ts` and validated here, all of it at once. */
import { type FileSettings, noFileSettings } from "./config-file/file-settings.ts";
import type { MdmSettings } from "./config-file/mdm-settings.ts";
import { readStorageSettings, type StorageSettings, storageSettings } from "./config-storage.ts";
import {
  isKeyOf,
  isLoopbackHost,
  parseAddresses,
  parseCertificates,
  parseHttpsUrl,
  parseKey,
} from "./config-values.ts";
import { Secret } from "./secret.ts";

/** A certificate chain, leaf first, and the key of the leaf. */
export type TlsMaterial = { readonly fullchainPem: string; readonly keyPem: Secret<string> };

export type Config = {
  /** Connection string of a PostgreSQL server; null: the embedded one in the data folder. */
  readonly databaseUrl: Secret<string> | null;
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Null until the server knows its port: then `http://localhost:<port>`. */
  readonly baseUrl: URL | null;
  /** Of an own https listener; it signs profiles, too. */
  readonly tls: TlsMaterial | null;
  /** What the proxy in front serves with, when the configuration file tells: it signs profiles instead. */
  readonly proxyTls: TlsMaterial | null;
  /** True: device identity comes from the proxy's headers; false: profiles ask for `Mdm-Signature`. */
  readonly isMtlsProxy: boolean;
  /** Host of ServerURL and CheckInURL in proxy mode; null: the base URL's. */
  readonly mtlsBaseUrl: URL | null;
  /** Addresses and networks (CIDR) whose forwarded and certificate headers count. */
  readonly trustedProxies: readonly string[];
  readonly apns: { readonly url: URL; readonly caPem: string | null };
  readonly secretKey: Secret<Buffer> | null;
  /** What only a configuration file says. */
  readonly mdm: MdmSettings;
  /** What `GET /metrics` asks for; null: there is no such page. */
  readonly metricsBearerToken: Secret<string> | null;
  /** How the lists that once were bare arrays are answered. */
  readonly listMode: ListMode;
  readonly logLevel: string;
  /** Events older than this are deleted. */
  readonly eventsRetentionDays: number;
  /** Months of finished commands that ended longer ago are dropped. */
  readonly historyRetentionDays: number;
  readonly storage: StorageSettings;
};

/**
 * Lists under `/api/mdm/` that old Go clients know as bare arrays (http-api 1.16, trap 1); `auto` looks at the
 * client's version.
 */
export type ListMode = "envelope" | "bare" | "auto";

/** One thing wrong with the environment. */
export type ConfigProblem = { readonly name: string; readonly detail: string };

/** Thrown with everything that is wrong, so that it can be mended in one go. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ name, detail }) => `${name}: ${detail}`).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** A quarter: what incident reviews and auditors ask back for, and a table that stays in one disk of a small server. */
export const eventsRetentionDaysDefault = 90;
/** A year: what was done to a device is asked for until it is replaced or audited. */
export const historyRetentionDaysDefault = 365;
export const apnsUrlDefault = "https://api.push.apple.com";
const listModes: readonly ListMode[] = ["envelope", "bare", "auto"];
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the environment that configure the server, with what `pomona serve --help` says of them. */
export const settings: Readonly<Record<string, string>> = {
  POMONA_URL: "Server that the client's commands talk to; of no concern to a server",
  POMONA_TOKEN: "API token of the client's commands; of no concern to a server",
  POMONA_CONFIG:
    "Configuration file (base.json), or its folder; the environment wins over it (default: none)",
  DATABASE_URL:
    "PostgreSQL 15 or later to use instead of the embedded one (postgresql://user:password@host/name)",
  POMONA_DATA: "Folder of the embedded database and of the secret key (default: ./pomona-data)",
  POMONA_LISTEN:
    "Address and port to listen on, host:port (default: 127.0.0.1:8443 with TLS, else 127.0.0.1:8080)",
  POMONA_BASE_URL: "URL under which devices and people reach the server; https unless its host is loopback",
  POMONA_TLS_CERT: "PEM file with the TLS certificate chain of an own https listener, leaf first",
  POMONA_TLS_KEY: "PEM file with its private key",
  POMONA_MTLS_PROXY:
    "true: a proxy checks device certificates and passes them on in headers (default: false)",
  POMONA_MTLS_BASE_URL: "URL of the proxy's client-certificate listener (default: POMONA_BASE_URL)",
  POMONA_TRUSTED_PROXIES:
    "Addresses or networks whose forwarded and certificate headers count, comma-separated",
  POMONA_APNS_URL: `Push service, for the sandbox (default: ${apnsUrlDefault})`,
  POMONA_APNS_CA: "PEM file with the certificate authority of that push service",
  POMONA_SECRET_KEY: "32 bytes or more in base64 that seal secrets (default: a file in the data folder)",
  POMONA_LIST_MODE: `How old clients see once-bare lists, one of ${listModes.join(", ")} (default: envelope)`,
  POMONA_LOG_LEVEL: `One of ${logLevels.join(", ")} (default: info)`,
  POMONA_METRICS_TOKEN: "Bearer token that Prometheus shows at /metrics (default: no metrics)",
  POMONA_EVENTS_RETENTION_DAYS: `Days that events are kept, 1 to 3650 (default: ${eventsRetentionDaysDefault})`,
  POMONA_HISTORY_RETENTION_DAYS: `Days that finished commands are kept, 1 to 3650 (default: ${historyRetentionDaysDefault})`,
  ...storageSettings,
};

/**
 * Reads and checks the environment.
 *
 * @param readFile Reads a file named by a setting; injected so that this stays testable.
 * @param file What a configuration file says; the environment wins over it.
 * @throws {ConfigError} with every problem found; unknown `POMONA_…` names are problems too, they are typing errors.
 */
export function readConfig(
  environment: Environment,
  readFile: (path: string) => string,
  file: FileSettings = noFileSettings,
): Config {
  const problems: ConfigProblem[] = [];
  const attempt = <T>(name: string, fallback: T, parse: (value: string) => T): T => {
    const value = environment[name];
    if (value === undefined || value === "") return fallback;
    try {
      return parse(value);
    } catch (error) {
      problems.push({ name, detail: error instanceof Error ? error.message : String(error) });
      return fallback;
    }
  };
  for (const name of Object.keys(environment)) {
    if (name.startsWith("POMONA_") && !(name in settings)) {
      problems.push({ name, detail: "is not a setting of Pomona" });
    }
  }
  const certificate = attempt("POMONA_TLS_CERT", null, (path) => parseCertificates(readFile(path)));
  const key = attempt("POMONA_TLS_KEY", null, (path) => parseKey(readFile(path)));
  if ((certificate === null) !== (key === null) && problems.length === 0) {
    problems.push({ name: "POMONA_TLS_CERT", detail: "POMONA_TLS_CERT and POMONA_TLS_KEY belong together" });
  }
  if (certificate !== null && key !== null) problems.push(...pairProblems(certificate, key));
  const ownTls = certificate === null || key === null ? null : { fullchainPem: certificate, keyPem: key };
  const isMtlsProxy = attempt("POMONA_MTLS_PROXY", file.isMtlsProxy ?? false, parseBoolean);
  const trustedProxies = attempt("POMONA_TRUSTED_PROXIES", file.trustedProxies, parseAddresses);
  // The file does not say who serves with its certificate: a proxy when there is one, else this process.
  const hasProxy = isMtlsProxy || trustedProxies.length > 0;
  const tls = ownTls ?? (hasProxy ? null : file.tls);
  const config: Config = {
    databaseUrl: attempt("DATABASE_URL", null, parseDatabaseUrl),
    dataFolder: attempt("POMONA_DATA", "pomona-data", (value) => value),
    listen: attempt("POMONA_LISTEN", { host: "127.0.0.1", port: tls === null ? 8080 : 8443 }, parseListen),
    baseUrl: attempt("POMONA_BASE_URL", file.baseUrl, parseBaseUrl),
    tls,
    proxyTls: tls === null ? file.tls : null,
    isMtlsProxy,
    mtlsBaseUrl: attempt("POMONA_MTLS_BASE_URL", file.mtlsBaseUrl, parseBaseUrl),
    trustedProxies,
    apns: {
      url: attempt("POMONA_APNS_URL", new URL(apnsUrlDefault), parseHttpsUrl),
      caPem: attempt("POMONA_APNS_CA", null, (path) => parseCertificates(readFile(path))),
    },
    secretKey: attempt("POMONA_SECRET_KEY", null, parseSecretKey),
    mdm: file.mdm,
    metricsBearerToken: attempt("POMONA_METRICS_TOKEN", file.metricsBearerToken, parseBearerToken),
    listMode: attempt("POMONA_LIST_MODE", "envelope", parseListMode),
    logLevel: attempt("POMONA_LOG_LEVEL", "info", parseLogLevel),
    eventsRetentionDays: attempt("POMONA_EVENTS_RETENTION_DAYS", eventsRetentionDaysDefault, parseDays),
    historyRetentionDays: attempt("POMONA_HISTORY_RETENTION_DAYS", historyRetentionDaysDefault, parseDays),
    storage: readStorageSettings(attempt, (name, detail) => problems.push({ name, detail })),
  };
  if (config.isMtlsProxy && config.trustedProxies.length === 0) {
    problems.push({
      name: "POMONA_MTLS_PROXY",
      detail: "needs the proxy's address in POMONA_TRUSTED_PROXIES",
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function parseDatabaseUrl(value: string): Secret<string> {
  if (!/^postgres(ql)?:\/\//.test(value)) throw new Error("must begin with postgresql://");
  return new Secret(value);
}

function parseListen(value: string): Config["listen"] {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw new Error(`must be host:port, not "${value}"`);
  return { host: (match[1] as string).replace(/^\[|\]$/g, ""), port };
}

function parseBaseUrl(value: string): URL {
  if (!URL.canParse(value)) throw new Error(`is not a URL: "${value}"`);
  const url = new URL(value);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw new Error("must have a scheme, a host and at most a port, without path");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    throw new Error("must be https, except on a loopback host: devices refuse anything else");
  }
  return url;
}

function parseBoolean(value: string): boolean {
  if (value !== "true" && value !== "false") throw new Error(`must be true or false, not "${value}"`);
  return value === "true";
}

function parseSecretKey(value: string): Secret<Buffer> {
  const key = Buffer.from(value, "base64");
  if (key.length < 32) throw new Error("must be at least 32 bytes in base64 (openssl rand -base64 32)");
  return new Secret(key);
}

function parseListMode(value: string): ListMode {
  const mode = listModes.find((known) => known === value);
  if (mode === undefined) throw new Error(`must be one of ${listModes.join(", ")}`);
  return mode;
}

function parseLogLevel(value: string): string {
  if (!logLevels.includes(value)) throw new Error(`must be one of ${logLevels.join(", ")}`);
  return value;
}

function parseBearerToken(value: string): Secret<string> {
  if (!/^[\x21-\x7e]{16,}$/.test(value)) throw new Error("must be 16 or more printable ASCII characters");
  return new Secret(value);
}

function parseDays(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value) || Number(value) > 3650)
    throw new Error("must be a number from 1 to 3650");
  return Number(value);
}

function pairProblems(certificatePem: string, key: Secret<string>): ConfigProblem[] {
  if (isKeyOf(certificatePem, key)) return [];
  return [{ name: "POMONA_TLS_KEY", detail: "is not the key of the certificate" }];
}
