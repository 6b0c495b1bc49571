// A configuration profile as the payload of a version: known by its identifier and UUID, kept as it was uploaded.
// Operators upload it; what a device gets is rendered from it when it is delivered.
// It is never shown in events, and never stored in clear: profiles hold passwords and keys.
import { createHash } from "node:crypto";
import { readVerifiedContent } from "#protocol/cms/read-verified-content.ts";
import { PlistError } from "#protocol/plist/value.ts";
import {
  type ConfigurationProfile,
  ProfileError,
  parseConfigurationProfile,
} from "#protocol/profile/configuration-profile.ts";
import type { Refusal } from "#platform/errors.ts";

/** What is known of a profile without opening it. */
export type ProfileFacts = {
  readonly sourceSha1: string;
  readonly filename: string;
  readonly payloadIdentifier: string;
  readonly payloadUuid: string;
  readonly payloadDisplayName: string;
  readonly payloadDescription: string;
};

/** An uploaded profile, without the signature that was around it. */
export type UploadedProfile = {
  readonly source: Buffer;
  readonly facts: ProfileFacts;
  readonly content: ConfigurationProfile["content"];
};

/** Reads an upload: a plist, or a signed message around one whose signature holds (http-api 2.10). */
export function readUploadedProfile(bytes: Buffer): UploadedProfile | Refusal {
  try {
    const profile = parseConfigurationProfile(bytes, readVerifiedContent);
    const source = Buffer.from(profile.bytes);
    return {
      source,
      content: profile.content,
      facts: {
        sourceSha1: createHash("sha1").update(source).digest("hex"),
        filename: "",
        payloadIdentifier: profile.payloadIdentifier,
        payloadUuid: profile.payloadUuid,
        payloadDisplayName: profile.payloadDisplayName ?? "",
        payloadDescription: profile.payloadDescription ?? "",
      },
    };
  } catch (error) {
    if (error instanceof PlistError) return invalidSource("Not a plist");
    if (error instanceof ProfileError) return invalidSource(textOf(error));
    throw error;
  }
}

function textOf({ code, found }: ProfileError): string {
  if (code === "profile_identifier_missing") return "Missing PayloadIdentifier";
  if (code === "profile_uuid_missing") return "Missing PayloadUUID";
  return `Unknown PayloadScope: ${found.replace(/^"|"$/g, "")}`;
}

function invalidSource(detail: string): Refusal {
  return { kind: "invalid", code: "profile_invalid", field: "source", detail };
}
