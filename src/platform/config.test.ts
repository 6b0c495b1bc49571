import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testWithProgram } from "../../test/tools/programs.ts";
import { ConfigError, readConfig } from "./config.ts";
import { isLoopbackHost } from "./config-values.ts";

const noFile = (path: string): string => {
  throw new Error(`no file "${path}"`);
};

function problemsOf(environment: Record<string, string>): Record<string, string> {
  try {
    readConfig(environment, noFile);
    return {};
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, detail }) => [name, detail]));
  }
}

describe("configuration", () => {
  test("an empty environment serves plain HTTP on loopback with the embedded database", () => {
    const config = readConfig({}, noFile);
    expect(config.databaseUrl).toBeNull();
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(config.isMtlsProxy).toBe(false);
    expect(config.listMode).toBe("envelope");
    expect(config.apns.url.href).toBe("https://api.push.apple.com/");
  });

  test.each([
    ["POMONA_LISTEN", "8080", "host:port"],
    ["POMONA_LISTEN", "host:99999", "host:port"],
    ["POMONA_BASE_URL", "http://mdm.example.com", "https"],
    ["POMONA_BASE_URL", "https://mdm.example.com/path", "without path"],
    ["POMONA_BASE_URL", "mdm.example.com", "not a URL"],
    ["POMONA_MTLS_PROXY", "yes", "true or false"],
    ["POMONA_TRUSTED_PROXIES", "proxy.example.com", "not an address"],
    ["POMONA_TRUSTED_PROXIES", "10.0.0.0/33", "not an address"],
    ["POMONA_APNS_URL", "http://127.0.0.1:1", "https"],
    ["POMONA_SECRET_KEY", "c2hvcnQ=", "32 bytes"],
    ["POMONA_LIST_MODE", "both", "one of envelope, bare, auto"],
    ["POMONA_LOG_LEVEL", "loud", "one of"],
    ["DATABASE_URL", "mysql://localhost", "postgresql://"],
    ["POMONA_TLS_CERT", "absent.pem", "absent.pem"],
    ["POMONA_BASEURL", "https://typing.error", "not a setting"],
  ])("%s=%s is refused: %s", (name, value, detail) => {
    expect(problemsOf({ [name]: value })[name]).toContain(detail);
  });

  test("everything wrong is told at once", () => {
    expect(Object.keys(problemsOf({ POMONA_LISTEN: "x", POMONA_LOG_LEVEL: "x" })).sort()).toEqual([
      "POMONA_LISTEN",
      "POMONA_LOG_LEVEL",
    ]);
  });

  test("proxy mode without a named proxy is refused, for then anybody's headers would count", () => {
    expect(problemsOf({ POMONA_MTLS_PROXY: "true" })).toHaveProperty("POMONA_MTLS_PROXY");
    const config = readConfig(
      { POMONA_MTLS_PROXY: "true", POMONA_TRUSTED_PROXIES: "127.0.0.1, 10.0.0.0/8" },
      noFile,
    );
    expect(config.trustedProxies).toEqual(["127.0.0.1", "10.0.0.0/8"]);
  });

  test("the database password and the secret key do not print", () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    const config = readConfig({ DATABASE_URL: "postgresql://u:hunter2@h/d", POMONA_SECRET_KEY: key }, noFile);
    expect(JSON.stringify(config)).not.toContain("hunter2");
    expect(JSON.stringify(config)).not.toContain(key);
    expect(config.secretKey?.reveal()).toEqual(Buffer.alloc(32, 7));
  });

  test.each([
    ["localhost", true],
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["[::1]", true],
    ["localhost.example.com", false],
    ["127.0.0.1.example.com", false],
    ["10.0.0.1", false],
  ])("loopback: %s is %s", (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});

describe("TLS files", () => {
  let folder = "";
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pomona-config-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  testWithProgram(
    ["openssl"],
    "a certificate and a key that do not belong together are refused",
    (openssl) => {
      for (const name of ["a", "b"]) {
        execFileSync(
          openssl as string,
          [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=localhost",
          ].concat(["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)]),
          { stdio: "ignore" },
        );
      }
      const config = readConfig({ POMONA_TLS_CERT: "a.pem", POMONA_TLS_KEY: "a.key" }, read);
      expect(config.tls?.fullchainPem).toContain("BEGIN CERTIFICATE");
      expect(config.listen.port).toBe(8443);
      expect(() => readConfig({ POMONA_TLS_CERT: "a.pem", POMONA_TLS_KEY: "b.key" }, read)).toThrow(
        "not the key",
      );
      expect(() => readConfig({ POMONA_TLS_CERT: "a.pem" }, read)).toThrow("belong together");
    },
  );
});

test.each(["0", "-1", "1.5", "3651", "ever"])("events cannot be kept for %s days", (value) => {
  expect(() => readConfig({ POMONA_EVENTS_RETENTION_DAYS: value }, () => "")).toThrow("1 to 3650");
});

test("finished commands are kept for a year, or for the days that are set", () => {
  expect(readConfig({}, () => "").historyRetentionDays).toBe(365);
  expect(readConfig({ POMONA_HISTORY_RETENTION_DAYS: "30" }, () => "").historyRetentionDays).toBe(30);
  expect(() => readConfig({ POMONA_HISTORY_RETENTION_DAYS: "0" }, () => "")).toThrow("1 to 3650");
});
