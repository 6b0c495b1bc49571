// What a blueprint asks for, as one value: shared by all its targets, and immutable for a revision of the blueprint.
// The store loads it; plan, manifest and preview walk it.
// It holds whom things are for and never what is in them: payloads are read when they are delivered.
import type {
  ArtifactId,
  ArtifactType,
  ArtifactVersionId,
  ReinstallOnOsUpdate,
} from "#mdm/artifacts/artifact.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import type { Channel } from "#mdm/devices/device.ts";

export type TreeVersion = {
  readonly id: ArtifactVersionId;
  readonly version: number;
  readonly scope: ItemScope;
  /** The Adam ID of the licence a target needs for it; null for none. */
  readonly adamId: string | null;
};

export type TreeArtifact = {
  readonly id: ArtifactId;
  readonly name: string;
  readonly type: ArtifactType;
  readonly channel: Channel;
  readonly installDuringSetupAssistant: boolean;
  readonly autoUpdate: boolean;
  readonly reinstallInterval: number;
  readonly reinstallOnOsUpdate: ReinstallOnOsUpdate;
  /** Sorted by name, then id. */
  readonly requires: readonly ArtifactId[];
  /** What any version's declaration refers to; sorted like `requires`. */
  readonly references: readonly ArtifactId[];
  /** Highest first. */
  readonly versions: readonly TreeVersion[];
  /** The scope of its link to the blueprint; null for what is only required or referred to. */
  readonly link: ItemScope | null;
};

export type TreeEnforcement = {
  readonly id: number;
  readonly name: string;
  readonly platforms: readonly string[];
  readonly tagIds: readonly number[];
  readonly detailsUrl: string;
  readonly osVersion: string;
  readonly buildVersion: string;
  /** `2026-03-01T09:30:00`, device wall clock; null in latest mode. */
  readonly localDatetime: string | null;
  readonly maxOsVersion: string;
  readonly delayDays: number | null;
  /** `09:30:00`. */
  readonly localTime: string | null;
};

export type BlueprintTree = {
  readonly id: number;
  readonly name: string;
  readonly revision: string;
  readonly legacyProfilesViaDdm: boolean;
  /** By ascending id. */
  readonly enforcements: readonly TreeEnforcement[];
  /** Linked artifacts in the order they were linked, then what they require and refer to. */
  readonly artifacts: ReadonlyMap<ArtifactId, TreeArtifact>;
};
