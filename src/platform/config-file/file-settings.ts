/**
 * The configuration file `base.json` (console-ops 3): the sections `api` and `apps`, read into values that fill the
 * gaps of the environment. What means nothing here is refused with what to use instead, never passed over.
 */
import type { TlsMaterial } from "../config.ts";
import { isKeyOf, parseAddresses, parseCertificates, parseKey } from "../config-values.ts";
import { Secret } from "../secret.ts";
import { type MdmSettings, mdmSettingsDefault, readMdmSection } from "./mdm-settings.ts";
import { openSection, parseSwitch, parseText, type Section } from "./section.ts";
import { type ReportProblem, substitute, type SubstitutionSources } from "./substitution.ts";

/** What a configuration file says; null and empty where it is silent. */
export type FileSettings = {
  readonly baseUrl: URL | null;
  readonly mtlsBaseUrl: URL | null;
  readonly isMtlsProxy: boolean | null;
  readonly trustedProxies: readonly string[];
  readonly tls: TlsMaterial | null;
  readonly metricsBearerToken: Secret<string> | null;
  readonly mdm: MdmSettings;
};

/** A server without configuration file. */
export const noFileSettings: FileSettings = {
  baseUrl: null,
  mtlsBaseUrl: null,
  isMtlsProxy: null,
  trustedProxies: [],
  tls: null,
  metricsBearerToken: null,
  mdm: mdmSettingsDefault,
};

/** What reading a file gives. Notices tell of keys that are accepted and change nothing here. */
export type FileReading = {
  readonly settings: FileSettings;
  readonly problems: readonly { readonly path: string; readonly detail: string }[];
  readonly notices: readonly string[];
};

/** Largest file read; a real one with its comments has a few KB. */
export const configFileCharactersMax = 1024 * 1024;

/** Sections of the reference that mean nothing here, and what does their work instead. */
const foreignSections: Readonly<Record<string, string>> = {
  django:
    "is not used: DATABASE_URL names the database, and POMONA_SECRET_KEY holds the key that seals secrets",
  secret_engines:
    "is not used: secrets are always sealed, with POMONA_SECRET_KEY or a key in the data folder",
  queues: "is not used: jobs are rows of the database, there is no broker to name",
  stores: "is not used: events are kept in the database, for POMONA_EVENTS_RETENTION_DAYS",
  notifier: "is not used: there is no Redis to name",
  password_reset_handler: "is not used: an administrator makes a new one-time password",
  users: "is not used: accounts are made with `pomona user create` or the API",
  extra_links: "is not used: there are no links to configure",
  events: "is not used: events carry addresses without their places on earth",
};

/** Modules of the reference whose work is built in: they may stand in the list of apps, without keys. */
const builtInModules = [
  "server.accounts",
  "server.realms",
  "accounts",
  "realms",
  "zentral.core.compliance_checks",
  "zentral.core.incidents",
  "zentral.core.probes",
  "zentral.core.stores",
  "zentral.core.terraform",
  "zentral.contrib.inventory",
];
const mdmModule = "zentral.contrib.mdm";

/** The proxy that a configuration without addresses means: one on this machine. */
const localProxies = ["127.0.0.1", "::1"];

/**
 * Reads the text of a configuration file.
 *
 * @returns Settings and everything that is wrong, each problem with its path, such as
 *   `apps["zentral.contrib.mdm"].apns.workers.rate`.
 */
export function readFileSettings(text: string, sources: SubstitutionSources): FileReading {
  const problems: { path: string; detail: string }[] = [];
  const notices: string[] = [];
  const report: ReportProblem = (path, detail) => void problems.push({ path, detail });
  const json = parseJson(text, report);
  const root = openSection(substitute(json, sources, report), "", report);
  const api = readApi(root.section("api"), report, notices);
  const modules = readApps(root.section("apps"));
  notices.push(...listIdleMdmKeys(modules.mdm));
  for (const [name, detail] of Object.entries(foreignSections)) root.refuse(name, detail);
  root.close();
  const usesLocalProxy = modules.isMtlsProxy === true && api.trustedProxies.length === 0;
  const trustedProxies = usesLocalProxy ? localProxies : api.trustedProxies;
  return { settings: { ...api, ...modules, trustedProxies }, problems, notices };
}

function parseJson(text: string, report: ReportProblem): unknown {
  if (text.length > configFileCharactersMax) {
    report("", `is larger than ${configFileCharactersMax} characters`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    report("", `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

type ApiSettings = Omit<FileSettings, "isMtlsProxy" | "mdm">;

function readApi(api: Section, report: ReportProblem, notices: string[]): ApiSettings {
  const parsers: Readonly<Record<string, (value: unknown) => string | boolean>> = {
    secret: parseText,
    webhook_fqdn: parseText,
    distribute_tls_server_certs: parseSwitch,
  };
  for (const [key, parse] of Object.entries(parsers)) {
    if (api.read(key, parse, null) !== null) notices.push(`api.${key} is accepted and changes nothing here`);
  }
  const renamed = { tls_hostname: "fqdn", tls_hostname_for_client_cert_auth: "fqdn_mtls" };
  for (const [old, name] of Object.entries(renamed)) api.refuse(old, `was renamed: use api.${name}`);
  api.refuse("tls_server_certs", "was renamed: use api.tls_fullchain");
  api.refuse("tls_server_key", "was renamed: use api.tls_privkey");
  const token = api.read("metrics_bearer_token", parseText, null);
  const settings: ApiSettings = {
    baseUrl: api.read("fqdn", parseHostName, null),
    mtlsBaseUrl: api.read("fqdn_mtls", parseHostName, null),
    trustedProxies: api.read("trusted_proxies", parseAddressList, []),
    tls: readTls(api, report),
    metricsBearerToken: token === null ? null : new Secret(token),
  };
  api.close();
  return settings;
}

/** The chain is given whole, or as certificate and the rest. */
function readTls(api: Section, report: ReportProblem): TlsMaterial | null {
  const certificate = api.read("tls_cert", parsePem, null);
  const chain = api.read("tls_chain", parsePem, null);
  const whole = api.read("tls_fullchain", parsePem, null);
  const keyPem = api.read("tls_privkey", (value) => parseKey(parseText(value)), null);
  if (certificate === null && chain !== null && whole === null) {
    report("api.tls_chain", "needs tls_cert beside it; or use tls_fullchain");
  }
  const fullchainPem = whole ?? (certificate === null ? null : [certificate, chain ?? ""].join("\n").trim());
  if (fullchainPem === null || keyPem === null) {
    if (keyPem !== null) report("api.tls_privkey", "needs tls_fullchain beside it");
    return null;
  }
  if (isKeyOf(fullchainPem, keyPem)) return { fullchainPem, keyPem };
  report("api.tls_privkey", "is not the key of the certificate");
  return null;
}

function parsePem(value: unknown): string {
  return parseCertificates(parseText(value));
}

function parseHostName(value: unknown): URL {
  const name = parseText(value).trim().toLowerCase();
  const isName = /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*$/.test(name) && name.length <= 253;
  if (!isName) throw new Error("must be a host name such as mdm.example.com, without scheme, port and path");
  return new URL(`https://${name}`);
}

function parseAddressList(value: unknown): string[] {
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (!isList) throw new Error("must be a list of addresses or networks");
  return parseAddresses(value.join(","));
}

/** Keys that mean nothing here: this server pushes when there is a reason to, and so at once to what was just made. */
function listIdleMdmKeys({ pushPacing, servesMetrics }: MdmSettings): string[] {
  const section = `apps["${mdmModule}"]`;
  return [
    ...(pushPacing.targetAgeSecondsMin === null
      ? []
      : [`${section}.apns.min_target_age: new devices are woken at once here`]),
    ...(servesMetrics ? [`${section}.metrics: /metrics is served with api.metrics_bearer_token`] : []),
  ];
}

function readApps(apps: Section): Pick<FileSettings, "isMtlsProxy" | "mdm"> {
  const isMdm = apps.has(mdmModule);
  const section = apps.section(mdmModule);
  const isMtlsProxy = isMdm ? section.read("mtls_proxy", parseSwitch, true) : null;
  const mdm = readMdmSection(section);
  // A module that is built in has nothing to be told; close() refuses its keys.
  for (const name of builtInModules) if (apps.has(name)) apps.section(name).close();
  apps.close();
  return { isMtlsProxy, mdm };
}
