// Where one artifact stands on one target, for the API and for people.
// Plan makes one for each artifact that concerns a target.
// A verdict says what is; it is made new each time and never stored.
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Reason } from "./reason.ts";

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
