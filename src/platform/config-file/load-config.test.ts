import { describe, expect, test } from "vitest";
import { aCa, anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import { certificatePem, privateKeyPem } from "../../../test/tools/push-world.ts";
import { type Config, ConfigError } from "../config.ts";
import { type LoadedConfig, loadConfig } from "./load-config.ts";

const mdm = "zentral.contrib.mdm";
const ca = aCa(rsaKey("config ca"));
const leaf = anIdentity(ca, rsaKey("config leaf"));
const chainPem = `${certificatePem(leaf)}${certificatePem(ca)}`;

const files: Record<string, string> = {
  "/etc/pomona/tls/chain.pem": chainPem,
  "/etc/pomona/tls/key.pem": privateKeyPem(leaf),
  "/etc/pomona/tls/other.pem": privateKeyPem(rsaKey("config other")),
};

function load(json: unknown, environment: Record<string, string> = {}): LoadedConfig {
  const content = typeof json === "string" ? json : JSON.stringify(json);
  return loadConfig({
    environment: { POMONA_CONFIG: "/etc/pomona/base.json", ...environment },
    isFolder: (path) => path === "/etc/pomona",
    readFile: (path) => {
      const text = path === "/etc/pomona/base.json" ? content : files[path];
      if (text === undefined) throw new Error(`Cannot read "${path}"`);
      return text;
    },
  });
}

function configOf(json: unknown, environment: Record<string, string> = {}): Config {
  return load(json, environment).config;
}

function problemsOf(json: unknown, environment: Record<string, string> = {}): string[] {
  try {
    load(json, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n");
  }
}

const inMdm = (section: unknown) => ({ apps: { [mdm]: section } });

describe("a configuration file", () => {
  test("the section of the seeds turns proxy mode on, with a proxy on this machine", () => {
    const config = configOf(inMdm({ scep_ca_fullchain: "{{ file:tls/chain.pem }}" }));
    expect(config.isMtlsProxy).toBe(true);
    expect(config.trustedProxies).toEqual(["127.0.0.1", "::1"]);
    expect(config.mdm.scepCaFullchainPem).toContain("BEGIN CERTIFICATE");
    expect(config.mdm.distributesTlsChain).toBe(true);
  });

  test("without a file, and without the section, device signatures are asked for", () => {
    expect(configOf({}).isMtlsProxy).toBe(false);
    expect(configOf({ api: { fqdn: "mdm.example.com" }, apps: {} }).isMtlsProxy).toBe(false);
    expect(
      loadConfig({ environment: {}, readFile: () => "", isFolder: () => false }).config.isMtlsProxy,
    ).toBe(false);
  });

  test("a folder means its base.json", () => {
    expect(configOf({ api: { fqdn: "a.example" } }, { POMONA_CONFIG: "/etc/pomona" }).baseUrl?.host).toBe(
      "a.example",
    );
  });

  test("names become addresses, and the environment wins over the file", () => {
    const json = {
      api: { fqdn: "{{ env:FQDN }}", fqdn_mtls: "mtls.example.com", trusted_proxies: ["10.0.0.0/8"] },
      ...inMdm({}),
    };
    const fromFile = configOf(json, { FQDN: "mdm.example.com" });
    expect(fromFile.baseUrl?.href).toBe("https://mdm.example.com/");
    expect(fromFile.mtlsBaseUrl?.href).toBe("https://mtls.example.com/");
    expect(fromFile.trustedProxies).toEqual(["10.0.0.0/8"]);
    const fromBoth = configOf(json, {
      FQDN: "mdm.example.com",
      POMONA_BASE_URL: "https://other.example.com",
      POMONA_MTLS_PROXY: "false",
      POMONA_TRUSTED_PROXIES: "192.0.2.1",
    });
    expect(fromBoth.baseUrl?.href).toBe("https://other.example.com/");
    expect(fromBoth.isMtlsProxy).toBe(false);
    expect(fromBoth.trustedProxies).toEqual(["192.0.2.1"]);
  });

  test("its certificate is served by this process, unless a proxy is in front", () => {
    const api = { tls_fullchain: "{{ file:tls/chain.pem }}", tls_privkey: "{{ file:tls/key.pem }}" };
    const own = configOf({ api, ...inMdm({ mtls_proxy: false }) });
    expect(own.tls?.fullchainPem).toContain("BEGIN CERTIFICATE");
    expect(own.proxyTls).toBeNull();
    expect(own.listen.port).toBe(8443);
    const proxied = configOf({ api, ...inMdm({}) });
    expect(proxied.tls).toBeNull();
    expect(proxied.proxyTls?.keyPem.reveal()).toContain("PRIVATE KEY");
    expect(proxied.listen.port).toBe(8080);
    const parts = {
      tls_cert: certificatePem(leaf),
      tls_chain: certificatePem(ca),
      tls_privkey: privateKeyPem(leaf),
    };
    expect(configOf({ api: parts }).tls?.fullchainPem.match(/BEGIN CERT/g)).toHaveLength(2);
  });

  test("every key of the section is read", () => {
    const { mdm: settings } = configOf(
      inMdm({
        scep_ca_fullchain: chainPem,
        mtls_proxy: false,
        distribute_tls_chain: false,
        metrics: true,
        mount_legacy_public_endpoints: true,
        push_csr_signer: {
          backend: "zentral.contrib.mdm.push_csr_signers.ZentralSaaSPushCSRSigner",
          url: "https://signer.example.com/sign",
        },
        apns: {
          min_target_age: 7,
          max_command_waiting_time: "{{ env:WAIT }}",
          connect: { default_period: 60, retry_delay: 600, enroll_retry_delay: 10 },
          workers: { batch_size: 2, visibility_timeout: 11, capacity: 3, rate: 0.5 },
        },
        provisioning: {
          push_certificates: {
            main: { name: "Main", certificate: certificatePem(leaf) },
            next: { name: "Next" },
          },
          scep_issuers: {
            uid: { name: "Issuer", url: "https://scep.example.com", backend: "STATIC_CHALLENGE" },
          },
          acme_issuers: { acme: { name: "ACME issuer" } },
        },
      }),
      { WAIT: "45" },
    );
    expect(settings).toMatchObject({
      distributesTlsChain: false,
      servesMetrics: true,
      mountsLegacyPublicEndpoints: true,
      pushPacing: {
        targetAgeSecondsMin: 7,
        commandWaitingSecondsMax: 45,
        connectPeriodSeconds: 60,
        connectRetrySeconds: 600,
        enrollRetrySeconds: 10,
        batchSize: 2,
        claimSeconds: 11,
        capacity: 3,
        ratePerSecond: 0.5,
      },
      provisioning: {
        pushCertificates: [
          { uid: "main", name: "Main" },
          { uid: "next", name: "Next", certificate: null },
        ],
        scepIssuers: [{ uid: "uid", fields: { name: "Issuer" } }],
        acmeIssuers: [{ uid: "acme", fields: { name: "ACME issuer" } }],
      },
    });
    expect(settings.pushCsrSigner?.url.href).toBe("https://signer.example.com/sign");
  });

  test.each([
    ["min_target_age", 0, 1],
    ["min_target_age", 1e9, 120],
    ["max_command_waiting_time", 1, 10],
    ["max_command_waiting_time", 86_400, 3_600],
  ])("apns.%s of %d becomes %d", (key, value, expected) => {
    const { targetAgeSecondsMin, commandWaitingSecondsMax } = configOf(inMdm({ apns: { [key]: value } })).mdm
      .pushPacing;
    expect([targetAgeSecondsMin, commandWaitingSecondsMax]).toContain(expected);
  });

  test("keys of the reference that change nothing are told of", () => {
    const { notices } = load({ api: { secret: "s", distribute_tls_server_certs: false } });
    expect(notices).toHaveLength(2);
    expect(notices[0]).toMatch(/^base\.json: api\.secret /);
    const paced = load(inMdm({ apns: { min_target_age: 5 }, metrics: true }));
    expect(paced.notices.map((notice) => notice.split(":")[1])).toEqual([
      ` apps["${mdm}"].apns.min_target_age`,
      ` apps["${mdm}"].metrics`,
    ]);
    expect(
      load(inMdm({ apns: { workers: { rate: 1, capacity: 2 }, connect: { retry_delay: 600 } } })).notices,
    ).toEqual([]);
  });

  const at = `base.json apps["${mdm}"]`;
  test.each<[string, unknown, string]>([
    ["not JSON", "{", "base.json: is not JSON"],
    ["not an object", "[]", "base.json: must be an object"],
    ["an unknown section", { apis: {} }, "base.json apis: is not a key of Pomona"],
    ["a section that is text", { api: "x" }, "base.json api: must be an object"],
    ["django", { django: { POSTGRES_HOST: "db" } }, "base.json django: is not used: DATABASE_URL"],
    ["queues", { queues: {} }, "base.json queues: is not used"],
    ["stores", { stores: {} }, "base.json stores: is not used"],
    ["secret engines", { secret_engines: {} }, "base.json secret_engines: is not used"],
    ["an unknown key", { api: { fqnd: "x" } }, "base.json api.fqnd: is not a key of Pomona; there are"],
    [
      "a renamed key",
      { api: { tls_hostname: "x" } },
      "base.json api.tls_hostname: was renamed: use api.fqdn",
    ],
    ["a URL for a name", { api: { fqdn: "https://x" } }, "base.json api.fqdn: must be a host name"],
    ["a number for a name", { api: { fqdn: 1 } }, "base.json api.fqdn: must be text"],
    [
      "a bad proxy",
      { api: { trusted_proxies: ["x"] } },
      'base.json api.trusted_proxies: "x" is not an address',
    ],
    [
      "a key alone",
      { api: { tls_privkey: "{{ file:tls/key.pem }}" } },
      "api.tls_privkey: needs tls_fullchain",
    ],
    ["a chain alone", { api: { tls_chain: chainPem } }, "api.tls_chain: needs tls_cert"],
    [
      "another's key",
      { api: { tls_fullchain: chainPem, tls_privkey: "{{ file:tls/other.pem }}" } },
      "api.tls_privkey: is not the key of the certificate",
    ],
    [
      "an absent file",
      { api: { tls_privkey: "{{ file:absent }}" } },
      'api.tls_privkey: Cannot read "/etc/pomona/absent"',
    ],
    [
      "an unknown module",
      { apps: { "zentral.contrib.osquery": {} } },
      'apps["zentral.contrib.osquery"]: is not a key',
    ],
    [
      "a key of a built-in module",
      { apps: { "zentral.contrib.inventory": { metrics: true } } },
      'apps["zentral.contrib.inventory"].metrics: is not a key',
    ],
    ["an unknown MDM key", inMdm({ mtls: true }), `${at}.mtls: is not a key of Pomona`],
    ["text for a switch", inMdm({ mtls_proxy: "false" }), `${at}.mtls_proxy: must be true or false`],
    ["an empty chain", inMdm({ scep_ca_fullchain: "" }), `${at}.scep_ca_fullchain: must be text`],
    ["a chain of nothing", inMdm({ scep_ca_fullchain: "x" }), `${at}.scep_ca_fullchain: holds no PEM`],
    [
      "words for a number",
      inMdm({ apns: { min_target_age: "soon" } }),
      `${at}.apns.min_target_age: must be a whole`,
    ],
    [
      "true for a number",
      inMdm({ apns: { workers: { rate: true } } }),
      `${at}.apns.workers.rate: must be a number`,
    ],
    ["half a second", inMdm({ apns: { min_target_age: 1.5 } }), `${at}.apns.min_target_age: must be a whole`],
    [
      "an unknown pace",
      inMdm({ apns: { connect: { period: 1 } } }),
      `${at}.apns.connect.period: is not a key`,
    ],
    [
      "a signer without URL",
      inMdm({ push_csr_signer: { backend: "http" } }),
      `${at}.push_csr_signer.url: is required`,
    ],
    [
      "a signer in the clear",
      inMdm({ push_csr_signer: { backend: "http", url: "http://signer.example.com" } }),
      `${at}.push_csr_signer.url: must be an https URL`,
    ],
    [
      "another kind of signer",
      inMdm({ push_csr_signer: { backend: "smoke", url: "https://s.example" } }),
      `${at}.push_csr_signer.backend: must be "http"`,
    ],
    [
      "a provisioned certificate without name",
      inMdm({ provisioning: { push_certificates: { "a-b": {} } } }),
      `${at}.provisioning.push_certificates["a-b"].name: is required`,
    ],
    [
      "a provisioned key",
      inMdm({ provisioning: { push_certificates: { a: { name: "A", private_key: "x" } } } }),
      `${at}.provisioning.push_certificates.a.private_key: is never set here`,
    ],
    [
      "no mTLS name",
      { api: { fqdn: "mdm.example.com" }, ...inMdm({}) },
      "base.json api.fqdn_mtls: is required",
    ],
  ])("%s is refused with its path", (_, json, expected) => {
    const problems = problemsOf(json);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  test("everything wrong is told at once, in the file and in the environment", () => {
    const problems = problemsOf({ api: { fqdn: "{{ env:NONE }}", x: 1 }, y: 2 }, { POMONA_LISTEN: "z" });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "base.json api.fqdn",
      "base.json api.x",
      "base.json y",
      "POMONA_LISTEN",
    ]);
  });

  test("a file that is not there is a problem with its name", () => {
    expect(problemsOf({}, { POMONA_CONFIG: "/absent.json" })[0]).toContain(
      'absent.json: Cannot read "/absent.json"',
    );
  });

  test("secrets of the file do not print", () => {
    const api = {
      tls_fullchain: chainPem,
      tls_privkey: privateKeyPem(leaf),
      metrics_bearer_token: "hunter2",
    };
    const text = JSON.stringify(configOf({ api }));
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toContain("hunter2");
  });
});
