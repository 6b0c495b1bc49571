/** What became of one notification, as the caller needs to know it. */

/** What APNs answered to one request. */
export type ApnsAnswer = {
  readonly status: number;
  /** Apple's word, such as `BadDeviceToken`; empty when the answer had none. */
  readonly reason: string;
  /** Only with 410: since when the token is no longer valid. */
  readonly timestamp: Date | null;
  readonly retryAfterSeconds: number | null;
};

/**
 * The end of one notification.
 *
 * `token_rejected`: the token is of no further use until the device reports another one. `rejected`: the request or
 * the certificate is at fault, and repeating it soon cannot help. `retry_later`: nobody's fault that lasts.
 */
export type PushOutcome =
  | { readonly kind: "sent" }
  | { readonly kind: "token_rejected"; readonly reason: string; readonly timestamp: Date | null }
  | { readonly kind: "rejected"; readonly status: number; readonly reason: string }
  | { readonly kind: "retry_later"; readonly reason: string; readonly retryAfterSeconds: number | null };

/** Longest answer read; Apple's are below 100 bytes. */
export const answerBytesMax = 4_096;
/** Longest reason kept, in characters: it ends up in a column and on screens. */
export const reasonCharactersMax = 100;
/** Longest pause that APNs may ask for; beyond it the caller decides itself. */
export const retryAfterSecondsMax = 3_600;

/** Reasons of status 400 that speak of the token and not of the request. */
const tokenReasons: ReadonlySet<string> = new Set(["BadDeviceToken", "DeviceTokenNotForTopic"]);

/**
 * Reads status, headers and body of an answer. A body that is not Apple's JSON leaves the reason empty.
 *
 * @see https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function decodeAnswer(input: {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}): ApnsAnswer {
  const { reason, timestamp } = decodeBody(input.body);
  const seconds = /^\d{1,9}$/.test(input.retryAfter ?? "") ? Number(input.retryAfter) : null;
  return {
    status: input.status,
    reason: typeof reason === "string" ? reason.slice(0, reasonCharactersMax) : "",
    timestamp: decodeTimestamp(timestamp),
    retryAfterSeconds: seconds === null ? null : Math.min(seconds, retryAfterSecondsMax),
  };
}

function decodeBody(body: Buffer): { readonly reason?: unknown; readonly timestamp?: unknown } {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // A proxy's page or a cut answer; the status says enough.
    return {};
  }
}

function decodeTimestamp(value: unknown): Date | null {
  if (typeof value !== "number") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Sorts an answer; the table of Apple's page above, and specification section 6.1 for what is tried again. */
export function outcomeOf(answer: ApnsAnswer): PushOutcome {
  const { status, reason, timestamp, retryAfterSeconds } = answer;
  if (status === 200) return { kind: "sent" };
  if (status === 410) return { kind: "token_rejected", reason: reason || "Unregistered", timestamp };
  if (status === 400 && tokenReasons.has(reason)) return { kind: "token_rejected", reason, timestamp };
  if (status === 429 || status >= 500) {
    return { kind: "retry_later", reason: reason || `status_${status}`, retryAfterSeconds };
  }
  return { kind: "rejected", status, reason: reason || `status_${status}` };
}
