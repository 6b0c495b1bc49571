// A provisioning profile as the payload of a version: Apple's signed leave for applications to run.
// Operators upload it, and devices get the very bytes.
// Whether the signer is to be trusted is the device's question; that the signature holds is ours.
import { createHash } from "node:crypto";
import { readVerifiedContent } from "#protocol/cms/read-verified-content.ts";
import { textAt } from "#protocol/mdm/text.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { type PlistDictionary, PlistError } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";

export type UploadedProvisioningProfile = {
  readonly source: Buffer;
  readonly name: string;
  /** Lower case. */
  readonly uuid: string;
};

/** Reads an upload; the refusals are those of http-api 2.10. */
export function readUploadedProvisioningProfile(source: Buffer): UploadedProvisioningProfile | Refusal {
  const content = readVerifiedContent(source);
  if (content === null) return invalidSource("Could not verify signature");
  const profile = readContent(content);
  if (profile === null) return invalidSource("Invalid signed data");
  const uuid = textAt(profile, "UUID");
  if (uuid === null || !/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(uuid)) {
    return invalidSource("Could not read provisioning profile UUID");
  }
  return { source, name: textAt(profile, "Name") ?? "", uuid: hyphenated(uuid) };
}

function readContent(content: Buffer): PlistDictionary | null {
  try {
    return readPlistDictionary(content);
  } catch (error) {
    if (error instanceof PlistError) return null;
    throw error;
  }
}

function hyphenated(uuid: string): string {
  const hex = uuid.replaceAll("-", "").toLowerCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What events tell of the bytes. */
export function sourceDigest(source: Uint8Array): string {
  return createHash("sha1").update(source).digest("hex");
}

function invalidSource(detail: string): Refusal {
  return { kind: "invalid", code: "provisioning_profile_invalid", field: "source", detail };
}
