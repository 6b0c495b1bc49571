// Why a verdict is what it is, as a value: the API serves it beside its sentence, tests compare it.
// Made by judge-scope, walk-tree and plan.
// A reason names artifacts and tags by id; their names are looked up when it is put into words.
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import type { Platform } from "#protocol/mdm/platform.ts";

/** The first test of a scope that failed (desired-state specification 2.2). */
export type ScopeFailure =
  | { readonly kind: "platform"; readonly platform: Platform }
  /** `osVersion` is empty when the device reported none. */
  | { readonly kind: "os_too_old"; readonly osVersion: string; readonly minimum: string }
  | { readonly kind: "os_too_new"; readonly osVersion: string; readonly maximum: string }
  | { readonly kind: "excluded_tag"; readonly tagId: number }
  /** `needed`: the shard must be below it. */
  | { readonly kind: "shard"; readonly shard: number; readonly modulo: number; readonly needed: number };

/** Why declarative management is not for a target (desired-state specification 4.1). */
export type DeclarationsUnavailable =
  | { readonly kind: "no_blueprint" }
  | { readonly kind: "awaiting_configuration" }
  | {
      readonly kind: "declarations_os";
      readonly platform: Platform;
      readonly osVersion: string;
      readonly minimum: string;
    };

/** Why something is not in the scope of a target. */
export type OutOfScope =
  | ScopeFailure
  | { readonly kind: "no_blueprint" }
  | { readonly kind: "not_in_blueprint" }
  | { readonly kind: "channel" }
  | { readonly kind: "setup_assistant" }
  /** It is only there for others, and none of them is in scope. */
  | { readonly kind: "not_required" }
  /** No version is for this target; the failure is that of the highest one, null when there is no version. */
  | { readonly kind: "no_version"; readonly version: number | null; readonly because: ScopeFailure | null }
  | { readonly kind: "requires_out_of_scope"; readonly artifactId: ArtifactId };

/** Why something is neither in scope nor out of it: nothing is done about it. */
export type CycleReason =
  | { readonly kind: "in_a_cycle" }
  /** A cycle is somewhere among what it requires. */
  | { readonly kind: "requires_a_cycle"; readonly artifactId: ArtifactId };

/** What keeps an artifact that others require from being there. */
export type RequirementState = "failed" | "not_installed" | "updating" | "blocked";

type Attempts = { readonly retryCount: number; readonly maxRetryCount: number };

export type Reason =
  | OutOfScope
  /** It is as it should be. */
  | { readonly kind: "as_desired" }
  | { readonly kind: "not_installed" }
  | { readonly kind: "new_version"; readonly installedVersion: number }
  | { readonly kind: "os_updated"; readonly from: string; readonly to: string }
  | { readonly kind: "interval_elapsed"; readonly days: number }
  /** The device has the declaration, under an earlier token. */
  | { readonly kind: "declaration_changed" }
  | ({ readonly kind: "retry" } & Attempts)
  | ({ readonly kind: "failed"; readonly retryAt: Date | null } & Attempts)
  | ({ readonly kind: "removal_failed"; readonly retryAt: Date | null } & Attempts)
  | { readonly kind: "awaiting_confirmation" }
  | { readonly kind: "command_pending" }
  /** The device has the declaration, and says that it is not active. */
  | { readonly kind: "inactive" }
  | { readonly kind: "auto_update_off"; readonly installedVersion: number }
  | { readonly kind: "missing_licence"; readonly adamId: string }
  | { readonly kind: "requires"; readonly artifactId: ArtifactId; readonly state: RequirementState }
  | CycleReason
  | { readonly kind: "declarations_unavailable"; readonly because: DeclarationsUnavailable }
  | { readonly kind: "out_of_scope"; readonly because: OutOfScope }
  | { readonly kind: "not_removable"; readonly because: OutOfScope };
