import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { formatName, nameOids } from "#protocol/x509/name.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import { type SignatureShape, signatureShapes, signContent } from "#sandbox/crypto/cms-writer.ts";
import { aCa, anIdentity, type Identity, rsaKey, validMoment } from "../../../test/tools/identities.ts";
import { createCertificateCache } from "./device-authentication-operations.ts";
import { type IdentityOptions, type PresentedIdentity, readPresentedIdentity } from "./presented-identity.ts";

const ca = aCa(rsaKey("presented ca"));
const secret = "s".repeat(56);

function aDeviceIdentity(commonName = `MDM$OTA$${secret}`): Identity {
  const subject = [
    { oid: nameOids.commonName, value: commonName },
    { oid: nameOids.serialNumber, value: "C02" },
    { oid: nameOids.organization, value: "MBU$7" },
  ];
  return anIdentity(ca, rsaKey("presented device"), { subject });
}

const identity = aDeviceIdentity();
const body = Buffer.from("<plist><dict/></plist>");
const direct: IdentityOptions = { isMtlsProxy: false, importCertificate: createCertificateCache() };
const proxied: IdentityOptions = { ...direct, isMtlsProxy: true };

type Headers = Record<string, string | string[]>;

function read(headers: Headers, options: IdentityOptions = direct, isPeerTrusted = true) {
  return readPresentedIdentity({ headers, body, isPeerTrusted }, options);
}

const bareShape: SignatureShape = signatureShapes.bareSha256;

function sign(signer: Identity, shape = bareShape, content = body): string {
  const written = { certificate: signer.certificate.raw, privateKey: signer.privateKey, chain: [] };
  return signContent(content, written, { shape, isDetached: true, at: validMoment }).toString("base64");
}

function proxyHeaders({ certificate }: { readonly certificate: Certificate }): Headers {
  return {
    "x-ssl-client-s-dn": formatName(certificate.subject),
    "x-ssl-client-cert": encodeURIComponent(encodePem("CERTIFICATE", certificate.raw)),
  };
}

const subject = { commonName: `MDM$OTA$${secret}`, serialNumber: "C02", organization: "MBU$7" };

describe("a signed message", () => {
  test.each(Object.entries(signatureShapes))("in the shape %s shows certificate and subject", (_, shape) => {
    const presented = read({ "mdm-signature": sign(identity, shape) }) as PresentedIdentity;
    expect(presented).toMatchObject({ source: "signature", subject });
    expect(presented.certificate?.raw).toEqual(identity.certificate.raw);
    expect(presented.fingerprint).toHaveLength(32);
  });

  test.each(Object.entries(signatureShapes))("in the shape %s is bound to its body", (_, shape) => {
    const header = sign(identity, shape, Buffer.from("<plist><dict></dict></plist>"));
    expect(read({ "mdm-signature": header })).toMatchObject({ code: "mdm_signature_invalid" });
  });

  test("by the wrong key is refused", () => {
    const forged = { ...identity, privateKey: rsaKey("presented thief").privateKey };
    expect(read({ "mdm-signature": sign(forged) })).toMatchObject({ detail: "Invalid header signature" });
  });

  test("with any bit flipped is refused, or says the same", () => {
    const whole = Buffer.from(sign(identity), "base64");
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (index, bit) => {
        const broken = Buffer.from(whole);
        broken[index] = (broken[index] ?? 0) ^ (1 << bit);
        const presented = read({ "mdm-signature": broken.toString("base64") });
        if ("code" in presented) expect(presented.code).toBe("mdm_signature_invalid");
        // Bits that no signature covers, and that nobody reads, may be anything; the certificate may not.
        else expect(presented.source).toBe("signature");
      }),
    );
  });

  test("that is any text is refused without a fault", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (header) => {
        expect(read({ "mdm-signature": header })).toMatchObject({ code: "mdm_signature_invalid" });
      }),
    );
  });

  test("goes before the headers of a proxy, also when it is wrong", () => {
    const headers = { ...proxyHeaders(identity), "mdm-signature": "AAAA" };
    expect(read(headers, proxied)).toMatchObject({ code: "mdm_signature_invalid" });
  });
});

describe("headers of a proxy", () => {
  test("show certificate and subject", () => {
    const presented = read(proxyHeaders(identity), proxied) as PresentedIdentity;
    expect(presented).toMatchObject({ source: "proxy", subject });
    expect(presented.certificate?.raw).toEqual(identity.certificate.raw);
  });

  test("may show a name alone", () => {
    const { "x-ssl-client-s-dn": name = "" } = proxyHeaders(identity);
    for (const headers of [
      { "x-ssl-client-s-dn": name },
      { "x-ssl-client-s-dn": name, "x-ssl-client-cert": "" },
    ]) {
      expect(read(headers, proxied)).toMatchObject({ subject, certificate: null, fingerprint: null });
    }
  });

  test("count only where they are switched on, and from a trusted peer", () => {
    const missing = { code: "identity_missing", detail: "missing DN in request headers" };
    expect(read(proxyHeaders(identity), direct, true)).toMatchObject(missing);
    expect(read(proxyHeaders(identity), proxied, false)).toMatchObject(missing);
    expect(read({}, proxied)).toMatchObject(missing);
  });

  test("that disagree are refused", () => {
    const other = aDeviceIdentity(`MDM$OTA$${"t".repeat(56)}`);
    const headers = { ...proxyHeaders(identity), "x-ssl-client-s-dn": formatName(other.certificate.subject) };
    expect(read(headers, proxied)).toMatchObject({ code: "client_certificate_mismatch" });
  });

  test.each([
    ["no percent encoding", "%"],
    ["no PEM", "hello"],
    ["an empty block", encodeURIComponent("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")],
    ["two certificates", encodeURIComponent(encodePem("CERTIFICATE", identity.certificate.raw).repeat(2))],
    ["too many characters", "A".repeat(49 * 1024)],
    ["bytes that are no certificate", encodeURIComponent(encodePem("CERTIFICATE", Buffer.from("x")))],
  ])("with %s are refused", (_, certificate) => {
    const headers = { ...proxyHeaders(identity), "x-ssl-client-cert": certificate };
    expect(read(headers, proxied)).toMatchObject({ code: "client_certificate_malformed" });
  });

  test("that stand there twice are refused", () => {
    const { "x-ssl-client-s-dn": name = "", "x-ssl-client-cert": certificate = "" } = proxyHeaders(identity);
    const twice = [String(certificate), String(certificate)];
    expect(read({ "x-ssl-client-s-dn": name, "x-ssl-client-cert": twice }, proxied)).toMatchObject({
      code: "client_certificate_malformed",
    });
    expect(read({ "x-ssl-client-s-dn": [String(name), String(name)] }, proxied)).toMatchObject({
      code: "identity_missing",
    });
  });

  test("that are any text never cause a fault", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, certificate) => {
        const presented = read({ "x-ssl-client-s-dn": name, "x-ssl-client-cert": certificate }, proxied);
        if (!("code" in presented)) expect(presented.certificate).toBeNull();
      }),
    );
  });
});
