/** What Apple's push service demands of a request, in its order and with its words. */
import type { IncomingHttpHeaders } from "node:http2";

/** An answer other than 200. `timestamp` only goes with 410. */
export type PushRefusal = {
  readonly status: number;
  readonly reason: string;
  readonly timestamp?: Date;
  readonly retryAfterSeconds?: number;
};

export type PushRequest = {
  readonly tokenHex: string;
  readonly topic: string;
  readonly pushMagic: string;
  readonly priority: number;
  readonly expiresAt: Date;
};

/** Apple's limit for every kind of notification but VoIP. */
export const payloadBytesMax = 4_096;

/**
 * Checks one request.
 *
 * @param certificateTopic The UID of the client certificate's subject: the only topic it may use.
 * @see https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function readPushRequest(
  headers: IncomingHttpHeaders,
  body: Buffer,
  certificateTopic: string | null,
): PushRequest | PushRefusal {
  const [, tokenHex] = /^\/3\/device\/([0-9a-zA-Z]*)$/.exec(headers[":path"] ?? "") ?? [];
  if (headers[":method"] !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  if (tokenHex === undefined) return { status: 404, reason: "BadPath" };
  return (
    refuseHeaders(headers, tokenHex) ??
    refuseTopic(headers["apns-topic"], certificateTopic) ??
    readBody(headers, body, tokenHex)
  );
}

function refuseHeaders(headers: IncomingHttpHeaders, tokenHex: string): PushRefusal | null {
  if (tokenHex === "") return { status: 400, reason: "MissingDeviceToken" };
  if (!/^(?:[0-9a-f]{2}){32,100}$/.test(tokenHex)) return { status: 400, reason: "BadDeviceToken" };
  if (headers["apns-push-type"] !== "mdm") return { status: 400, reason: "InvalidPushType" };
  if (!/^(?:1|5|10)$/.test(String(headers["apns-priority"]))) return { status: 400, reason: "BadPriority" };
  if (!/^\d{1,12}$/.test(String(headers["apns-expiration"]))) {
    return { status: 400, reason: "BadExpirationDate" };
  }
  return null;
}

function refuseTopic(
  topic: string | string[] | undefined,
  certificateTopic: string | null,
): PushRefusal | null {
  if (topic === undefined) return { status: 400, reason: "MissingTopic" };
  if (certificateTopic === null) return { status: 403, reason: "BadCertificate" };
  return topic === certificateTopic ? null : { status: 400, reason: "TopicDisallowed" };
}

function readBody(headers: IncomingHttpHeaders, body: Buffer, tokenHex: string): PushRequest | PushRefusal {
  if (body.length === 0) return { status: 400, reason: "PayloadEmpty" };
  if (body.length > payloadBytesMax) return { status: 413, reason: "PayloadTooLarge" };
  const pushMagic = readPushMagic(body);
  if (pushMagic === null) return { status: 400, reason: "BadMessageId" };
  return {
    tokenHex,
    topic: String(headers["apns-topic"]),
    pushMagic,
    priority: Number(headers["apns-priority"]),
    expiresAt: new Date(Number(headers["apns-expiration"]) * 1000),
  };
}

/** An MDM notification says `{"mdm": "<push magic>"}` and nothing else. */
function readPushMagic(body: Buffer): string | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value !== "object" || value === null || !("mdm" in value)) return null;
    return typeof value.mdm === "string" && value.mdm !== "" && Object.keys(value).length === 1
      ? value.mdm
      : null;
  } catch {
    // Not JSON: the same refusal.
    return null;
  }
}
