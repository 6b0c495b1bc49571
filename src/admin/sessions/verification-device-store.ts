/** Rows of verification devices. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Passkey, TotpDevice, VerificationDevice, VerificationDeviceId } from "./verification-device.ts";

const columns = sql`id, account_id, kind, name, created_at, confirmed_at, last_used_at`;

/** An account's devices that count, the oldest first. */
export async function listVerificationDevices(
  reader: Reader,
  accountId: number,
): Promise<VerificationDevice[]> {
  return reader.many(sql`
    select ${columns} from verification_devices
     where account_id = ${accountId} and confirmed_at is not null order by created_at, id`);
}

export async function listPasskeys(reader: Reader, accountId: number): Promise<Passkey[]> {
  return reader.many(sql`
    select ${columns}, credential_id, public_key, sign_count, transports from verification_devices
     where account_id = ${accountId} and kind = 'webauthn' order by created_at, id`);
}

/** The devices of codes that a login may use. */
export async function listTotpDevices(reader: Reader, accountId: number): Promise<TotpDevice[]> {
  return reader.many(sql`
    select ${columns}, sealed_secret from verification_devices
     where account_id = ${accountId} and kind = 'totp' and confirmed_at is not null order by created_at, id`);
}

/** A device of codes that waits to be confirmed. */
export async function findUnconfirmedTotp(
  reader: Reader,
  accountId: number,
  id: VerificationDeviceId,
): Promise<TotpDevice | null> {
  return reader.maybe(sql`
    select ${columns}, sealed_secret from verification_devices
     where account_id = ${accountId} and id = ${id} and kind = 'totp' and confirmed_at is null`);
}

export async function insertTotpDevice(
  tx: Tx,
  row: {
    readonly id: VerificationDeviceId;
    readonly accountId: number;
    readonly name: string;
    readonly sealedSecret: Buffer;
    readonly at: Date;
  },
): Promise<void> {
  await tx.run(sql`
    insert into verification_devices (id, account_id, kind, name, sealed_secret, last_step, created_at)
    values (${row.id}, ${row.accountId}, 'totp', ${row.name}, ${row.sealedSecret}, 0, ${row.at})`);
}

/** Inserts a passkey; null when the credential is known already. */
export async function insertPasskey(
  tx: Tx,
  row: {
    readonly id: VerificationDeviceId;
    readonly accountId: number;
    readonly name: string;
    readonly credentialId: string;
    readonly publicKey: Buffer;
    readonly signCount: number;
    readonly transports: readonly string[];
    readonly at: Date;
  },
): Promise<VerificationDevice | null> {
  return tx.maybe(sql`
    insert into verification_devices (id, account_id, kind, name, credential_id, public_key, sign_count, transports,
                                      created_at, confirmed_at)
    values (${row.id}, ${row.accountId}, 'webauthn', ${row.name}, ${row.credentialId}, ${row.publicKey},
            ${row.signCount}, ${row.transports}::text[], ${row.at}, ${row.at})
    on conflict (credential_id) do nothing
    returning ${columns}`);
}

/** Takes the step of a code, and confirms the device by it; false when that step or a later one was taken. */
export async function takeTotpStep(
  tx: Tx,
  row: { readonly id: VerificationDeviceId; readonly step: number; readonly at: Date },
): Promise<boolean> {
  const taken = await tx.run(sql`
    update verification_devices
       set last_step = ${row.step}, last_used_at = ${row.at}, confirmed_at = coalesce(confirmed_at, ${row.at})
     where id = ${row.id} and last_step < ${row.step}`);
  return taken === 1;
}

/** Takes a passkey's count; false when another answer raised it meanwhile. Some passkeys always say 0. */
export async function takeSignCount(
  tx: Tx,
  row: { readonly id: VerificationDeviceId; readonly signCount: number; readonly at: Date },
): Promise<boolean> {
  const taken = await tx.run(sql`
    update verification_devices set sign_count = ${row.signCount}, last_used_at = ${row.at}
     where id = ${row.id} and (sign_count < ${row.signCount} or (sign_count = 0 and ${row.signCount} = 0))`);
  return taken === 1;
}

/** Deletes a device; answers what it was, or null when the account has none such. */
export async function deleteVerificationDevice(
  tx: Tx,
  accountId: number,
  id: VerificationDeviceId,
): Promise<VerificationDevice | null> {
  return tx.maybe(sql`
    delete from verification_devices where id = ${id} and account_id = ${accountId} returning ${columns}`);
}

/** Deletes all devices of an account; answers what they were. */
export async function deleteVerificationDevicesOf(tx: Tx, accountId: number): Promise<VerificationDevice[]> {
  return tx.many(sql`delete from verification_devices where account_id = ${accountId} returning ${columns}`);
}

export async function countVerificationDevices(reader: Reader, accountId: number): Promise<number> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from verification_devices where account_id = ${accountId}`,
  );
  return count;
}

/** Deletes devices that nobody confirmed; answers how many. */
export async function deleteUnconfirmedDevices(tx: Tx, before: Date, limit: number): Promise<number> {
  return tx.run(sql`
    delete from verification_devices where id in (
      select id from verification_devices
       where confirmed_at is null and created_at < ${before} limit ${limit})`);
}
