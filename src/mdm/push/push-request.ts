/**
 * Push requests: that a device or a user channel shall be woken, one row a target however many reasons there are.
 * Any operation asks for them in its own transaction; the push sender takes them.
 * They never say why: a push carries no content, the device connects and is told.
 */

/** 10 for what an operator asked on a device, 5 for waves (decisions, "Push priority"). */
export type PushPriority = 5 | 10;

/** Whom to wake: the device, or one user channel of it. */
export type PushTarget = { readonly deviceId: number; readonly userId: number | null };

export type PushRequestOptions = {
  readonly priority: PushPriority;
  /** How long Apple keeps the push for a device that is offline. */
  readonly expirationSeconds: number;
  /** Not sent earlier; requests of one target are merged into the earliest. */
  readonly notBefore: Date;
  readonly at: Date;
};

/** How long Apple keeps a push that an operator or a change asked for (specification section 6.2). */
export const pushExpirationSeconds = 3_600;
/** `connect.retry_delay`: how long Apple keeps a push of the sweep, and when the sweep repeats an unheard one. */
export const sweepExpirationSeconds = 86_400;
/** `max_command_waiting_time`: how long a due command waits before the sweep asks for a push of its own. */
export const commandWaitingSecondsMax = 30;
/** A device that connected and left a command behind is not woken for it again more often than this. */
export const sweepRepeatSeconds = 300;
/** Most targets that one sweep asks for; the next one goes on. */
export const sweepTargetsMax = 1_000;

/** `connect.default_period`: a device silent for this long is woken. */
export const heartbeatSeconds = 14_400;
/** Each device's own part of this is added, by a hash of its id: a fleet that enrolled together does not wake together. */
export const heartbeatJitterSeconds = 900;
/** `connect.enroll_retry_delay`: a device that never connected is woken again after this time. */
export const enrollRetrySeconds = 30;
/** Most devices one run of the heartbeat asks for; the next one goes on. */
export const heartbeatDevicesMax = 1_000;

/** `visibility_timeout`: after a crash, a claimed request is free again this much later. */
export const claimSeconds = 120;
/** Most requests claimed at once. */
export const claimCountMax = 500;
/** First pause after a failed push; it doubles with each further one. */
export const retrySecondsMin = 5;
/** Longest pause: a service that is back again is used within this time. */
export const retrySecondsMax = 300;
/** Most tries of one request, an hour and a half in all; then it is given up and says so in an event. */
export const attemptsMax = 24;
/** Pause after a refusal that a repetition cannot mend (a revoked certificate); a new request cuts it short. */
export const rejectedPauseSeconds = 3_600;

/** How eagerly targets are woken, as operators may configure it. */
export type WakePacing = {
  /** As {@link commandWaitingSecondsMax}. */
  readonly commandWaitingSecondsMax: number;
  /** As {@link heartbeatSeconds}. */
  readonly connectPeriodSeconds: number;
  /** As {@link sweepExpirationSeconds}. */
  readonly connectRetrySeconds: number;
  /** As {@link enrollRetrySeconds}. */
  readonly enrollRetrySeconds: number;
  /** As {@link claimSeconds}. */
  readonly claimSeconds: number;
  /** As {@link claimCountMax}, which it never exceeds. */
  readonly batchSize: number;
};

/** The pacing of a server that nobody told anything. */
export const wakePacingDefault: WakePacing = {
  commandWaitingSecondsMax,
  connectPeriodSeconds: heartbeatSeconds,
  connectRetrySeconds: sweepExpirationSeconds,
  enrollRetrySeconds,
  claimSeconds,
  batchSize: claimCountMax,
};

type ConfiguredPacing = { readonly [Name in keyof WakePacing]: number | null };

/** The pacing of a configuration, in which null stands for our own choice. */
export function wakePacing(configured: ConfiguredPacing): WakePacing {
  const own = wakePacingDefault;
  return {
    commandWaitingSecondsMax: configured.commandWaitingSecondsMax ?? own.commandWaitingSecondsMax,
    connectPeriodSeconds: configured.connectPeriodSeconds ?? own.connectPeriodSeconds,
    connectRetrySeconds: configured.connectRetrySeconds ?? own.connectRetrySeconds,
    enrollRetrySeconds: configured.enrollRetrySeconds ?? own.enrollRetrySeconds,
    claimSeconds: configured.claimSeconds ?? own.claimSeconds,
    batchSize: Math.min(configured.batchSize ?? own.batchSize, own.batchSize),
  };
}

/** The longest part of a target's own that is added to a period: {@link heartbeatJitterSeconds} of the usual one. */
export function jitterSeconds({ connectPeriodSeconds }: WakePacing): number {
  return Math.ceil((connectPeriodSeconds * heartbeatJitterSeconds) / heartbeatSeconds);
}

/** What must be known of a target to wake it. The token is that of the user on a user channel. */
export type PokeFacts = {
  readonly checkoutAt: Date | null;
  readonly token: Buffer | null;
  readonly tokenRejectedAt: Date | null;
  /** Always that of the device (specification section 6.1). */
  readonly pushMagic: string | null;
  readonly topic: string | null;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
};

export type PokeObstacle =
  | "checked_out"
  | "token_missing"
  | "token_rejected"
  | "push_magic_missing"
  | "push_certificate_missing"
  | "push_certificate_not_valid_yet"
  | "push_certificate_expired";

/** Why a target cannot be woken, or null when it can (specification section 6.1, "Pokable"). Blocked ones can. */
export function findPokeObstacle(facts: PokeFacts, at: Date): PokeObstacle | null {
  if (facts.checkoutAt !== null) return "checked_out";
  if (facts.token === null || facts.token.length === 0) return "token_missing";
  if (facts.tokenRejectedAt !== null) return "token_rejected";
  if (!facts.pushMagic) return "push_magic_missing";
  if (facts.topic === null || facts.notBefore === null || facts.notAfter === null) {
    return "push_certificate_missing";
  }
  if (at < facts.notBefore) return "push_certificate_not_valid_yet";
  return at < facts.notAfter ? null : "push_certificate_expired";
}

/**
 * The pause after a failed push.
 *
 * @param attemptCount Failed tries before this one.
 * @param retryAfterSeconds What Apple asked for, when it did.
 */
export function retrySeconds(attemptCount: number, retryAfterSeconds: number | null): number {
  const own = Math.min(retrySecondsMin * 2 ** Math.min(attemptCount, 20), retrySecondsMax);
  return Math.max(own, retryAfterSeconds ?? 0);
}
