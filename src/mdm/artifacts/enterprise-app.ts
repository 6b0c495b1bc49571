// An enterprise app is a package that devices are told to install by a command (http-api 2.14).
// Operators bring its package by a URI; devices download it by the manifest that was made when it came.
// All versions of an artifact are of one product: another product is another artifact.
import type { Refusal } from "#platform/errors.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { PackageBundle } from "./package.ts";
import type { PackageManifest } from "./package-manifest.ts";
import type { PackageSignature } from "./package-signature.ts";

/** What is known of the package of an app. */
export type EnterpriseAppPackage = {
  readonly packageUri: string;
  readonly packageSha256: string;
  readonly packageSize: number;
  readonly filename: string;
  readonly productId: string;
  readonly productVersion: string;
  readonly bundles: readonly PackageBundle[];
  readonly manifest: PackageManifest;
  readonly signature: PackageSignature | null;
};

/** How devices are to install it. */
export type EnterpriseAppOptions = {
  /** A Mac installs an app for iOS. */
  readonly iosApp: boolean;
  readonly installAsManaged: boolean;
  readonly removeOnUnenroll: boolean;
};

export type EnterpriseApp = EnterpriseAppPackage &
  EnterpriseAppOptions & {
    readonly id: ArtifactVersionId;
    /** A property list in canonical XML, or null. */
    readonly configuration: string | null;
  };

/** Only what is managed can be removed with the management. */
export function refuseRemoval({ installAsManaged, removeOnUnenroll }: EnterpriseAppOptions): Refusal | null {
  if (!removeOnUnenroll || installAsManaged) return null;
  return {
    kind: "invalid",
    code: "enterprise_app_not_managed",
    field: "remove_on_unenroll",
    detail: "Only available if installed as managed is also set",
  };
}

/** Refuses another product than the other versions have. */
export function refuseProduct(productId: string, others: readonly string[]): Refusal | null {
  if (others.every((other) => other === productId)) return null;
  return {
    kind: "invalid",
    code: "enterprise_app_other_product",
    field: "package_uri",
    detail: "The product ID of the new app is not identical to the product ID of the other versions",
  };
}
