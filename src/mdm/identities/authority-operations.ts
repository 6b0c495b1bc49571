/** Makes the built-in authority, its signing certificate and its issuer at first start, and finds them afterwards. */
import { type KeyObject, createPrivateKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { invariant } from "#platform/errors.ts";
import type { Config } from "#platform/config.ts";
import { takeStartTurn } from "#platform/db/start-turn.ts";
import type { Operation } from "#platform/operation.ts";
import type { SealContext, Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import type { CertificateInput } from "#protocol/x509/issue.ts";
import { issueCertificate, serialBytesMax } from "#protocol/x509/issue.ts";
import { decodeCertificateChain } from "#protocol/x509/pem.ts";
import {
  type Authority,
  authorityKeyBits,
  builtInAuthorityName,
  planAuthorityCertificate,
  planSigningCertificate,
  serialOf,
  signingCertificateRenewalSeconds,
} from "./authority.ts";
import {
  type SealedCertificateRow,
  findAuthority,
  findSigningCertificate,
  insertAuthority,
  insertSigningCertificate,
} from "./authority-store.ts";
import type { ProfileSigner } from "./profile-signing.ts";
import { builtInProvisioningUid, builtInScepIssuer, scepUrl } from "./scep-issuer.ts";
import { insertProvisionedScepIssuer, updateScepIssuerUrl } from "./scep-issuer-store.ts";

/** A source of random octets; `randomBytes` of `node:crypto` outside tests. */
export type RandomBytes = (byteCount: number) => Buffer;

export type AuthorityDeps = {
  readonly sealer: Sealer;
  readonly randomBytes: RandomBytes;
  /** The own listener's key and chain: profiles are signed with them when given. */
  readonly tls: Config["tls"];
};

/** What a process keeps of its authority for as long as it runs. */
export type AuthorityMaterial = { readonly authority: Authority; readonly profileSigner: ProfileSigner };

/**
 * Finds the built-in authority and what profiles are signed with, or makes them at first start.
 *
 * Safe in any number of processes that start at once: they take turns, and the first one makes the keys.
 *
 * @throws {SealError} when the installation's secret key is not the one the stored keys were sealed with.
 */
export async function ensureAuthority(op: Operation, deps: AuthorityDeps): Promise<AuthorityMaterial> {
  await takeStartTurn(op.tx);
  const authority = (await loadAuthority(op, deps)) ?? (await createAuthority(op, deps));
  if (deps.tls !== null) return { authority, profileSigner: tlsSigner(deps.tls) };
  const profileSigner = (await loadSigner(op, deps, authority)) ?? (await createSigner(op, deps, authority));
  return { authority, profileSigner };
}

/**
 * Makes the built-in issuer at first start, and keeps its URL in step with the base URL at each further one.
 *
 * Safe in any number of processes that start at once, like {@link ensureAuthority}.
 */
export async function ensureBuiltInScepIssuer(op: Operation, baseUrl: URL): Promise<void> {
  // Its row is unique in two ways, and `on conflict` waits for one of them only: without turns, the other one throws.
  await takeStartTurn(op.tx);
  const url = scepUrl(baseUrl);
  await insertProvisionedScepIssuer(op.tx, { ...builtInScepIssuer, url, at: op.at });
  await updateScepIssuerUrl(op.tx, { provisioningUid: builtInProvisioningUid, url, at: op.at });
}

async function loadAuthority(op: Operation, deps: AuthorityDeps): Promise<Authority | null> {
  const row = await findAuthority(op.tx, builtInAuthorityName);
  if (row === null) return null;
  const privateKey = openAuthorityKey(deps.sealer, row);
  return { id: row.id, certificate: decodeCertificate(row.certificate), privateKey };
}

/** Opens the key of an authority. @throws {SealError} when it was sealed with another secret key */
export function openAuthorityKey(sealer: Sealer, row: SealedCertificateRow): KeyObject {
  return openKey(sealer, row, "certificate_authorities");
}

async function createAuthority(op: Operation, deps: AuthorityDeps): Promise<Authority> {
  const { privateKey, publicKeyInfo } = await generateRsaKey();
  const serial = serialOf(deps.randomBytes(serialBytesMax));
  const made = issue(
    deps.sealer,
    "certificate_authorities",
    privateKey,
    planAuthorityCertificate({ publicKeyInfo, serial, privateKey, at: op.at }),
  );
  const id = await insertAuthority(op.tx, { ...made.row, name: builtInAuthorityName, at: op.at });
  op.log.info({ notAfter: made.certificate.notAfter }, "Made the built-in certificate authority");
  return { id, certificate: made.certificate, privateKey };
}

async function loadSigner(
  op: Operation,
  deps: AuthorityDeps,
  authority: Authority,
): Promise<ProfileSigner | null> {
  const validBeyond = new Date(op.at.getTime() + signingCertificateRenewalSeconds * 1000);
  const row = await findSigningCertificate(op.tx, authority.id, validBeyond);
  if (row === null) return null;
  const privateKey = openKey(deps.sealer, row, "signing_certificates");
  return { certificate: decodeCertificate(row.certificate), chain: [authority.certificate], privateKey };
}

async function createSigner(
  op: Operation,
  deps: AuthorityDeps,
  authority: Authority,
): Promise<ProfileSigner> {
  const { privateKey, publicKeyInfo } = await generateRsaKey();
  const serial = serialOf(deps.randomBytes(serialBytesMax));
  const made = issue(
    deps.sealer,
    "signing_certificates",
    privateKey,
    planSigningCertificate(authority, { publicKeyInfo, serial, at: op.at }),
  );
  await insertSigningCertificate(op.tx, { ...made.row, authorityId: authority.id, at: op.at });
  return { certificate: made.certificate, chain: [authority.certificate], privateKey };
}

function tlsSigner(tls: NonNullable<Config["tls"]>): ProfileSigner {
  const [certificate, ...chain] = decodeCertificateChain(tls.fullchainPem);
  invariant(certificate !== undefined, "a configured TLS chain has a certificate");
  return { certificate, chain, privateKey: createPrivateKey(tls.keyPem.reveal()) };
}

/** Asynchronous, because finding primes takes a sixth of a second and a server that starts already listens. */
async function generateRsaKey(): Promise<{ privateKey: KeyObject; publicKeyInfo: Buffer }> {
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: authorityKeyBits });
  return {
    privateKey: pair.privateKey,
    publicKeyInfo: pair.publicKey.export({ type: "spki", format: "der" }),
  };
}

type KeyTable = "certificate_authorities" | "signing_certificates";

function issue(sealer: Sealer, table: KeyTable, privateKey: KeyObject, plan: CertificateInput) {
  const certificate = decodeCertificate(issueCertificate(plan));
  const key = new Secret(privateKey.export({ type: "pkcs8", format: "der" }));
  const privateKeySealed = sealer.seal(key, keyContext(table, certificate.raw));
  return {
    certificate,
    row: { certificate: certificate.raw, privateKeySealed, notAfter: certificate.notAfter },
  };
}

function openKey(sealer: Sealer, row: SealedCertificateRow, table: KeyTable): KeyObject {
  const key = sealer.open(row.privateKeySealed, keyContext(table, row.certificate));
  return createPrivateKey({ key: key.reveal(), format: "der", type: "pkcs8" });
}

/** The certificate identifies the row of its key before the row has an id. */
function keyContext(table: KeyTable, certificate: Buffer): SealContext {
  return { table, column: "private_key_sealed", row: certificateFingerprint(certificate).toString("hex") };
}
