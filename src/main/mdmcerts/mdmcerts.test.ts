import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { decodeCertificateRequest, encodeCertificateRequest } from "#protocol/x509/certificate-request.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { decodeCertificateChain, decodePem, encodePem } from "#protocol/x509/pem.ts";
import { aCa, anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { initVendor, type MdmcertsContext, requestPush, signRequest } from "./mdmcerts.ts";
import { passwordsFromLines } from "./password-source.ts";

/** In the shape of Apple's own: a root, WWDR below it. */
const root = aCa(rsaKey("apple root"), { commonName: "Apple Root CA" });
const wwdr = anIdentity(root, rsaKey("wwdr"), {
  commonName: "Apple Worldwide Developer Relations",
  isCa: true,
  keyUsage: ["keyCertSign", "cRLSign"],
});
const apple = { root, wwdr };

let bench: Workbench;
let said: string;
let files: { readonly wwdr: string; readonly root: string };

beforeEach(() => {
  bench = new Workbench();
  said = "";
  files = {
    wwdr: bench.write("wwdr.cer", wwdr.certificate.raw),
    root: bench.write("root.pem", encodePem("CERTIFICATE", root.certificate.raw)),
  };
});
afterEach(() => bench[Symbol.dispose]());

function context(passwords: readonly string[], choices: Partial<MdmcertsContext> = {}): MdmcertsContext {
  return {
    folder: bench.path("certs"),
    passwords: passwordsFromLines(passwords.join("\n")),
    say: (text) => {
      said += text;
    },
    replaces: false,
    ...choices,
  };
}

/** What Apple's developer program answers to vendor.csr. */
function answerVendorRequest(): void {
  const [block] = decodePem(readFileSync(join(bench.path("certs"), "vendor.csr"), "utf8"));
  const { publicKeyInfo } = decodeCertificateRequest(block?.der ?? Buffer.alloc(0));
  const vendor = anIdentity(apple.wwdr, rsaKey("unused"), { commonName: "MDM Vendor: Us", publicKeyInfo });
  writeFileSync(join(bench.path("certs"), "vendor.crt"), vendor.certificate.raw);
}

async function aVendor(): Promise<void> {
  await initVendor(context(["vendor-pass"]));
  answerVendorRequest();
}

describe("mdmcerts", () => {
  testWithProgram(["openssl"], "openssl opens everything it writes", async (openssl) => {
    const run = (...input: string[]): string => bench.run(openssl as string, ...input).toString();
    await aVendor();
    await requestPush(context(["push-pass", "vendor-pass"]), { country: "de", prefix: "", apple: files });
    expect(readdirSync(bench.path("certs")).sort()).toEqual([
      "push.b64",
      "push.csr",
      "push.key",
      "vendor.crt",
      "vendor.csr",
      "vendor.key",
    ]);
    expect(said).toBe(
      "Create Vendor CSR … OK\nCreate Push CSR … OK\nSign Push CSR … OK\nSave Push REQ … OK\n",
    );

    for (const [key, password] of [
      ["vendor.key", "vendor-pass"],
      ["push.key", "push-pass"],
    ] as const) {
      const text = bench.read(`certs/${key}`).toString();
      expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
      expect(statSync(bench.path(`certs/${key}`)).mode & 0o777).toBe(0o600);
      const shown = run("pkey", "-in", `certs/${key}`, "-passin", `pass:${password}`, "-noout", "-text");
      expect(shown).toContain("2048 bit");
      expect(() => run("pkey", "-in", `certs/${key}`, "-passin", "pass:wrong", "-noout")).toThrow();
    }
    const vendor = run("req", "-in", "certs/vendor.csr", "-noout", "-subject", "-nameopt", "RFC2253");
    expect(vendor.trim()).toBe("subject=CN=MDM Vendor");
    const push = ["req", "-inform", "DER", "-in", "certs/push.csr", "-noout"];
    expect(run(...push, "-verify", "-subject", "-nameopt", "RFC2253")).toContain("C=DE,CN=MDM Push");
    expect(run(...push, "-text")).toContain("sha256WithRSAEncryption");

    run("base64", "-d", "-A", "-in", "certs/push.b64", "-out", "push.plist");
    const plist = readPlistDictionary(bench.read("push.plist"));
    expect(Object.keys(plist).sort()).toEqual([
      "PushCertCertificateChain",
      "PushCertRequestCSR",
      "PushCertSignature",
    ]);
    bench.write("chain.pem", plist["PushCertCertificateChain"] as string);
    bench.write("signature", Buffer.from(plist["PushCertSignature"] as string, "base64"));
    bench.write("request", Buffer.from(plist["PushCertRequestCSR"] as string, "base64"));
    expect(bench.read("request")).toEqual(bench.read("certs/push.csr"));
    run("x509", "-in", "chain.pem", "-pubkey", "-noout", "-out", "vendor.pub");
    expect(run("dgst", "-sha256", "-verify", "vendor.pub", "-signature", "signature", "request")).toContain(
      "OK",
    );
    run("verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "chain.pem");
    expect(decodeCertificateChain(bench.read("chain.pem").toString()).map(({ raw }) => raw)).toEqual([
      bench.read("certs/vendor.crt"),
      apple.wwdr.certificate.raw,
      apple.root.certificate.raw,
    ]);
  });

  test("a prefix lets several push requests live in one folder", async () => {
    await aVendor();
    for (const prefix of ["", "school-"]) {
      await requestPush(context(["push-pass", "vendor-pass"]), { country: "FR", prefix, apple: files });
    }
    const names = readdirSync(bench.path("certs"));
    expect(names).toEqual(
      expect.arrayContaining(["push.key", "school-push.key", "school-push.csr", "school-push.b64"]),
    );
  });

  test("a request made elsewhere is embedded byte for byte, and PEM by the DER inside", async () => {
    await aVendor();
    const key = rsaKey("elsewhere");
    const csr = encodeCertificateRequest({
      subject: [{ oid: nameOids.commonName, value: "Elsewhere" }],
      privateKey: key.privateKey,
      publicKeyInfo: key.spki,
    });
    for (const [name, content] of [
      ["a.csr", csr],
      ["b.csr", encodePem("CERTIFICATE REQUEST", csr)],
    ] as const) {
      await signRequest(context(["vendor-pass"]), { path: bench.write(name, content), apple: files });
      const plist = readPlistDictionary(Buffer.from(bench.read(`${name}.b64`).toString(), "base64"));
      expect(plist["PushCertRequestCSR"]).toBe(csr.toString("base64"));
    }
  });

  test.each([
    ["not a request", "hello"],
    ["an empty file", ""],
  ])("%s is not signed", async (_, content) => {
    await aVendor();
    const path = bench.write("bad.csr", content);
    await expect(signRequest(context(["vendor-pass"]), { path, apple: files })).rejects.toThrow(
      "certificate request",
    );
  });

  test.each(["D", "DEU", "1E", ""])("the country %j is refused", async (country) => {
    await expect(requestPush(context([]), { country, prefix: "", apple: files })).rejects.toThrow(
      "country code",
    );
  });

  test("keys are not replaced unless asked", async () => {
    await aVendor();
    const key = bench.read("certs/vendor.key");
    await expect(initVendor(context(["other"]))).rejects.toThrow("--force");
    expect(bench.read("certs/vendor.key")).toEqual(key);
    await initVendor(context(["other"], { replaces: true }));
    expect(bench.read("certs/vendor.key")).not.toEqual(key);
  });

  test("nothing is written when the password, the chain or the vendor certificate is wrong", async () => {
    const request = (passwords: string[], used = files) =>
      requestPush(context(passwords), { country: "DE", prefix: "", apple: used });
    await initVendor(context(["vendor-pass"]));
    await expect(request(["push-pass", "vendor-pass"])).rejects.toThrow("vendor.crt");
    answerVendorRequest();
    await expect(request(["push-pass", "wrong"])).rejects.toThrow("does not open");
    await expect(request(["abc", "vendor-pass"])).rejects.toThrow("at least 4");
    await expect(request(["push-pass"])).rejects.toThrow("no line");
    const swapped = { wwdr: files.root, root: files.wwdr };
    await expect(request(["push-pass", "vendor-pass"], swapped)).rejects.toThrow("not issued by the WWDR");
    const rootTwice = { wwdr: files.wwdr, root: bench.write("x.cer", aCa(rsaKey("x")).certificate.raw) };
    await expect(request(["push-pass", "vendor-pass"], rootTwice)).rejects.toThrow("not issued by the root");
    await expect(request(["push-pass", "vendor-pass"], { ...files, wwdr: "absent" })).rejects.toThrow(
      "absent",
    );
    await initVendor(context(["vendor-pass"], { replaces: true }));
    await expect(request(["push-pass", "vendor-pass"])).rejects.toThrow("does not belong");
    expect(readdirSync(bench.path("certs")).filter((name) => name.startsWith("push"))).toEqual([]);
  });
});

describe("pomona mdmcerts", () => {
  const program = join(import.meta.dirname, "../../../bin/pomona.js");

  test("makes a vendor's key from the command line", () => {
    const flags = ["mdmcerts", "-d", bench.path("made"), "--passwords-stdin", "init"];
    execFileSync(process.execPath, [program, ...flags], {
      input: "secret\n",
      stdio: ["pipe", "pipe", "pipe"],
    });
    expect(readdirSync(bench.path("made")).sort()).toEqual(["vendor.csr", "vendor.key"]);
  });

  test("fails with the usage when no subcommand is given, and with a sentence when something is wrong", () => {
    const none = spawnSync(process.execPath, [program, "mdmcerts"], { encoding: "utf8" });
    expect(none.status).not.toBe(0);
    expect(none.stderr).toContain("Usage: pomona mdmcerts");
    const flags = ["mdmcerts", "-d", bench.folder, "--passwords-stdin", "init"];
    const short = spawnSync(process.execPath, [program, ...flags], { encoding: "utf8", input: "abc\n" });
    expect(short.status).toBe(1);
    expect(short.stderr).toBe("The password must have at least 4 characters\n");
  });
});
