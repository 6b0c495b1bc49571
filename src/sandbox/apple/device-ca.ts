/**
 * A device CA like Apple's, for a world without Apple: a root, a certification authority, and the device CA that
 * signs what a factory-fresh device signs with. As with Apple's, all but the root have expired, and device
 * certificates are signed with SHA-1. Nothing outside a sandbox may trust it.
 */
import { makeAuthority, pemOf, writeCertificate, writeName } from "../crypto/certificate-writer.ts";
import type { Authority, Identity, NamePart } from "../crypto/certificate-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";
import type { KeyPair } from "../crypto/key-pool.ts";

/** Issues the identities that devices are born with. */
export type DeviceCa = {
  readonly root: Buffer;
  readonly certificationAuthority: Buffer;
  /** The certificate that must have issued a device's own: what a server is told to trust. */
  readonly deviceCa: Buffer;
  /** All three, device CA first. */
  readonly chainPem: string;
  readonly issueDeviceIdentity: (udid: string, keys: KeyPair) => Identity;
};

const organization: readonly NamePart[] = [
  { type: "C", value: "US" },
  { type: "O", value: "Pomona Sandbox" },
];

function nameOf(unit: string, commonName: string): NamePart[] {
  return [...organization, { type: "OU", value: unit }, { type: "CN", value: commonName }];
}

/** Makes a device CA with keys of its own. */
export async function createDeviceCa(): Promise<DeviceCa> {
  const [rootKeys, middleKeys, deviceKeys] = await Promise.all([makeKeyPair(), makeKeyPair(), makeKeyPair()]);
  const root = makeAuthority({
    subject: nameOf("Sandbox Certification Authority", "Sandbox Root CA"),
    keys: rootKeys,
    notBefore: new Date("2006-04-25T21:40:36Z"),
    notAfter: new Date("2044-02-09T21:40:36Z"),
  });
  const middle = makeAuthority({
    subject: nameOf("Sandbox Certification Authority", "Sandbox iPhone Certification Authority"),
    keys: middleKeys,
    parent: root,
    notBefore: new Date("2007-04-12T17:43:28Z"),
    notAfter: new Date("2022-04-12T17:43:28Z"),
  });
  const issuer = makeAuthority({
    subject: nameOf("Sandbox iPhone", "Sandbox iPhone Device CA"),
    keys: deviceKeys,
    parent: middle,
    notBefore: new Date("2007-04-16T22:54:46Z"),
    notAfter: new Date("2014-04-16T22:54:46Z"),
  });
  return {
    root: root.certificate,
    certificationAuthority: middle.certificate,
    deviceCa: issuer.certificate,
    chainPem: [issuer, middle, root].map(({ certificate }) => pemOf(certificate)).join(""),
    issueDeviceIdentity: (udid, keys) => issueDeviceIdentity(issuer, udid, keys),
  };
}

function issueDeviceIdentity(issuer: Authority, udid: string, keys: KeyPair): Identity {
  const certificate = writeCertificate({
    // The name Apple's device certificates have: the UDID is nowhere else.
    subject: writeName([...nameOf("iPhone", udid)]),
    publicKeyInfo: keys.publicKeyInfo,
    issuer,
    notBefore: new Date("2013-04-16T22:54:46Z"),
    notAfter: new Date("2043-04-16T22:54:46Z"),
    use: "signing",
    hash: "sha1",
  });
  return { certificate, privateKey: keys.privateKey, chain: [issuer.certificate, ...issuer.chain] };
}
