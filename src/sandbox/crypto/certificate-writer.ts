/** The sandbox's own X.509 and PKCS#10 writer: test authorities, device identities, SCEP requests. */
import { createHash, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { contentBytes, children, readOnly } from "#protocol/asn1/read.ts";
import {
  derBits,
  derBoolean,
  derContext,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derPrintable,
  derSequence,
  derSet,
  derTime,
  derUtf8,
  der,
} from "./der.ts";
import type { KeyPair } from "./key-pool.ts";

/** One attribute of a name; `type` is a short name such as `CN` or a dotted identifier. */
export type NamePart = { readonly type: string; readonly value: string };
export type SandboxHash = "sha1" | "sha256" | "sha512";

/** A certificate with the private key that belongs to it, and the certificates above it, nearest first. */
export type Identity = {
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
  readonly chain: readonly Buffer[];
};

/** A certificate authority of the sandbox: its identity, and its name as its certificates carry it. */
export type Authority = Identity & { readonly name: Buffer; readonly publicKeyInfo: Buffer };

const nameTypes: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  UID: "0.9.2342.19200300.100.1.1",
};

const rsaSignatureOids: Readonly<Record<SandboxHash, string>> = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha512: "1.2.840.113549.1.1.13",
};

/** Writes a Name of single-valued relative names. */
export function writeName(parts: readonly NamePart[]): Buffer {
  return derSequence(
    ...parts.map(({ type, value }) => {
      const oid = nameTypes[type] ?? type;
      // X.520 makes country and serial number PrintableStrings.
      const isPrintable = oid === "2.5.4.6" || oid === "2.5.4.5";
      return derSet(derSequence(derOid(oid), isPrintable ? derPrintable(value) : derUtf8(value)));
    }),
  );
}

function rsaSignatureAlgorithm(hash: SandboxHash): Buffer {
  return derSequence(derOid(rsaSignatureOids[hash]), derNull);
}

/** What a certificate of the sandbox shall say. */
export type CertificatePlan = {
  readonly subject: Buffer;
  readonly publicKeyInfo: Buffer;
  readonly issuer: { readonly name: Buffer; readonly privateKey: KeyObject; readonly publicKeyInfo: Buffer };
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly use: "authority" | "signing" | "server" | "push";
  readonly serial?: Buffer;
  readonly hash?: SandboxHash;
  /** Host names and IPv4 addresses, of a server's certificate. */
  readonly hosts?: readonly string[];
};

/** Writes and signs one certificate. */
export function writeCertificate(plan: CertificatePlan): Buffer {
  const { hash = "sha256", issuer } = plan;
  const tbs = derSequence(
    derContext(0, derInteger(2)),
    // RFC 5280 4.1.2.2: positive, and large enough never to be met again.
    derInteger(plan.serial ?? Buffer.concat([Buffer.from([0x4d]), randomBytes(15)])),
    rsaSignatureAlgorithm(hash),
    issuer.name,
    derSequence(derTime(plan.notBefore), derTime(plan.notAfter)),
    plan.subject,
    plan.publicKeyInfo,
    derContext(3, derSequence(...listExtensions(plan))),
  );
  return derSequence(tbs, rsaSignatureAlgorithm(hash), derBits(sign(hash, tbs, issuer.privateKey)));
}

function listExtensions({ use, publicKeyInfo, issuer, hosts = [] }: CertificatePlan): Buffer[] {
  const isAuthority = use === "authority";
  const extensions = [
    extension("2.5.29.19", isAuthority ? derSequence(derBoolean(true)) : derSequence(), true),
    // Bits from the left (RFC 5280 4.2.1.3): keyCertSign and cRLSign; digitalSignature and keyEncipherment.
    extension(
      "2.5.29.15",
      isAuthority ? derBits(Buffer.from([0x06]), 1) : derBits(Buffer.from([0xa0]), 5),
      true,
    ),
    extension("2.5.29.14", derOctets(keyIdentifier(publicKeyInfo))),
    extension("2.5.29.35", derSequence(der(0x80, keyIdentifier(issuer.publicKeyInfo)))),
  ];
  if (use === "server") extensions.push(extension("2.5.29.37", derSequence(derOid("1.3.6.1.5.5.7.3.1"))));
  if (use === "push") extensions.push(extension("2.5.29.37", derSequence(derOid("1.3.6.1.5.5.7.3.2"))));
  if (hosts.length > 0) extensions.push(extension("2.5.29.17", derSequence(...hosts.map(writeHost))));
  return extensions;
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  return derSequence(derOid(oid), ...(isCritical ? [derBoolean(true)] : []), derOctets(value));
}

function writeHost(host: string): Buffer {
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  return isAddress
    ? der(0x87, Buffer.from(host.split(".").map(Number)))
    : der(0x82, Buffer.from(host, "latin1"));
}

/** SHA-1 of the key's bits (RFC 5280 4.2.1.2, method 1). */
function keyIdentifier(publicKeyInfo: Buffer): Buffer {
  const bits = children(readOnly(publicKeyInfo))[1];
  if (bits === undefined) throw new TypeError("Public key info without key");
  return createHash("sha1").update(contentBytes(bits).subarray(1)).digest();
}

/** Writes a certificate signed with the key it names: the outer signer of a first SCEP request (RFC 8894 2.3). */
export function writeSelfSigned(subject: Buffer, keys: KeyPair, at: Date): Identity {
  const certificate = writeCertificate({
    subject,
    publicKeyInfo: keys.publicKeyInfo,
    issuer: { name: subject, ...keys },
    notBefore: new Date(at.getTime() - 3_600_000),
    notAfter: new Date(at.getTime() + 30 * 86_400_000),
    use: "signing",
  });
  return { certificate, privateKey: keys.privateKey, chain: [] };
}

/** Makes an authority; without `parent` it is a root. */
export function makeAuthority(plan: {
  readonly subject: readonly NamePart[];
  readonly keys: KeyPair;
  readonly parent?: Authority;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly hash?: SandboxHash;
}): Authority {
  const { keys, parent, notBefore, notAfter } = plan;
  const name = writeName(plan.subject);
  const certificate = writeCertificate({
    subject: name,
    publicKeyInfo: keys.publicKeyInfo,
    issuer: parent ?? { name, ...keys },
    notBefore,
    notAfter,
    use: "authority",
    hash: plan.hash ?? "sha256",
  });
  const chain = parent === undefined ? [] : [parent.certificate, ...parent.chain];
  return { certificate, chain, name, ...keys };
}

/**
 * Writes a PKCS#10 request.
 *
 * @param challenge The SCEP challenge, as challengePassword attribute (RFC 2985 5.4.1); null: no attribute.
 */
export function writeCertificateRequest(subject: Buffer, keys: KeyPair, challenge: string | null): Buffer {
  const attributes =
    challenge === null ? [] : [derSequence(derOid("1.2.840.113549.1.9.7"), derSet(challengeText(challenge)))];
  const info = derSequence(derInteger(0), subject, keys.publicKeyInfo, derContext(0, ...attributes));
  return derSequence(info, rsaSignatureAlgorithm("sha256"), derBits(sign("sha256", info, keys.privateKey)));
}

function challengeText(challenge: string): Buffer {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(challenge) ? derPrintable(challenge) : derUtf8(challenge);
}

/** One certificate as PEM text. */
export function pemOf(certificate: Buffer, label = "CERTIFICATE"): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
