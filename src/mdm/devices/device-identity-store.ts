/** Rows of `device_identities`: which certificate is whose, and which one counts. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { DeviceId } from "./device.ts";

/** A certificate a device proved itself with. At most one of a device is `pinned`. */
export type DeviceIdentity = {
  /** SHA-256 of the DER certificate. */
  readonly fingerprint: Buffer;
  readonly deviceId: DeviceId;
  readonly enrollmentSessionId: number;
  readonly state: "pinned" | "replaced";
  readonly notAfter: Date | null;
  readonly pinnedAt: Date;
  readonly replacedAt: Date | null;
};

export function findIdentity(reader: Reader, fingerprint: Uint8Array): Promise<DeviceIdentity | null> {
  return reader.maybe(sql`
    select fingerprint, device_id, enrollment_session_id, state, not_after, pinned_at, replaced_at
      from device_identities where fingerprint = ${Buffer.from(fingerprint)}`);
}

export type NewIdentity = Pick<
  DeviceIdentity,
  "fingerprint" | "deviceId" | "enrollmentSessionId" | "notAfter" | "pinnedAt"
>;

/** Pins a certificate in place of the pinned one; false when the certificate is known already. Device row locked. */
export async function insertIdentity(tx: Tx, identity: NewIdentity): Promise<boolean> {
  const { fingerprint, deviceId, enrollmentSessionId, notAfter, pinnedAt } = identity;
  if ((await findIdentity(tx, fingerprint)) !== null) return false;
  await tx.run(sql`
    update device_identities set state = 'replaced', replaced_at = ${pinnedAt}
     where device_id = ${deviceId} and state = 'pinned'`);
  const inserted = await tx.run(sql`
    insert into device_identities (fingerprint, device_id, enrollment_session_id, state, not_after, pinned_at)
    values (${fingerprint}, ${deviceId}, ${enrollmentSessionId}, 'pinned', ${notAfter}, ${pinnedAt})
    on conflict (fingerprint) do nothing`);
  return inserted === 1;
}
