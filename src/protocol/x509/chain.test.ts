import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aCa, anIdentity, ecKey, rsaKey, validMoment } from "../../../test/tools/identities.ts";
import type { Identity } from "../../../test/tools/identities.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { element, oid, sequence, octetString, boolean } from "../asn1/write.ts";
import { appleDeviceCaAnchors, deviceCaAnchorOf, verifyAppleDeviceChain } from "./apple-device-ca.ts";
import {
  buildChain,
  chainIntermediatesMax,
  chainSignatureChecksMax,
  trustAnchorOf,
  verifyCertificateSignature,
} from "./chain.ts";
import type { ChainRequest } from "./chain.ts";
import { decodeCertificate } from "./certificate.ts";
import { formatName, nameOids } from "./name.ts";
import { decodeCertificateChain } from "./pem.ts";
import { signBytes } from "./signature-algorithm.ts";

const root = aCa(rsaKey("ca"), { commonName: "Root" });
const middle = anIdentity(root, ecKey("middle"), {
  commonName: "Middle",
  isCa: true,
  keyUsage: ["keyCertSign"],
});
const leaf = anIdentity(middle, ecKey("leaf"), { commonName: "Leaf" });

function chainOf(overrides: Partial<ChainRequest> & { leaf?: ChainRequest["leaf"] }) {
  return buildChain({
    leaf: leaf.certificate,
    intermediates: [middle.certificate],
    anchors: [trustAnchorOf(root.certificate)],
    validAt: validMoment,
    ...overrides,
  });
}
const refused = (code: string) => expect.objectContaining({ name: "X509Error", code });
const path = (chain: ReturnType<typeof buildChain>) =>
  chain.certificates.map(({ subject }) => formatName(subject));

describe("a chain", () => {
  test("is found through an intermediate, whatever else is offered", () => {
    const stranger = aCa(ecKey("stranger"), { commonName: "Middle" });
    const intermediates = [stranger.certificate, root.certificate, leaf.certificate, middle.certificate];
    expect(path(chainOf({ intermediates }))).toEqual(["CN=Leaf", "CN=Middle"]);
  });

  test("may end at an intermediate that is trusted itself", () => {
    const anchors = [trustAnchorOf(middle.certificate)];
    expect(path(chainOf({ anchors, intermediates: [] }))).toEqual(["CN=Leaf"]);
  });

  test("is refused without the intermediate, without anchors and for another CA of the same name", () => {
    const impostor = aCa(ecKey("impostor"), { commonName: "Root" });
    expect(() => chainOf({ intermediates: [] })).toThrowError(refused("chain_untrusted"));
    expect(() => chainOf({ anchors: [] })).toThrowError(refused("chain_untrusted"));
    expect(() => chainOf({ anchors: [trustAnchorOf(impostor.certificate)] })).toThrowError(
      refused("chain_untrusted"),
    );
  });

  test("is refused for a self-signed certificate and for the right subject with the wrong key", () => {
    const selfSigned = aCa(ecKey("self"), { isCa: false, commonName: "Leaf" });
    expect(() => chainOf({ leaf: selfSigned.certificate })).toThrowError(refused("chain_untrusted"));
    const liar: Identity = { ...middle, ...ecKey("liar") };
    const forged = anIdentity(liar, ecKey("leaf"), { commonName: "Leaf" });
    expect(() => chainOf({ leaf: forged.certificate })).toThrowError(refused("signature_invalid"));
  });

  test("is refused when an issuer is no CA, or may not sign certificates", () => {
    for (const overrides of [{ isCa: false }, { isCa: true, keyUsage: ["digitalSignature"] as const }]) {
      const issuer = anIdentity(root, ecKey("middle"), { commonName: "Middle", ...overrides });
      const child = anIdentity(issuer, ecKey("leaf"));
      expect(() => chainOf({ leaf: child.certificate, intermediates: [issuer.certificate] })).toThrowError(
        refused("chain_issuer_not_ca"),
      );
      expect(() => trustAnchorOf(issuer.certificate)).toThrowError(refused("chain_issuer_not_ca"));
    }
  });

  test.each([
    ["the leaf", { leafFrom: "2031-01-01T00:00:00Z" }],
    ["an intermediate", { middleFrom: "2031-01-01T00:00:00Z" }],
    ["the anchor", { rootTo: "2030-01-01T00:00:00Z" }],
  ])("is refused when %s is not valid at the moment, unless validity is ignored", (_, when) => {
    const { leafFrom, middleFrom, rootTo } = { leafFrom: null, middleFrom: null, rootTo: null, ...when };
    const oldRoot = aCa(rsaKey("ca"), { commonName: "R", ...(rootTo ? { notAfter: new Date(rootTo) } : {}) });
    const from = (iso: string | null) => (iso ? { notBefore: new Date(iso) } : {});
    const sub = anIdentity(oldRoot, ecKey("middle"), {
      commonName: "M",
      isCa: true,
      keyUsage: ["keyCertSign"],
      ...from(middleFrom),
    });
    const end = anIdentity(sub, ecKey("leaf"), from(leafFrom));
    const request = {
      leaf: end.certificate,
      intermediates: [sub.certificate],
      anchors: [trustAnchorOf(oldRoot.certificate)],
    };
    expect(() => chainOf(request)).toThrowError(refused("chain_not_valid_now"));
    expect(chainOf({ ...request, validAt: "ignored" }).certificates.length).toBe(2);
  });

  test("is refused when it is longer than a CA allows, in an intermediate and in the anchor", () => {
    const ca = { isCa: true, keyUsage: ["keyCertSign"] as const };
    for (const limited of ["anchor", "intermediate"]) {
      const top = aCa(rsaKey("ca"), { commonName: "T", ...(limited === "anchor" ? { pathLength: 1 } : {}) });
      const one = anIdentity(top, ecKey("middle"), {
        commonName: "1",
        ...ca,
        ...(limited === "anchor" ? {} : { pathLength: 0 }),
      });
      const two = anIdentity(one, ecKey("two"), { commonName: "2", ...ca });
      const end = anIdentity(two, ecKey("leaf"));
      expect(() =>
        chainOf({
          leaf: end.certificate,
          intermediates: [two.certificate, one.certificate],
          anchors: [trustAnchorOf(top.certificate)],
        }),
      ).toThrowError(refused("chain_path_too_long"));
    }
  });

  test("accepts SHA-1 only where the store says so, and MD5 nowhere", () => {
    const old = anIdentity(root, ecKey("leaf"), { hash: "sha1" });
    const request = { leaf: old.certificate, intermediates: [] };
    expect(() => chainOf(request)).toThrowError(refused("signature_algorithm_refused"));
    expect(chainOf({ ...request, allowsSha1: true }).certificates.length).toBe(1);
    const md5 = { ...old.certificate, signatureAlgorithm: { oid: "1.2.840.113549.1.1.4", parameters: null } };
    expect(() => verifyCertificateSignature(md5, root.certificate, { allowsSha1: true })).toThrowError(
      refused("signature_algorithm_refused"),
    );
  });

  test("is refused for a critical extension that nobody here understands", () => {
    const name = oid("2.5.29.30");
    const critical = {
      oid: "2.5.29.30",
      isCritical: true,
      value: sequence(name, boolean(true), octetString(element(5))),
    };
    const strange = { ...leaf.certificate, extensions: new Map([["2.5.29.30", critical]]) };
    expect(() => chainOf({ leaf: strange })).toThrowError(refused("chain_extension_unsupported"));
  });

  test("costs a bounded number of signatures, however many issuers share a name", () => {
    const many = Array.from(
      { length: chainIntermediatesMax },
      (_, index) =>
        anIdentity(root, ecKey("middle"), {
          commonName: "Middle",
          serial: Buffer.from([index + 1]),
          isCa: true,
          keyUsage: ["keyCertSign"],
          subject: [{ oid: nameOids.commonName, value: "Root" }],
          issuer: { name: root.certificate.subject.raw, keyIdentifier: null },
          issuerKey: ecKey("middle").privateKey,
        }).certificate,
    );
    // Every one names every other as its possible issuer, and none leads to the anchor.
    const end = anIdentity(root, ecKey("leaf"), {
      issuer: { name: root.certificate.subject.raw, keyIdentifier: null },
      issuerKey: ecKey("middle").privateKey,
    });
    const anchors = [trustAnchorOf(aCa(ecKey("stranger"), { commonName: "Root" }).certificate)];
    expect(() => chainOf({ leaf: end.certificate, intermediates: many, anchors })).toThrowError(
      refused("chain_too_complex"),
    );
    expect(chainSignatureChecksMax).toBeLessThan(chainIntermediatesMax ** 2);
    const tooMany = [...many, middle.certificate];
    expect(() => chainOf({ intermediates: tooMany })).toThrowError(refused("chain_too_complex"));
  });

  test("does not go round in circles", () => {
    const a = aCa(ecKey("a"), { commonName: "A" });
    const b = aCa(ecKey("b"), { commonName: "B" });
    const ca = { isCa: true, keyUsage: ["keyCertSign"] as const };
    const aByB = anIdentity(b, ecKey("a"), { commonName: "A", ...ca });
    const bByA = anIdentity(a, ecKey("b"), { commonName: "B", ...ca });
    const end = anIdentity(a, ecKey("leaf"));
    expect(() =>
      chainOf({ leaf: end.certificate, intermediates: [aByB.certificate, bByA.certificate] }),
    ).toThrowError(refused("chain_untrusted"));
  });

  test("a flipped bit anywhere in the signed part or the signature breaks it", () => {
    const { raw } = leaf.certificate;
    for (let index = 0; index < raw.length; index++) {
      const changed = Buffer.from(raw);
      changed[index] = (changed[index] as number) ^ 1;
      expect(() => chainOf({ leaf: decodeCertificate(changed) })).toThrowError(
        expect.objectContaining({ name: "X509Error" }),
      );
    }
  });
});

describe("the device CA", () => {
  const deviceCa = aCa(rsaKey("small", 1024), {
    commonName: "Test Device CA",
    hash: "sha1",
    notAfter: new Date("2021-01-01T00:00:00Z"),
  });
  const anchors = [deviceCaAnchorOf(deviceCa.certificate)];

  test("vouches for a device though it has expired and signs with SHA-1", () => {
    const device = anIdentity(deviceCa, ecKey("device"), { hash: "sha1" });
    expect(verifyAppleDeviceChain(device.certificate, [], anchors).certificates.length).toBe(1);
    expect(() => verifyAppleDeviceChain(device.certificate, [])).toThrowError(refused("chain_untrusted"));
  });

  test("must be the direct issuer: a CA above it does not do", () => {
    const above = { ...deviceCaAnchorOf(root.certificate), issuesDevices: false };
    const other = anIdentity(root, ecKey("leaf"));
    expect(() => verifyAppleDeviceChain(other.certificate, [], [above, ...anchors])).toThrowError(
      refused("chain_untrusted"),
    );
    const below = anIdentity(deviceCa, ecKey("middle"), { isCa: true, commonName: "Below", hash: "sha1" });
    const device = anIdentity(below, ecKey("device"));
    expect(() => verifyAppleDeviceChain(device.certificate, [below.certificate], anchors)).toThrowError(
      refused("chain_untrusted"),
    );
  });

  test("may be renewed under the CA above it, keeping its name", () => {
    const above = { ...deviceCaAnchorOf(root.certificate), issuesDevices: false };
    const renewed = anIdentity(root, ecKey("renewed"), {
      commonName: "Test Device CA",
      isCa: true,
      keyUsage: ["keyCertSign"],
    });
    const device = anIdentity(renewed, ecKey("device"));
    const chain = verifyAppleDeviceChain(device.certificate, [renewed.certificate], [...anchors, above]);
    expect(chain.certificates.length).toBe(2);
  });

  test("an impostor of its name is refused", () => {
    const impostor = aCa(ecKey("impostor"), { commonName: "Test Device CA" });
    const device = anIdentity(impostor, ecKey("device"));
    expect(() => verifyAppleDeviceChain(device.certificate, [impostor.certificate], anchors)).toThrowError(
      expect.objectContaining({ name: "X509Error" }),
    );
  });
});

describeWithFixtures("Apple's device CA", (folder) => {
  test("is the one devices embed: the same names, keys and key identifiers, each signed by the next", () => {
    const chain = decodeCertificateChain(
      readFileSync(join(folder, "ota/apple-iphone-device-ca-chain.pem"), "utf8"),
    );
    expect(chain.length).toBe(appleDeviceCaAnchors.length);
    for (const [index, certificate] of chain.entries()) {
      const anchor = appleDeviceCaAnchors[index];
      expect(formatName(certificate.subject)).toBe(formatName(anchor?.subject as typeof certificate.subject));
      expect(certificate.subjectKeyIdentifier).toEqual(anchor?.keyIdentifier);
      expect(certificate.publicKeyInfo).toEqual(anchor?.publicKeyInfo);
      const issuer = chain[index + 1] ?? certificate;
      expect(() => verifyCertificateSignature(certificate, issuer, { allowsSha1: true })).not.toThrow();
    }
    expect(formatName((appleDeviceCaAnchors[0] as (typeof appleDeviceCaAnchors)[0]).subject)).toBe(
      "CN=Apple iPhone Device CA,OU=Apple iPhone,O=Apple Inc.,C=US",
    );
  });
});

test("signing with a key that is neither RSA nor EC is refused", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  expect(() => signBytes(privateKey, "sha256", Buffer.alloc(1))).toThrowError(refused("key_unsupported"));
});
