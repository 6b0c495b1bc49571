/**
 * Apple's device CA: who signs what factory-fresh devices sign with (OTA phase 2, machine info). The
 * anchors are facts written here, because Apple publishes two of them nowhere any more; all but the root
 * have expired and are still in use, so validity is ignored for this store and for no other (spec 7.2).
 */
import { buildChain, trustAnchorOf } from "./chain.ts";
import type { Chain, TrustAnchor } from "./chain.ts";
import type { Certificate } from "./certificate.ts";
import { decodeName, encodeName, isSameName, nameOids } from "./name.ts";
import { X509Error } from "./x509-error.ts";

/**
 * An anchor of the device store; only one that issues devices may be the direct issuer of a device
 * certificate.
 */
export type DeviceCaAnchor = TrustAnchor & { readonly issuesDevices: boolean };

type Fact = {
  readonly commonName: string;
  readonly organizationalUnit: string;
  readonly keyIdentifier: string;
  readonly publicKeyInfo: string;
  readonly issuesDevices: boolean;
};

/**
 * From the chain Apple devices embed in OTA phase 2 messages; the root is also in Apple's published PKI
 * (https://www.apple.com/certificateauthority/). SHA-256 of the certificates, in order:
 * 76f27d00e1333bc88de0e2916c38c9a7f2b75774c25a794c092a80e3c4c66cce, valid 2007-04-16 to 2014-04-16;
 * e4e2936d3c076ec4aea8ac37277524950ca005894b39bba2d347fa33155ae5fa, valid 2007-04-12 to 2022-04-12;
 * b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024, valid 2006-04-25 to 2035-02-09.
 */
const facts: readonly Fact[] = [
  {
    commonName: "Apple iPhone Device CA",
    organizationalUnit: "Apple iPhone",
    keyIdentifier: "b2fe21234486956a79d581268e7310d8a74c8e74",
    publicKeyInfo:
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDxlErJ6rpaGGCty6JNTU5UGWkXWQdmy5foZppHX0auZ3q1SnNU" +
      "scsE9r02uAxVOIqEgzFSZfkz4Zd3nCtMJrAlP+kyqnsIdJTswUs4HWdOCFKUWotZo1zXk/Sg/lWFu0xGl15usndF" +
      "L2dcvAsYv1m5bIb3KnV20hlx9CljuSULrwIDAQAB",
    issuesDevices: true,
  },
  {
    commonName: "Apple iPhone Certification Authority",
    organizationalUnit: "Apple Certification Authority",
    keyIdentifier: "e7342a2e22de39606bb494ce7783612f31a07c35",
    publicKeyInfo:
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAox6+8EfAtJ4QW0akuCG4T4YhcChFYFwcw8gKZGOI+/xp" +
      "7vhU/OlbtwZOBC/DazOvREzqS4AJtIf2W7T9ZN2zcuATs/0X2bznqO3CjGHCKvnszqVe1mnrZAuNCI+4oFBGCdwZ" +
      "5OWwlG2795mYxOibQU7U8WXjG1J63OgD2W4d2hBVhqQpWEkM6kfXFTQz9sCgREpwviy1KjA3jC4V69HkbJc4VVax" +
      "NStY6kSjJoXuyGZK5M+J8D1jrSnerbpas9ylo5qnCU6AFjVlpIUNY3s+Y4rafUpG7KM5GDS5xihlGLwTYJx/V6wU" +
      "yYntobaHaFK2hE64yIPs+Z4Zq7PBC4bHnwIDAQAB",
    issuesDevices: false,
  },
  {
    commonName: "Apple Root CA",
    organizationalUnit: "Apple Certification Authority",
    keyIdentifier: "2bd06947947609fef46b8d2e40a6f7474d7f085e",
    publicKeyInfo:
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5JGpCR+R2x5HUOsF7V55hC3rNqJXTFXsixmJ3vlLbPUH" +
      "qyIwAugYPvhQCdN/QaiY+dHKZpwkaxHQo7vkGyrDH5WeegykR4tb1BY3M8vED03OFGnRyRly9V0O1X9fm/IlA7pV" +
      "j01dDfFkNSMVSxVZHbOU9/acns9QusFYUGePCLQg98usLCBvcLY/ATCMt0PPD5098ytJKBrI/s61uQ7ZXhzWyz21" +
      "Oq30Dw4AkguxIRYudNU8DdtiFqujcZJHU1XBry9Bs/j743DN5qNMRX4fTGtQlkGJxHRiCxCDQYczioGxMFjsWgQy" +
      "jGizjx3eZXP/Z15lvEnYdp8zFGWhd5TJLQIDAQAB",
    issuesDevices: false,
  },
];

/** Apple's three anchors; only Apple iPhone Device CA issues device certificates. */
export const appleDeviceCaAnchors: readonly DeviceCaAnchor[] = facts.map((fact) => ({
  subject: decodeName(
    encodeName([
      { oid: nameOids.country, value: "US" },
      { oid: nameOids.organization, value: "Apple Inc." },
      { oid: nameOids.organizationalUnit, value: fact.organizationalUnit },
      { oid: nameOids.commonName, value: fact.commonName },
    ]),
  ),
  publicKeyInfo: Buffer.from(fact.publicKeyInfo, "base64"),
  keyIdentifier: Buffer.from(fact.keyIdentifier, "hex"),
  validity: null,
  pathLength: null,
  issuesDevices: fact.issuesDevices,
}));

/**
 * Makes a device-issuing anchor of another CA certificate, as a world without Apple has.
 *
 * @throws {X509Error} `chain_issuer_not_ca`
 */
export function deviceCaAnchorOf(certificate: Certificate): DeviceCaAnchor {
  return { ...trustAnchorOf(certificate), issuesDevices: true };
}

/**
 * Verifies that a certificate was issued by the device CA itself, not merely somewhere below Apple's root.
 *
 * @param leaf The signer of a device's message.
 * @param intermediates The other certificates embedded in the message.
 * @param anchors Apple's, unless the world has others.
 * @throws {X509Error} `chain_untrusted` and the other codes of {@link buildChain}, `chain_not_valid_now`
 *   excepted.
 */
export function verifyAppleDeviceChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly DeviceCaAnchor[] = appleDeviceCaAnchors,
): Chain {
  const isFromDeviceCa = anchors.some(
    ({ issuesDevices, subject }) => issuesDevices && isSameName(leaf.issuer, subject),
  );
  if (!isFromDeviceCa) throw new X509Error("chain_untrusted", "Certificate is not issued by the device CA");
  return buildChain({ leaf, intermediates, anchors, validAt: "ignored", allowsSha1: true });
}
