import { expect, test } from "vitest";
import { toBase64 } from "../format/bytes.ts";
import { certificateProfile, isSelfIssued, readCertificates } from "./certificate-file.ts";
import { detectFile } from "./detect-file.ts";

const sequence = (...parts: readonly (readonly number[])[]): number[] => {
  const content = parts.flat();
  return [0x30, 0x82, content.length >> 8, content.length & 0xff, ...content];
};
const integer = [2, 1, 1];
const name = (letter: string): number[] => sequence([12, 1, letter.charCodeAt(0)]);

/** As much of a certificate as is looked at; real ones are dropped in the browser's tests. */
function certificate(issuer: string, subject: string, version: readonly number[] = [0xa0, 3, 2, 1, 2]) {
  const signed = [version, integer, sequence(), name(issuer), sequence(), name(subject), sequence()];
  return Uint8Array.from(sequence(sequence(...signed), sequence(), [3, 1, 0]));
}
const root = certificate("A", "A");
const issued = certificate("A", "B", []);

const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${toBase64(der)}\n-----END CERTIFICATE-----\n`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test("certificates are read from DER and from a chain in PEM", () => {
  expect(readCertificates(root)).toEqual([root]);
  expect(readCertificates(utf8(`Our root:\n${pem(root)}${pem(issued)}`))).toEqual([root, issued]);
  expect(readCertificates(utf8(pem(root).repeat(21)))).toBeNull();
});

test("what is cut short or something else is no certificate", () => {
  for (const length of [0, 1, 5, 40, root.length - 1])
    expect(readCertificates(root.slice(0, length))).toBeNull();
  expect(readCertificates(utf8("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"))).toBeNull();
  expect(readCertificates(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0))).toBeNull();
});

test("a dropped certificate is told from a signed profile", () => {
  expect(detectFile("root.cer", root, () => null)).toEqual({ kind: "certificate", certificates: [root] });
  expect(detectFile("root.pem", utf8(pem(root)), () => null)).toMatchObject({ kind: "certificate" });
});

test("a root is trusted as such, what it issued is not", () => {
  expect([isSelfIssued(root), isSelfIssued(issued), isSelfIssued(utf8("x"))]).toEqual([true, false, false]);
  const about = { name: "Our <CA>", filename: "ca.pem", channel: "Device" } as const;
  const text = certificateProfile([root, issued], about);
  expect(text.match(/com\.apple\.security\.\w+/g)).toEqual([
    "com.apple.security.root",
    "com.apple.security.pkcs1",
  ]);
  expect(text).toContain(`<data>${toBase64(root)}</data>`);
  expect(text).toContain("<string>Our &lt;CA&gt;</string>");
  expect(text).toContain("<key>PayloadScope</key>\n\t<string>System</string>");
});
