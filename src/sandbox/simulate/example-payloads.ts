/** Things to give to devices: a profile, a declaration, a package. Small, valid, and of no consequence. */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { plistText } from "../devices/plist-text.ts";

/** A profile with one web clip. Another number is another profile. */
export function exampleProfile(number: number): Buffer {
  const uuid = (family: string): string => `00000000-0000-4000-${family}-${String(number).padStart(12, "0")}`;
  const PayloadIdentifier = `com.example.profile.${number}`;
  return plistText({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier,
    PayloadUUID: uuid("8000"),
    PayloadDisplayName: `Example ${number}`,
    PayloadContent: [
      {
        PayloadType: "com.apple.webClip.managed",
        PayloadVersion: 1,
        PayloadIdentifier: `${PayloadIdentifier}.clip`,
        PayloadUUID: uuid("9000"),
        Label: `Example ${number}`,
        URL: `https://example.com/${number}`,
      },
    ],
  });
}

/** The source of a declaration: a passcode of some length. Another number is another declaration. */
export function exampleDeclaration(number: number): Readonly<Record<string, unknown>> {
  return {
    Type: "com.apple.configuration.passcode.settings",
    Identifier: `com.example.passcode.${number}`,
    ServerToken: String(number),
    Payload: { RequirePasscode: true, MinimumLength: 8 + (number % 8) },
  };
}

/** What a package installs. */
export type ExampleApplication = {
  readonly identifier: string;
  readonly name: string;
  readonly version: string;
};

/** A product archive (xar) with a Distribution and a payload that is none: enough for all who read packages. */
export function examplePackage({ identifier, name, version }: ExampleApplication): Buffer {
  const bundle =
    `<bundle id="${identifier}" path="Applications/${name}.app" CFBundleShortVersionString="${version}" ` +
    `CFBundleVersion="1"/>`;
  const distribution = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>\n<installer-gui-script minSpecVersion="1"><title>${name}</title>` +
      `<product id="${identifier}" version="${version}"/>` +
      `<pkg-ref id="${identifier}"><bundle-version>${bundle}</bundle-version></pkg-ref></installer-gui-script>`,
  );
  return xarOf("Distribution", distribution);
}

const headerBytes = 28;
const checksumBytes = 20;

/** A xar archive of one file: header, compressed table of contents, heap with the checksum of the table first. */
function xarOf(fileName: string, content: Buffer): Buffer {
  const digest = createHash("sha1").update(content).digest("hex");
  const table = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<xar><toc><checksum style="sha1"><offset>0</offset>` +
      `<size>${checksumBytes}</size></checksum><file id="1"><name>${fileName}</name><type>file</type><data>` +
      `<length>${content.length}</length><size>${content.length}</size><offset>${checksumBytes}</offset>` +
      `<encoding style="application/octet-stream"/>` +
      `<extracted-checksum style="sha1">${digest}</extracted-checksum></data></file></toc></xar>`,
  );
  const compressed = deflateSync(table);
  const header = Buffer.alloc(headerBytes);
  header.write("xar!", 0, "latin1");
  header.writeUInt16BE(headerBytes, 4);
  header.writeUInt16BE(1, 6);
  header.writeBigUInt64BE(BigInt(compressed.length), 8);
  header.writeBigUInt64BE(BigInt(table.length), 16);
  // 1: SHA-1 is the checksum of the table.
  header.writeUInt32BE(1, 24);
  return Buffer.concat([header, compressed, createHash("sha1").update(compressed).digest(), content]);
}
