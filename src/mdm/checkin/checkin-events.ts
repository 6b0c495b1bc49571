/** The events of the check-in and connect URLs (protocol specification 10): `mdm_request`, one for every request. */
import type { DomainEvent } from "#platform/events/event.ts";
import type { KnownSession } from "./device-authentication.ts";

/** The members an `mdm_request` event may have beside its session; a member not listed here cannot be told. */
export type MdmRequestFacts = {
  readonly status: "success" | "warning" | "failure";
  readonly viewName: "checkin" | "connect";
  readonly reason?: string;
  readonly messageType?: string;
  readonly topic?: string;
  readonly udid?: string | null;
  readonly userId?: string | null;
  readonly pushCertificate?: { readonly pk: number; readonly topic: string };
  readonly newEnrolledDevice?: boolean;
  readonly reenrollment?: boolean;
  readonly tokenType?: "device" | "user";
  readonly deviceCreated?: boolean;
  readonly userCreated?: boolean;
  readonly awaitingConfiguration?: boolean | null;
  readonly endpoint?: string;
  readonly data?: unknown;
  readonly declarationType?: string;
  readonly declarationIdentifier?: string;
  readonly tokenServiceType?: string;
  readonly commandUuid?: string | null;
  /** What our list of commands calls it, as its own device reported on it. */
  readonly commandName?: string;
  readonly requestStatus?: string;
};

/** Members of the wire, in the specification's order. */
const wireNames: Readonly<Record<Exclude<keyof MdmRequestFacts, "status" | "viewName">, string>> = {
  reason: "reason",
  messageType: "message_type",
  topic: "topic",
  udid: "udid",
  userId: "user_id",
  pushCertificate: "push_certificate",
  newEnrolledDevice: "new_enrolled_device",
  reenrollment: "reenrollment",
  tokenType: "token_type",
  deviceCreated: "device_created",
  userCreated: "user_created",
  awaitingConfiguration: "awaiting_configuration",
  endpoint: "endpoint",
  data: "data",
  declarationType: "declaration_type",
  declarationIdentifier: "declaration_identifier",
  tokenServiceType: "token_service_type",
  commandUuid: "command_uuid",
  commandName: "command_name",
  requestStatus: "request_status",
};

/** What happened at one request of a device. */
export function mdmRequest(
  facts: MdmRequestFacts,
  { session, serialNumber }: { readonly session: KnownSession | null; readonly serialNumber: string | null },
): DomainEvent {
  const payload: Record<string, unknown> = { status: facts.status, view_name: facts.viewName };
  for (const [member, name] of Object.entries(wireNames)) {
    const value = facts[member as keyof MdmRequestFacts];
    if (value !== undefined) payload[name] = value;
  }
  if (session !== null) Object.assign(payload, sessionFields(session));
  return {
    type: "mdm_request",
    tags: ["mdm", "heartbeat"],
    serialNumber,
    objects: session === null ? {} : { mdm_ota_enrollment: [String(session.otaEnrollmentId)] },
    payload,
  };
}

/** A session as events tell it (spec 0.6); a renewal reports its enrollment under the original key. */
function sessionFields(session: KnownSession): Readonly<Record<string, unknown>> {
  return {
    enrollment_session: { pk: session.id, type: session.kind, status: session.status },
    ota_enrollment: { pk: session.otaEnrollmentId, name: session.otaEnrollmentName },
  };
}
