/** The operators' door to the secrets of a device (http-api 2.26): each needs a right of its own. */
import { Type } from "typebox";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { type DeviceSecretDeps, revealDeviceLockPin } from "./device-secret-operations.ts";

const DeviceLockPinView = Type.Object({
  id: Type.Integer(),
  serial_number: Type.String(),
  device_lock_pin: Type.Union([Type.String(), Type.Null()]),
});

/** Reading writes an event, so these are write endpoints. */
export const deviceSecretEndpoints: readonly Endpoint<DeviceSecretDeps>[] = [
  writeEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/device_lock_pin/",
    operationId: "findDeviceLockPin",
    view: "enrolled_device_device_lock_pin",
    access: "mdm.view_device_lock_pin",
    summary: "The PIN that unlocks a locked Mac",
    description: "Null when the device is not locked with a PIN. Each reading of a PIN is an event.",
    response: { status: 200, schema: DeviceLockPinView },
    handle: async (deps, op, { params }) => {
      const { id, serialNumber, pin } = await revealDeviceLockPin(op, deps, params.id);
      return { id, serial_number: serialNumber, device_lock_pin: pin?.reveal() ?? null };
    },
  }),
];
