// Which software update enforcement a device is told of, and its payload (desired-state specification 4.11).
// The manifest has it, and the door serves it. Building it never fails: where none can be built, there is none.
// The latest mode needs Apple's feed of software updates; without a feed it has its reason and no declaration.
export type EnforcementPayload = {
  readonly TargetOSVersion: string;
  /** Device wall clock, `2026-03-01T09:30:00`. */
  readonly TargetLocalDateTime: string;
  readonly TargetBuildVersion?: string;
  readonly DetailsURL?: string;
};

export type Enforcement = {
  readonly enforcementId: number;
  readonly identifier: string;
  readonly serverToken: string;
  readonly payload: EnforcementPayload;
};

/** Why a target is told of no enforcement. */
export type NoEnforcement =
  | { readonly kind: "user_channel" }
  /** The device has not said that it can. */
  | { readonly kind: "not_supported" }
  /** No enforcement of the blueprint is for this device. */
  | { readonly kind: "none_applies" }
  /** The one chosen misses what its mode needs. */
  | { readonly kind: "incomplete"; readonly enforcementId: number }
  /** Latest mode, and no feed to tell what the latest is. */
  | { readonly kind: "no_feed"; readonly enforcementId: number };
