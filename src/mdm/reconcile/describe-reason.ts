// Reasons in plain English, for the API and for people.
// The API serves the sentence beside the value it is made from.
// A sentence names artifacts and tags as they are named today; the value keeps their ids.
import type {
  DeclarationsUnavailable,
  OutOfScope,
  Reason,
  RequirementState,
  ScopeFailure,
} from "./reason.ts";

/** The names of what reasons point at; for what is gone, whatever stands for it. */
export type ReasonNames = {
  readonly artifact: (id: string) => string;
  readonly tag: (id: number) => string;
};

/** Puts a reason into a sentence without a full stop: `OS 14.1 is below 15.0`. */
export function describeReason(reason: Reason, names: ReasonNames): string {
  switch (reason.kind) {
    case "as_desired":
      return "is as it should be";
    case "not_installed":
      return "is not on the device yet";
    case "new_version":
      return `replaces version ${reason.installedVersion}`;
    case "os_updated":
      return `OS was updated from ${orUnknown(reason.from)} to ${orUnknown(reason.to)}`;
    case "interval_elapsed":
      return `was installed more than ${count(reason.days, "day")} ago`;
    case "declaration_changed":
      return "the device has an earlier declaration of it";
    case "retry":
      return `failed, and is tried again (retry ${reason.retryCount} of ${reason.maxRetryCount})`;
    case "failed":
    case "removal_failed":
      return describeFailure(reason);
    case "awaiting_confirmation":
      return "the device has accepted it and not confirmed it yet";
    case "command_pending":
      return "its command is on the way";
    case "inactive":
      return "the device has the declaration, and it is not active";
    case "auto_update_off":
      return `version ${reason.installedVersion} stays, because automatic updates are off`;
    case "missing_licence":
      return `the device has no licence for ${reason.adamId}`;
    case "requires":
      return `requires ${names.artifact(reason.artifactId)}, ${describeRequirement(reason.state)}`;
    case "in_a_cycle":
      return "requires itself, by way of others";
    case "requires_a_cycle":
      return `requires ${names.artifact(reason.artifactId)}, which is part of a cycle`;
    case "declarations_unavailable":
      return describeUnavailable(reason.because);
    case "out_of_scope":
      return `is not for this target: ${describeOutOfScope(reason.because, names)}`;
    case "not_removable":
      return `cannot be removed by a command, though ${describeOutOfScope(reason.because, names)}`;
    default:
      return describeOutOfScope(reason, names);
  }
}

/** Why something is not in scope, as {@link describeReason} says it. */
export function describeOutOfScope(reason: OutOfScope, names: ReasonNames): string {
  switch (reason.kind) {
    case "no_blueprint":
      return "the device has no blueprint";
    case "not_in_blueprint":
      return "it is not in the blueprint";
    case "channel":
      return "it is for the other channel";
    case "setup_assistant":
      return "it is not for Setup Assistant, which the device is in";
    case "not_required":
      return "nothing that requires it is for this target";
    case "no_version":
      return describeNoVersion(reason, names);
    case "requires_out_of_scope":
      return `requires ${names.artifact(reason.artifactId)}, which is not for this target`;
    default:
      return describeFailureOfScope(reason, names);
  }
}

function describeFailureOfScope(reason: ScopeFailure, names: ReasonNames): string {
  switch (reason.kind) {
    case "platform":
      return `it is not for ${reason.platform}`;
    case "os_too_old":
      return `OS ${orUnknown(reason.osVersion)} is below ${reason.minimum}`;
    case "os_too_new":
      return `OS ${orUnknown(reason.osVersion)} is not below ${reason.maximum}`;
    case "excluded_tag":
      return `excluded by tag ${names.tag(reason.tagId)}`;
    case "shard":
      return `shard ${reason.shard} of ${reason.modulo}, needs one below ${reason.needed}`;
  }
}

function describeNoVersion(
  { version, because }: Extract<OutOfScope, { kind: "no_version" }>,
  names: ReasonNames,
): string {
  if (version === null || because === null) return "it has no version";
  return `it has no version for this target (version ${version}: ${describeFailureOfScope(because, names)})`;
}

function describeFailure(reason: Extract<Reason, { kind: "failed" | "removal_failed" }>): string {
  const what = reason.kind === "failed" ? "failed" : "could not be removed";
  const retries = `${reason.retryCount} of ${count(reason.maxRetryCount, "retry", "retries")}`;
  if (reason.retryAt === null) return `${what}, and is not tried again (after ${retries})`;
  return `${what}, is tried again at ${reason.retryAt.toISOString()} (${retries})`;
}

function describeRequirement(state: RequirementState): string {
  switch (state) {
    case "failed":
      return "which failed";
    case "blocked":
      return "which cannot be installed";
    case "updating":
      return "which is being updated";
    case "not_installed":
      return "which is not installed yet";
  }
}

function describeUnavailable(reason: DeclarationsUnavailable): string {
  switch (reason.kind) {
    case "no_blueprint":
      return "declarative management needs a blueprint";
    case "awaiting_configuration":
      return "declarative management begins after Setup Assistant";
    case "declarations_os":
      return `declarative management needs ${reason.platform} ${reason.minimum}, not ${orUnknown(reason.osVersion)}`;
  }
}

function orUnknown(osVersion: string): string {
  return osVersion === "" ? "unknown" : osVersion;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
