// The declarations that a target is told of: the managed activation, the status subscriptions, an enforcement, and its
// artifacts (desired-state specification 4.3-4.5, 4.10, 4.11). Plan and the DDM door make it; targets with an equal
// manifest class share it. An identifier is in the activation exactly if it is in the manifest.
import type { ArtifactId, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { ManifestSection } from "#protocol/ddm/tokens.ts";
import type { Enforcement, NoEnforcement } from "./enforcement.ts";

export type ManifestEntry = {
  readonly section: ManifestSection;
  readonly identifier: string;
  readonly serverToken: string;
  /** Null for what the server makes of the blueprint itself. */
  readonly artifact: { readonly id: ArtifactId; readonly versionId: ArtifactVersionId } | null;
};

export type Manifest = {
  /** The DeclarationsToken. */
  readonly token: string;
  /** In the order in which they are told. */
  readonly entries: readonly ManifestEntry[];
  readonly activation: {
    readonly identifier: string;
    readonly serverToken: string;
    /** StandardConfigurations, ascending. */
    readonly configurations: readonly string[];
  };
  readonly subscriptions: {
    readonly identifier: string;
    readonly serverToken: string;
    /** Ascending. */
    readonly names: readonly string[];
    /** The reported capabilities could not be read: somebody should know. */
    readonly isMalformed: boolean;
  };
  readonly enforcement: Enforcement | null;
  /** Why there is no enforcement; null when there is one. */
  readonly noEnforcement: NoEnforcement | null;
};
