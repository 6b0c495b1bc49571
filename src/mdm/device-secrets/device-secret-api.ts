/** The operators' door to the secrets of a device (http-api 2.26): each needs a right of its own. */
import { type Static, Type } from "typebox";
import { readStoredLocation, revealReasonCharactersMax } from "./device-secret.ts";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import type { Secret } from "#platform/secret.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import {
  type AskedSecret,
  type DeviceSecretDeps,
  revealActivationLockBypassCode,
  revealDeviceLocation,
  revealDeviceLockPin,
} from "./device-secret-operations.ts";

const DeviceLockPinView = Type.Object({
  id: Type.Integer(),
  serial_number: Type.String(),
  device_lock_pin: Type.Union([Type.String(), Type.Null()]),
});

const BypassCodeView = Type.Object({
  id: Type.Integer(),
  serial_number: Type.String(),
  activation_lock_bypass_code: nullable(Type.String()),
});

const metres = nullable(Type.Number({ description: "Negative when the device does not know" }));
const LocationView = Type.Object({
  id: Type.Integer(),
  serial_number: Type.String(),
  location: nullable(
    Type.Object({
      latitude: Type.Number(),
      longitude: Type.Number(),
      horizontal_accuracy: metres,
      vertical_accuracy: metres,
      altitude: metres,
      speed: metres,
      course: metres,
      located_at: nullable(timestamp({ description: "By the clock of the device" })),
      reported_at: timestamp(),
      command: Type.String({ format: "uuid" }),
    }),
  ),
});

const RevealQuery = Type.Object({
  reason: Type.Optional(
    Type.String({
      maxLength: revealReasonCharactersMax,
      description: "Why the secret is read, in the words of who reads it; the event keeps it",
    }),
  ),
});

function askedOf(id: number, { reason = "" }: Static<typeof RevealQuery>): AskedSecret {
  const words = reason.trim();
  return { deviceId: id, reason: words === "" ? null : words };
}

/** Reading writes an event, so these are write endpoints. */
export const deviceSecretEndpoints: readonly Endpoint<DeviceSecretDeps>[] = [
  writeEndpoint<DeviceSecretDeps, typeof RevealQuery>({
    method: "GET",
    path: "/api/mdm/devices/:id/device_lock_pin/",
    operationId: "findDeviceLockPin",
    view: "enrolled_device_device_lock_pin",
    access: "mdm.view_device_lock_pin",
    summary: "The PIN that unlocks a locked Mac",
    description: "Null when the device is not locked with a PIN. Each reading of a PIN is an event.",
    query: RevealQuery,
    response: { status: 200, schema: DeviceLockPinView },
    handle: async (deps, op, { params, query }) => {
      const { id, serialNumber, secret } = await revealDeviceLockPin(op, deps, askedOf(params.id, query));
      return { id, serial_number: serialNumber, device_lock_pin: secret?.reveal() ?? null };
    },
  }),
  writeEndpoint<DeviceSecretDeps, typeof RevealQuery>({
    method: "GET",
    path: "/api/mdm/devices/:id/activation_lock_bypass_code/",
    operationId: "findActivationLockBypassCode",
    view: "enrolled_device_activation_lock_bypass_code",
    access: "mdm.view_activation_lock_bypass_code",
    summary: "The code that opens the Activation Lock of a device",
    description: "Null when the device never handed one over. Each reading of a code is an event.",
    query: RevealQuery,
    response: { status: 200, schema: BypassCodeView },
    handle: async (deps, op, { params, query }) => {
      const { id, serialNumber, secret } = await revealActivationLockBypassCode(
        op,
        deps,
        askedOf(params.id, query),
      );
      return { id, serial_number: serialNumber, activation_lock_bypass_code: secret?.reveal() ?? null };
    },
  }),
  writeEndpoint<DeviceSecretDeps, typeof RevealQuery>({
    method: "GET",
    path: "/api/mdm/devices/:id/location/",
    operationId: "findDeviceLocation",
    view: "enrolled_device_location",
    access: "mdm.view_device_location",
    summary: "Where a device in lost mode last was",
    description: "Null when it was never located in this enrollment. Each reading of a place is an event.",
    query: RevealQuery,
    response: { status: 200, schema: LocationView },
    handle: async (deps, op, { params, query }) => {
      const { id, serialNumber, secret } = await revealDeviceLocation(op, deps, askedOf(params.id, query));
      return { id, serial_number: serialNumber, location: secret === null ? null : viewLocation(secret) };
    },
  }),
];

function viewLocation(secret: Secret<string>): Record<string, unknown> {
  const location = readStoredLocation(secret);
  return {
    latitude: location.latitude,
    longitude: location.longitude,
    horizontal_accuracy: location.horizontalAccuracy,
    vertical_accuracy: location.verticalAccuracy,
    altitude: location.altitude,
    speed: location.speed,
    course: location.course,
    located_at: wireTime(location.locatedAt),
    reported_at: wireTime(location.reportedAt),
    command: location.commandUuid,
  };
}
