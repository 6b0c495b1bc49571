// What a target should have, what it lacks, and the one next step towards it: the decision of reconcile, pure and total.
// Connect, the DDM door, the API of a device's artifacts and preview ask it; the shell reads the facts and acts.
// Whatever the facts and the tree are, a plan is made; the same facts in another order make the same plan.
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Manifest } from "./manifest.ts";
import type { DeclarationsUnavailable, Reason } from "./reason.ts";

export type VerdictState =
  /** There, and as it should be. */
  | "current"
  | "to_install"
  | "to_update"
  | "to_reinstall"
  | "to_remove"
  /** Something must happen first: a requirement, a confirmation, an answer. */
  | "waiting"
  | "failed"
  /** Not for this target, and not on it. */
  | "excluded"
  /** For this target, and not possible as things are: no licence, a cycle, no declarative management. */
  | "blocked"
  /** Was there, is not for this target any more, and is gone. */
  | "removed"
  /** There, and left as it is, though it is not what the blueprint says. */
  | "kept";

export type Verdict = {
  readonly artifactId: ArtifactId;
  readonly name: string;
  readonly type: ArtifactType;
  /** The version the verdict is about: the one to have, or of a leftover the one that is there. */
  readonly versionId: ArtifactVersionId | null;
  readonly version: number | null;
  readonly delivery: "command" | "ddm" | "none";
  readonly state: VerdictState;
  readonly reason: Reason;
};

/** The one command that goes out now. */
export type CommandStep = {
  readonly operation: "INSTALLATION" | "REMOVAL";
  readonly artifactId: ArtifactId;
  readonly name: string;
  readonly type: ArtifactType;
  readonly versionId: ArtifactVersionId;
  readonly version: number;
};

export type PlannedDeclarations =
  | { readonly unavailable: DeclarationsUnavailable; readonly manifest: null; readonly isSyncDue: false }
  /** `isSyncDue`: a DeclarativeManagement command is to be sent, before any artifact command. */
  | { readonly unavailable: null; readonly manifest: Manifest; readonly isSyncDue: boolean };

export type Plan = {
  /**
   * In the order of the tree's dependencies, what is first installed first; then leftovers by name. One for each artifact
   * of the tree on the target's channel, and for each artifact the target has that is not in the tree.
   */
  readonly verdicts: readonly Verdict[];
  /** Null: no artifact command is to be sent. */
  readonly next: CommandStep | null;
  readonly declarations: PlannedDeclarations;
  /** The next moment at which time alone changes the outcome; null for never. */
  readonly dueAt: Date | null;
  /** As `desiredDigest` of scope-class.ts makes it: 32 bytes. */
  readonly desiredDigest: Buffer;
};

export type PlanContext = {
  readonly at: Date;
  /** As `identifierPrefix` of protocol/mdm makes it from the API host name. */
  readonly identifierPrefix: string;
};
