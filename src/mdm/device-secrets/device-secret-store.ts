/** The sealed columns of `devices`, and nothing else of that table. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { identifier, sql } from "#platform/db/sql.ts";
import { type DeviceSecretName, deviceSecretColumns } from "./device-secret.ts";

export type SealedDeviceSecret = {
  readonly udid: string;
  readonly serialNumber: string;
  readonly sealed: Buffer | null;
};

export function findSealedSecret(
  reader: Reader,
  deviceId: number,
  name: DeviceSecretName,
): Promise<SealedDeviceSecret | null> {
  return reader.maybe(sql`
    select udid, serial_number, ${identifier(deviceSecretColumns[name])} as sealed
      from devices where id = ${deviceId}`);
}

/** Writes or, with null, empties a sealed column. */
export async function updateSealedSecret(
  tx: Tx,
  deviceId: number,
  {
    name,
    sealed,
    at,
  }: { readonly name: DeviceSecretName; readonly sealed: Buffer | null; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update devices set ${identifier(deviceSecretColumns[name])} = ${sealed}, updated_at = ${at}
     where id = ${deviceId}`);
}
