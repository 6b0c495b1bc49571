// What is known of a target (a device, or a user of it) when it is decided what it should have.
// The shell reads it; plan, manifest and scope class decide from it and the blueprint's tree alone.
// Platform, OS, serial number and tags are the device's, also for a user (desired-state.md 2.1).
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Channel } from "#mdm/devices/device.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import type { TargetArtifact } from "./target-artifact.ts";

/** What the scope of an item is judged by. */
export type ScopeFacts = {
  readonly channel: Channel;
  readonly platform: Platform;
  /** As reported; empty or unreadable text is lower than any version. */
  readonly osVersion: string;
  readonly serialNumber: string;
  readonly tagIds: ReadonlySet<number>;
  readonly isAwaitingConfiguration: boolean;
};

/** What a manifest depends on of a version that a target was given. */
export type ManifestRow = Pick<
  TargetArtifact,
  "artifactId" | "versionId" | "status" | "extraInfo" | "retryCount" | "retryAt"
>;

/** What a manifest is made from, beside the tree. */
export type ManifestFacts = ScopeFacts & {
  /** When the device or the user was first seen: intervals of reinstallation count from it. */
  readonly createdAt: Date;
  /** Adam IDs the device has a licence for. */
  readonly licences: ReadonlySet<string>;
  /** The reported `management.client-capabilities`, whatever it is; null for none. */
  readonly clientCapabilities: unknown;
  /**
   * All that the target was given, or that of it which tells its manifest from that of others:
   * `listManifestRows` of target-artifact-store.ts.
   */
  readonly artifacts: readonly ManifestRow[];
};

export type TargetFacts = Omit<ManifestFacts, "artifacts"> & {
  /** All of them. */
  readonly artifacts: readonly TargetArtifact[];
  readonly isUserEnrollment: boolean;
  /** Declarative management is active on this channel. */
  readonly isDeclarative: boolean;
  /** The token of the manifest the target last acknowledged; empty for none. */
  readonly declarationsToken: string;
  /**
   * Versions with an artifact command that is queued, or sent and not answered: nothing is sent for them
   * meanwhile.
   */
  readonly pendingVersionIds: ReadonlySet<ArtifactVersionId>;
};
