// One command for many devices: a request that is stored and answered at once, and carried out in batches by jobs.
// Every device is judged for itself when its batch runs; what it refuses is its result, the others get theirs.
// A batch and the place it reached are one transaction, so a crash repeats nothing and leaves nothing out.
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";
import type { Device } from "#mdm/devices/device.ts";
import type { DeviceFilter } from "#mdm/devices/device-list.ts";
import type { CommandArguments, CommandName } from "./command.ts";

export type BulkCommandId = Uuid<"BulkCommand">;

/** Devices of one batch, which is one transaction. */
export const bulkBatchDevicesMax = 1_000;
/** Most devices that one request may name. */
export const bulkDevicesMax = 100_000;
/** Most devices that one request may reach by what they are. */
export const bulkMatchedMax = 1_000_000;
/** Pushes of a bulk command are spread over this time, unless told otherwise, by a hash of the device. */
export const bulkSpreadSecondsDefault = 60;
export const bulkSpreadSecondsMax = 24 * 3600;

/** Which devices: those that every member given has. Never empty. */
export type BulkSelection = {
  readonly devices?: readonly number[];
  readonly serial_numbers?: readonly string[];
  readonly udids?: readonly string[];
  /** Ids of tags; a machine that has any of them counts. */
  readonly tags?: readonly number[];
  readonly platforms?: readonly string[];
  readonly blueprint?: number;
  readonly matching?: MatchingDevices;
};

/** All devices that a list with this filter shows: as the caller said it, and as it was read. */
export type MatchingDevices = {
  readonly asked: Readonly<Record<string, unknown>>;
  readonly filter: DeviceFilter;
};

/** A selection as events show it. */
export function describeSelection({ matching, ...named }: BulkSelection): Readonly<Record<string, unknown>> {
  return matching === undefined ? named : { ...named, matching: matching.asked };
}

/** A stored request. */
export type BulkCommand = {
  readonly id: BulkCommandId;
  readonly name: CommandName;
  readonly arguments: CommandArguments;
  readonly secretsSealed: Buffer | null;
  readonly selection: BulkSelection;
  readonly notBefore: Date | null;
  readonly expiresAt: Date | null;
  readonly supersedeKey: string | null;
  readonly spreadSeconds: number;
  /** Each device gets what its kind generates for it. */
  readonly generatesSecrets: boolean;
  /** When there are more, none of them gets anything. */
  readonly devicesMax: number;
  /** Null: who they are was not found out yet. */
  readonly deviceCount: number | null;
  /** Why no device got anything. */
  readonly refusal: string | null;
  readonly cursorId: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

/** What became of the command of one device. `removed`: it went with an enrollment, or its history has ended. */
export const bulkResults = [
  "queued",
  "sent",
  "not_now",
  "parked",
  "acknowledged",
  "error",
  "command_format_error",
  "expired",
  "superseded",
  "cancelled",
  "refused",
  "removed",
] as const;

export type BulkResult = (typeof bulkResults)[number];

/** One device of a bulk command. */
export type BulkTarget = {
  readonly deviceId: number;
  readonly udid: string;
  readonly serialNumber: string;
  readonly commandUuid: string | null;
  readonly refusal: string | null;
  readonly status: BulkResult;
};

/** Refuses a request that names no devices. */
export function refuseSelection(selection: BulkSelection): Refusal | null {
  if (Object.values(selection).some((member) => member !== undefined)) return null;
  return {
    kind: "invalid",
    code: "selection_empty",
    detail: "Name devices, or a filter with at least one member.",
  };
}

/** The refusal to generate what the kind has none of. */
export function generationUnknown(name: CommandName): Refusal {
  const detail = `Nothing is generated for ${name}.`;
  return { kind: "invalid", code: "generation_unknown", field: "generate_secrets", detail };
}

/** Why a selection that grew beyond what was confirmed reaches nobody; null when it did not. */
export function describeExcess(found: number, devicesMax: number): string | null {
  return found <= devicesMax
    ? null
    : `${found} devices match, more than ${devicesMax}: none got the command.`;
}

/** Refuses devices that are not there to take anything. */
export function refuseAbsent(device: Device): Refusal | null {
  if (device.blockedAt !== null) return absent("device_blocked", "The device is blocked.");
  return device.checkoutAt === null ? null : absent("device_checked_out", "The device has left management.");
}

function absent(code: string, detail: string): Refusal {
  return { kind: "conflict", code, detail };
}

/** The refusal of an id that names none. */
export function bulkCommandUnknown(): Refusal {
  return {
    kind: "not_found",
    code: "bulk_command_unknown",
    detail: "No BulkCommand matches the given query.",
  };
}
