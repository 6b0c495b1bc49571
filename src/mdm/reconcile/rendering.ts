// What a device is sent of an artifact version, made for one target at the moment it asks.
// Commands and declarations are rendered when they are handed out; nothing of it is stored.
// Nothing is ever sent in part: what cannot be made whole is a failure, told with the artifact's state.
import type { Operation, ReadOperation } from "#platform/operation.ts";
import type { Refusal } from "#platform/errors.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Target } from "#mdm/devices/device.ts";
import type {
  FetchedChallenge,
  ScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import type { Declaration } from "#protocol/ddm/declaration-json.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";

/** Why a version cannot be made for a target. It is the `extra_info` of the target's artifact as it stands. */
export type RenderFailure = {
  readonly reason: RenderFailureReason;
  /** The variables that this target has no value for, as they are written. */
  readonly variables?: readonly string[];
};

export type RenderFailureReason =
  | "variables_unavailable"
  | "payload_missing"
  | "payload_unwritable"
  | "not_delivered_by_command"
  | "certificate_issuer_incompatible"
  | "scep_payloads_too_many"
  | "target_without_session";

/** Challenges that must be fetched before something can be made, by the place they are for. */
export type ChallengeOrders = ReadonlyMap<string, ScepChallengeOrder>;
export type FetchedChallenges = ReadonlyMap<string, FetchedChallenge>;

export type ArtifactCommandRequest = {
  readonly target: Target;
  readonly versionId: ArtifactVersionId;
  readonly operation: "INSTALLATION" | "REMOVAL";
  /** Of the command: an enterprise app is downloaded under it. */
  readonly commandUuid: string;
  /** What came of the orders that an earlier call answered with. */
  readonly fetched?: FetchedChallenges;
};

/** The `Command` dictionary, RequestType included; or why there is none; or what to fetch first, outside the transaction. */
export type RenderedCommand =
  | { readonly command: PlistWritableDictionary }
  | { readonly failed: RenderFailure }
  | { readonly orders: ChallengeOrders };

export type DeclarationRequest = {
  readonly target: Target;
  /** As the device asked for it; it is answered verbatim. */
  readonly identifier: string;
  readonly versionId: ArtifactVersionId;
  readonly serverToken: string;
};

/** `failed` is set when it is the state of the target's artifact, to be recorded; the refusal is for the device. */
export type RenderedDeclaration =
  | { readonly declaration: Declaration }
  | { readonly refusal: Refusal; readonly failed: RenderFailure | null };

/** What is known of the person a device belongs to; from the login of the enrollment. */
export type RealmUser = {
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly fullName: string;
  readonly customAttr1: string;
  readonly customAttr2: string;
};

/** Makes the command that installs or removes a version: `renderArtifactCommand` with its dependencies closed. */
export type RenderArtifactCommand = (
  op: Operation,
  request: ArtifactCommandRequest,
) => Promise<RenderedCommand>;

/** Makes an artifact-backed declaration: `renderDeclaration` with its dependencies closed. */
export type RenderDeclaration = (
  op: Pick<ReadOperation, "tx" | "at">,
  request: DeclarationRequest,
) => Promise<RenderedDeclaration>;
