/** What `pomona mdmcerts` does: the keys and requests of an MDM vendor, as files in one folder (console-ops 4.1). */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  encodeSignedPushRequest,
  explainVendorChain,
  type VendorChain,
} from "#protocol/push/signed-push-request.ts";
import { type Certificate, decodeCertificate } from "#protocol/x509/certificate.ts";
import {
  decodeCertificateRequest,
  encodeCertificateRequest,
  verifyProofOfPossession,
} from "#protocol/x509/certificate-request.ts";
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import { decodeCertificateChain, decodePem, encodePem } from "#protocol/x509/pem.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import type { PasswordSource } from "./password-source.ts";

/** Apple takes RSA keys of this size (console-ops 4.1). */
export const mdmKeyBits = 2_048;
const keyCipher = "aes-256-cbc";

export type MdmcertsContext = {
  readonly folder: string;
  readonly passwords: PasswordSource;
  /** Words of progress, without line end. */
  readonly say: (text: string) => void;
  /** Whether files that are there already may be replaced. */
  readonly replaces: boolean;
};

/** Apple's two certificates, as files; they are never downloaded. */
export type AppleCertificateFiles = { readonly wwdr: string; readonly root: string };

/** Something the operator can mend; the message is all there is to say. */
export class MdmcertsError extends Error {}

/** Makes `vendor.key` and `vendor.csr`. */
export async function initVendor(context: MdmcertsContext): Promise<void> {
  const files = { key: join(context.folder, "vendor.key"), csr: join(context.folder, "vendor.csr") };
  refuseExisting(context, Object.values(files));
  const password = await context.passwords.choose("Vendor private key password");
  await tell(context, "Create Vendor CSR", async () => {
    const key = await makeKey();
    makeFolder(context.folder);
    writeKey(files.key, key, password);
    const der = requestFor(key, [{ oid: nameOids.commonName, value: "MDM Vendor" }]);
    writeFileSync(files.csr, encodePem("CERTIFICATE REQUEST", der));
  });
}

export type PushRequestChoice = {
  readonly country: string;
  readonly prefix: string;
  readonly apple: AppleCertificateFiles;
};

/** Makes `push.key`, `push.csr` and `push.b64`, their names after the prefix. */
export async function requestPush(context: MdmcertsContext, choice: PushRequestChoice): Promise<void> {
  const country = readCountry(choice.country);
  if (/[/\\\0]/.test(choice.prefix))
    throw new MdmcertsError("The prefix is part of a file name, not a folder");
  const nameOf = (ending: string): string => join(context.folder, `${choice.prefix}push.${ending}`);
  refuseExisting(context, ["key", "csr", "b64"].map(nameOf));
  // What can be wrong is found before anything is written.
  const chain = readVendorChain(context.folder, choice.apple);
  const password = await context.passwords.choose("Push private key password");
  const vendorKey = await openVendorKey(context, chain);
  const key = await makeKey();
  const csr = requestFor(key, [
    { oid: nameOids.commonName, value: "MDM Push" },
    { oid: nameOids.country, value: country },
  ]);
  await tell(context, "Create Push CSR", async () => {
    writeKey(nameOf("key"), key, password);
    writeFileSync(nameOf("csr"), csr);
  });
  const request = await tell(context, "Sign Push CSR", async () =>
    encodeSignedPushRequest({ chain, csr, vendorKey }),
  );
  await tell(context, "Save Push REQ", async () => writeFileSync(nameOf("b64"), request));
}

/** Signs a request made elsewhere; writes `<path>.b64`. */
export async function signRequest(
  context: MdmcertsContext,
  { path, apple }: { readonly path: string; readonly apple: AppleCertificateFiles },
): Promise<void> {
  const csr = readCsr(path);
  refuseExisting(context, [`${path}.b64`]);
  const chain = readVendorChain(context.folder, apple);
  const vendorKey = await openVendorKey(context, chain);
  const request = await tell(context, "Sign Push CSR", async () =>
    encodeSignedPushRequest({ chain, csr, vendorKey }),
  );
  await tell(context, "Save Push REQ", async () => writeFileSync(`${path}.b64`, request));
}

async function tell<T>(context: MdmcertsContext, what: string, work: () => Promise<T>): Promise<T> {
  context.say(`${what} … `);
  const result = await work();
  context.say("OK\n");
  return result;
}

function refuseExisting(context: MdmcertsContext, paths: readonly string[]): void {
  const existing = context.replaces ? undefined : paths.find((path) => existsSync(path));
  if (existing === undefined) return;
  throw new MdmcertsError(
    `"${existing}" is there already, and a key that is replaced is lost; use --force if you mean it`,
  );
}

function readCountry(text: string): string {
  if (!/^[A-Za-z]{2}$/.test(text)) throw new MdmcertsError(`"${text}" is not a country code of two letters`);
  return text.toUpperCase();
}

function readVendorChain(folder: string, apple: AppleCertificateFiles): VendorChain {
  const vendorFile = join(folder, "vendor.crt");
  if (!existsSync(vendorFile)) {
    throw new MdmcertsError(
      `"${vendorFile}" is missing: send vendor.csr to Apple's developer program and save the answer there`,
    );
  }
  return {
    vendor: readCertificate(vendorFile),
    wwdr: readCertificate(apple.wwdr),
    root: readCertificate(apple.root),
  };
}

/** Apple hands certificates out as DER; PEM is taken too. */
function readCertificate(path: string): Certificate {
  const bytes = readFileOf(path);
  try {
    const [first] = isPem(bytes)
      ? decodeCertificateChain(bytes.toString("latin1"))
      : [decodeCertificate(bytes)];
    if (first !== undefined) return first;
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
  }
  throw new MdmcertsError(`"${path}" holds no certificate`);
}

function readCsr(path: string): Buffer {
  const bytes = readFileOf(path);
  try {
    // The API and the console hand requests out as PEM; Apple wants the DER inside.
    const der = isPem(bytes) ? decodePem(bytes.toString("latin1"))[0]?.der : bytes;
    if (der !== undefined) {
      verifyProofOfPossession(decodeCertificateRequest(der));
      return der;
    }
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
  }
  throw new MdmcertsError(`"${path}" holds no certificate request with a valid signature`);
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes("-----BEGIN ");
}

function readFileOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new MdmcertsError(`Cannot read "${path}"`, { cause: error });
  }
}

async function openVendorKey(context: MdmcertsContext, chain: VendorChain): Promise<KeyObject> {
  const pem = readFileOf(join(context.folder, "vendor.key"));
  const passphrase = await context.passwords.recall("Vendor private key password");
  const key = openKey(pem, passphrase);
  const problem = explainVendorChain(chain, publicKeyInfoOf(key));
  if (problem !== null) throw new MdmcertsError(problem);
  return key;
}

function openKey(key: Buffer, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key, passphrase });
  } catch (error) {
    throw new MdmcertsError("The vendor key does not open with this password", { cause: error });
  }
}

async function makeKey(): Promise<KeyObject> {
  return (await promisify(generateKeyPair)("rsa", { modulusLength: mdmKeyBits })).privateKey;
}

function requestFor(privateKey: KeyObject, subject: readonly NameInput[]): Buffer {
  return encodeCertificateRequest({ subject, privateKey, publicKeyInfo: publicKeyInfoOf(privateKey) });
}

function publicKeyInfoOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" });
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function writeKey(path: string, key: KeyObject, passphrase: string): void {
  const pem = key.export({ type: "pkcs8", format: "pem", cipher: keyCipher, passphrase });
  writeFileSync(path, pem, { mode: 0o600 });
}
