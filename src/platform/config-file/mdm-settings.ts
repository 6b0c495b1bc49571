/** What the section `apps["zentral.contrib.mdm"]` says: 19 keys of console-ops 3.3, with the ranges of protocol 6.3. */
import { parseCertificates, parseHttpsOrLoopbackUrl } from "../config-values.ts";
import { clampedNumber, parseSwitch, parseText, type Section, textOfAtMost } from "./section.ts";

/** How eagerly targets are pushed: seconds, counts, pushes per second. Null: the server's own choice. */
export type PushPacing = {
  readonly targetAgeSecondsMin: number | null;
  readonly commandWaitingSecondsMax: number | null;
  readonly connectPeriodSeconds: number | null;
  readonly connectRetrySeconds: number | null;
  readonly enrollRetrySeconds: number | null;
  readonly batchSize: number | null;
  readonly claimSeconds: number | null;
  readonly capacity: number | null;
  readonly ratePerSecond: number | null;
};

/** A push certificate that the configuration names; the server makes its key. */
export type ProvisionedPushCertificate = {
  readonly uid: string;
  readonly name: string;
  /** Apple's certificate for the key of the server, PEM; null: what is stored stays. */
  readonly certificate: string | null;
};

/** An issuer that the configuration describes, as the API takes it; its values are checked where it is applied. */
export type ProvisionedIssuer = { readonly uid: string; readonly fields: Readonly<Record<string, unknown>> };

export type MdmSettings = {
  /** PEM chain of further authorities whose certificates devices may bring. */
  readonly scepCaFullchainPem: string | null;
  readonly distributesTlsChain: boolean;
  readonly servesMetrics: boolean;
  readonly mountsLegacyPublicEndpoints: boolean;
  readonly pushCsrSigner: { readonly url: URL } | null;
  readonly pushPacing: PushPacing;
  readonly provisioning: {
    readonly pushCertificates: readonly ProvisionedPushCertificate[];
    readonly scepIssuers: readonly ProvisionedIssuer[];
    readonly acmeIssuers: readonly ProvisionedIssuer[];
  };
};

/** A server without configuration file. */
export const mdmSettingsDefault: MdmSettings = {
  scepCaFullchainPem: null,
  distributesTlsChain: true,
  servesMetrics: false,
  mountsLegacyPublicEndpoints: false,
  pushCsrSigner: null,
  pushPacing: {
    targetAgeSecondsMin: null,
    commandWaitingSecondsMax: null,
    connectPeriodSeconds: null,
    connectRetrySeconds: null,
    enrollRetrySeconds: null,
    batchSize: null,
    claimSeconds: null,
    capacity: null,
    ratePerSecond: null,
  },
  provisioning: { pushCertificates: [], scepIssuers: [], acmeIssuers: [] },
};

/** The module path of the reference's signer, and our own word for the same thing. */
const signerBackends = ["zentral.contrib.mdm.push_csr_signers.ZentralSaaSPushCSRSigner", "http"];

/** Reads the section, apart from `mtls_proxy`, which is the listener's. */
export function readMdmSection(section: Section): MdmSettings {
  const settings: MdmSettings = {
    scepCaFullchainPem: section.read("scep_ca_fullchain", parseChain, null),
    distributesTlsChain: section.read("distribute_tls_chain", parseSwitch, true),
    servesMetrics: section.read("metrics", parseSwitch, false),
    mountsLegacyPublicEndpoints: section.read("mount_legacy_public_endpoints", parseSwitch, false),
    pushCsrSigner: section.has("push_csr_signer") ? readSigner(section.section("push_csr_signer")) : null,
    pushPacing: readPacing(section.section("apns")),
    provisioning: readProvisioning(section.section("provisioning")),
  };
  section.close();
  return settings;
}

function parseChain(value: unknown): string {
  return parseCertificates(parseText(value));
}

function readSigner(section: Section): { readonly url: URL } | null {
  section.require("backend", parseBackend, null);
  const url = section.require("url", (value) => parseHttpsOrLoopbackUrl(parseText(value)), null);
  section.close();
  return url === null ? null : { url };
}

function parseBackend(value: unknown): string {
  const backend = parseText(value);
  if (!signerBackends.includes(backend)) throw new Error(`must be "http", the one kind of signer there is`);
  return backend;
}

const whole = (min: number, max: number) => clampedNumber({ min, max, isWhole: true });

function readPacing(apns: Section): PushPacing {
  const connect = apns.section("connect");
  const workers = apns.section("workers");
  const pacing: PushPacing = {
    targetAgeSecondsMin: apns.read("min_target_age", whole(1, 120), null),
    commandWaitingSecondsMax: apns.read("max_command_waiting_time", whole(10, 3_600), null),
    connectPeriodSeconds: connect.read("default_period", whole(60, 604_800), null),
    connectRetrySeconds: connect.read("retry_delay", whole(600, 604_800), null),
    enrollRetrySeconds: connect.read("enroll_retry_delay", whole(10, 3_600), null),
    batchSize: workers.read("batch_size", whole(1, 1_000), null),
    claimSeconds: workers.read("visibility_timeout", whole(10, 600), null),
    capacity: workers.read("capacity", whole(1, 1_000), null),
    ratePerSecond: workers.read("rate", clampedNumber({ min: 0.1, max: 1_000, isWhole: false }), null),
  };
  for (const section of [connect, workers, apns]) section.close();
  return pacing;
}

/** As the API allows (http-api 2.2). */
const nameCharactersMax = 256;

function readProvisioning(section: Section): MdmSettings["provisioning"] {
  const pushCertificates = section.named("push_certificates").map(([uid, entry]) => {
    const found = {
      uid,
      name: entry.require("name", textOfAtMost(nameCharactersMax), ""),
      certificate: entry.read("certificate", parseChain, null),
    };
    entry.refuse("private_key", "is never set here: the server makes the key, and its CSR is in the API");
    entry.close();
    return found;
  });
  const scepIssuers = section.named("scep_issuers").map(([uid, entry]) => ({ uid, fields: entry.rest() }));
  const acmeIssuers = section.named("acme_issuers").map(([uid, entry]) => ({ uid, fields: entry.rest() }));
  section.close();
  return { pushCertificates, scepIssuers, acmeIssuers };
}
