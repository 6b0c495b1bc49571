import { describe, expect, test } from "vitest";
import { readByteRanges } from "#platform/archive/ranges.ts";
import { certificateFingerprint } from "#protocol/x509/certificate.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { makePkg, type XarOptions, type XarSigner } from "../../../test/tools/archives.ts";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { readPackageFile } from "./package-file.ts";
import type { PackageSignature } from "./package-signature.ts";

const ca = aCa(rsaKey("installer CA"), { commonName: "Installer CA" });
const subject = [
  { oid: nameOids.commonName, value: "Developer ID Installer: Example Corp (A1B2C3D4E5)" },
  { oid: nameOids.organizationalUnit, value: "A1B2C3D4E5" },
  { oid: nameOids.organization, value: "Example Corp" },
];
const key = rsaKey("installer");
const { certificate } = anIdentity(ca, key, { subject });
const signer: XarSigner = { certificates: [certificate.raw, ca.certificate.raw], key: key.privateKey };

function signatureOf(change: Partial<XarSigner> = {}, options: XarOptions = {}): PackageSignature | null {
  const bytes = makePkg({}, { ...options, signer: { ...signer, ...change } });
  return readByteRanges(bytes, (size) => readPackageFile(size, "PKG")).signature;
}

test.each(["sha1", "sha256"] as const)("names who signed an archive of %s checksums", (checksumStyle) => {
  expect(signatureOf({}, { checksumStyle })).toEqual({
    is_intact: true,
    common_name: "Developer ID Installer: Example Corp (A1B2C3D4E5)",
    organization: "Example Corp",
    organizational_unit: "A1B2C3D4E5",
    issuer_common_name: "Installer CA",
    certificate_sha256: certificateFingerprint(certificate.raw).toString("hex"),
    not_before: certificate.notBefore.toISOString(),
    not_after: certificate.notAfter.toISOString(),
  });
});

test("only a signature of the style that installers look at is one", () => {
  expect(signatureOf({ style: "CMS" })).toBeNull();
});

describe("a signature does not hold", () => {
  test("of another key than the certificate's", () => {
    const signature = signatureOf({ key: rsaKey("somebody else").privateKey });
    expect(signature).toMatchObject({ is_intact: false, organization: "Example Corp" });
  });

  test("when the table of contents was changed after it", () => {
    const other = makePkg({ version: "6.6" }, { signer });
    const own = makePkg({ version: "1.2" }, { signer });
    // Both have their tables' checksums; the signature is that of the other one.
    const bytesOf = (bytes: Buffer): number => 28 + Number(bytes.readBigUInt64BE(8)) + 20;
    const mixed = Buffer.from(own);
    other.copy(mixed, bytesOf(own), bytesOf(other), bytesOf(other) + 256);
    const { signature } = readByteRanges(mixed, (size) => readPackageFile(size, "PKG"));
    expect(signature).toMatchObject({ is_intact: false, organization: "Example Corp" });
  });

  test("of a certificate with a key of another kind", () => {
    const elliptic = anIdentity(ca, ecKey("installer"), { subject });
    const signature = signatureOf({ certificates: [elliptic.certificate.raw] });
    expect(signature).toMatchObject({ is_intact: false, organization: "Example Corp" });
  });

  test.each([
    ["beyond the end", (element: string) => element.replace(/<offset>\d+/, "<offset>99999999")],
    ["of nonsense", (element: string) => element.replace(/<offset>\d+/, "<offset>-1")],
    ["without a size", (element: string) => element.replace(/<size>\d+<\/size>/, "")],
    ["longer than any", (element: string) => element.replace(/<size>\d+/, "<size>5000")],
  ])("at a place %s; the archive is taken all the same", (_, edit) => {
    expect(signatureOf({ edit })).toMatchObject({ is_intact: false, organization: "Example Corp" });
  });

  test.each([
    ["no certificate", []],
    ["a certificate that is none", [Buffer.from("none")]],
  ])("with %s, and names nobody", (_, certificates) => {
    expect(signatureOf({ certificates })).toEqual({
      is_intact: false,
      common_name: null,
      organization: null,
      organizational_unit: null,
      issuer_common_name: null,
      certificate_sha256: null,
      not_before: null,
      not_after: null,
    });
  });
});

test("a name that cannot be stored is told without what keeps it from it", () => {
  const hostile = [{ oid: nameOids.commonName, value: `A\0B${"x".repeat(1000)}` }];
  const { certificate: odd } = anIdentity(ca, key, { subject: hostile });
  expect(signatureOf({ certificates: [odd.raw] })?.common_name).toBe(`AB${"x".repeat(254)}`);
});

test("a name that is cut within a letter can be stored", () => {
  const commonNameOf = (value: string): string | null | undefined => {
    const { certificate: odd } = anIdentity(ca, key, { subject: [{ oid: nameOids.commonName, value }] });
    return signatureOf({ certificates: [odd.raw] })?.common_name;
  };
  expect(commonNameOf(`${"x".repeat(255)}\u{1f34e}`)).toBe(`${"x".repeat(255)}\ufffd`);
});
