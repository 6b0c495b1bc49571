/**
 * Refusals of messages that do not decode, in the words of the wire: 400 with a named reason, never 500, and never
 * taken for an empty dictionary (decisions, "Malformed bodies").
 */
import { CheckinError } from "#protocol/mdm/checkin.ts";
import { ConnectError } from "#protocol/mdm/connect.ts";
import { PlistError } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";

/** Reasons that the reference's events spell in their own way (spec 1.1, 1.7). */
const wireReasons: Readonly<Record<string, string>> = {
  checkin_message_type_unknown: "unknown message type",
  checkin_message_type_missing: "unknown message type",
  connect_status_missing: "missing request status",
  connect_status_unknown: "unknown request status",
};

/**
 * The refusal of a body that a decoder refused.
 *
 * @throws The error itself when it is not a decoder's.
 */
export function refuseMessage(error: unknown): Refusal {
  if (error instanceof CheckinError || error instanceof ConnectError) {
    const detail = wireReasons[error.code] ?? `malformed message: ${error.field}`;
    return { kind: "invalid", code: error.code, detail };
  }
  if (error instanceof PlistError) {
    return { kind: "invalid", code: error.code, detail: "malformed property list" };
  }
  throw error;
}
