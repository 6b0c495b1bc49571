/** The operators' door to the enrollments of a device: each began with a session. */
import { Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, foreignId, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { type DeviceSession, listDeviceSessions } from "#mdm/enrollments/enrollment-session-operations.ts";
import { sessionKinds, sessionStatuses } from "#mdm/enrollments/enrollment-session.ts";
import { type Device, deviceUnknown } from "./device.ts";
import { findDevice } from "./device-store.ts";

const DeviceSessionView = Type.Object({
  id: Type.Integer(),
  kind: choice(sessionKinds, {
    description: "Automated, over the air, account-driven, and the renewal of one of them",
  }),
  status: choice([...new Set(sessionKinds.flatMap((kind) => sessionStatuses[kind]))]),
  is_current: Type.Boolean({ description: "The device is enrolled by this session now" }),
  ota_enrollment: Type.Object({ pk: foreignId(), name: Type.String() }),
  renews: nullable(Type.Integer({ description: "The session that this one renewed" })),
  first_enrolled_at: nullable(
    timestamp({ description: "Of a renewal: when the device enrolled for the first time" }),
  ),
  certificate: nullable(
    Type.Object(
      {
        serial_number: nullable(
          Type.String({ description: "Hexadecimal; null for one that another authority issued" }),
        ),
        not_before: nullable(timestamp()),
        not_after: nullable(timestamp()),
      },
      { description: "The newest certificate of the session" },
    ),
  ),
  created_at: timestamp(),
  updated_at: timestamp(),
});

export const deviceSessionEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/sessions/",
    operationId: "listDeviceSessions",
    view: "enrolled_device_sessions",
    access: "mdm.view_enrolleddevice",
    summary: "The enrollment sessions of a device, the newest first",
    response: { status: 200, schema: DeviceSessionView },
    list: "envelope",
    handle: async (_, op, { params, page }) => {
      const device = await findDevice(op.tx, params.id);
      if (device === null) throw new OperationRefused(deviceUnknown());
      const { count, rows } = await listDeviceSessions(op.tx, device.id, page);
      return { count, rows: rows.map((session) => viewSession(device, session)) };
    },
  }),
];

function viewSession(device: Device, session: DeviceSession): Record<string, unknown> {
  const isCurrent = device.sessionId === session.id;
  return {
    id: session.id,
    kind: session.kind,
    status: session.status,
    is_current: isCurrent,
    ota_enrollment: { pk: session.otaEnrollmentId, name: session.enrollmentName },
    renews: session.renewsSessionId,
    first_enrolled_at: wireTime(session.firstEnrolledAt),
    certificate: viewCertificate(session, isCurrent ? device.certNotValidAfter : null),
    created_at: wireTime(session.createdAt),
    updated_at: wireTime(session.updatedAt),
  };
}

/** What our authority issued, else what the device showed. */
function viewCertificate({ certificate }: DeviceSession, shownUntil: Date | null) {
  if (certificate === null) {
    if (shownUntil === null) return null;
    return { serial_number: null, not_before: null, not_after: wireTime(shownUntil) };
  }
  return {
    serial_number: certificate.serialNumber.toString("hex"),
    not_before: wireTime(certificate.notBefore),
    not_after: wireTime(certificate.notAfter),
  };
}
