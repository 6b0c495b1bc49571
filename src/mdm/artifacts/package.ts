// A package is an installable file, as it is and as it came: what a device downloads and installs (http-api 2.16).
// Operators bring packages and rename them; declarations refer to them, and devices fetch them by a manifest.
// The file never changes, and what it says of itself is shown and handed on, but never run or extracted.
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import type { PackageManifest } from "./package-manifest.ts";
import type { PackageSignature } from "./package-signature.ts";

export type PackageId = Uuid<"Package">;

export type PackageType = "PKG" | "IPA";

/** As it is stored and answered. */
export type PackageBundle = {
  readonly version_str: string;
  readonly version: string;
  readonly id: string;
  readonly path?: string;
};

/** What a file says of itself. */
export type PackageFacts = {
  readonly name: string;
  readonly productId: string;
  readonly productVersion: string;
  readonly bundles: readonly PackageBundle[];
  readonly platforms: readonly Platform[];
  /** `com.apple.platform.iphoneos`; product archives have none. */
  readonly platformIdentifier: string | null;
  /** Null for an archive that is not signed, and for app archives, whose signatures are within. */
  readonly signature: PackageSignature | null;
};

/** A file that cannot be installed; the message is for the operator who brought it. */
export class PackageFileError extends Error {
  readonly code = "package_unreadable";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PackageFileError";
  }
}

export type Package = {
  readonly id: PackageId;
  readonly name: string;
  readonly description: string;
  readonly type: PackageType;
  readonly sourceUri: string;
  readonly sha256: string;
  readonly size: number;
  readonly filename: string;
  readonly productId: string;
  readonly productVersion: string;
  readonly bundles: readonly PackageBundle[];
  readonly manifest: PackageManifest;
  readonly signature: PackageSignature | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const packageNameCharactersMax = 256;

export const packageUnknown: Refusal = {
  kind: "not_found",
  code: "package_unknown",
  detail: "No Package matches the given query.",
};
export const packageInUse: Refusal = {
  kind: "conflict",
  code: "package_in_use",
  detail: "This package cannot be deleted",
};
export const packageTaken: Refusal = {
  kind: "conflict",
  code: "package_taken",
  field: "sha256",
  detail: "A package with the same SHA256 already exists.",
};

/** Refuses other bytes than a package has: what devices installed keeps its meaning. Empty is as good as omitted. */
export function refuseOtherFile(
  present: Package,
  said: { readonly sourceUri: string; readonly sha256: string },
): (Refusal | null)[] {
  const changed = (field: string): Refusal => ({
    kind: "invalid",
    code: "package_file_fixed",
    field,
    detail: "Cannot be changed after creation.",
  });
  return [
    said.sourceUri === "" || said.sourceUri === present.sourceUri ? null : changed("source_uri"),
    said.sha256 === "" || said.sha256 === present.sha256 ? null : changed("sha256"),
  ];
}
