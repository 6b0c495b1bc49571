/** Rows of enrollment secrets and of the requests they let in. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import {
  type EnrollmentSecret,
  type EnrollmentSecretId,
  type SecretInput,
  type SecretPurpose,
} from "./enrollment-secret.ts";

/** The columns of {@link EnrollmentSecret}; `s` is the table's alias in every query. */
const secretColumns: Sql = sql`
  s.id, s.purpose, s.secret_hash, s.secret_sealed, s.meta_business_unit_id, s.serial_numbers, s.udids, s.quota,
  s.request_count, s.revoked_at, s.expires_at,
  array(select t.tag_id from enrollment_secret_tags t where t.enrollment_secret_id = s.id order by t.tag_id) as tag_ids`;

/** Locks the secret of a purpose until the end of the transaction: its requests are counted one after the other. */
export async function lockEnrollmentSecret(
  tx: Tx,
  purpose: SecretPurpose,
  secretHash: Buffer,
): Promise<EnrollmentSecret | null> {
  return tx.maybe<EnrollmentSecret>(sql`
    select ${secretColumns} from enrollment_secrets s
     where s.purpose = ${purpose} and s.secret_hash = ${secretHash}
       for no key update of s`);
}

/** Finds a secret of a purpose. */
export async function findEnrollmentSecretByHash(
  reader: Reader,
  purpose: SecretPurpose,
  secretHash: Buffer,
): Promise<EnrollmentSecret | null> {
  return reader.maybe<EnrollmentSecret>(sql`
    select ${secretColumns} from enrollment_secrets s
     where s.purpose = ${purpose} and s.secret_hash = ${secretHash}`);
}

/** Finds a secret by its id. */
export async function findEnrollmentSecret(
  reader: Reader,
  id: EnrollmentSecretId,
): Promise<EnrollmentSecret | null> {
  return reader.maybe<EnrollmentSecret>(
    sql`select ${secretColumns} from enrollment_secrets s where s.id = ${id}`,
  );
}

/** A new secret: its input, hashed and sealed. */
export type SecretRow = SecretInput & { readonly secretHash: Buffer; readonly secretSealed: Buffer };

/** Inserts a secret with its tags. */
export async function insertEnrollmentSecret(tx: Tx, row: SecretRow, at: Date): Promise<EnrollmentSecretId> {
  const { id } = await tx.one<{ id: EnrollmentSecretId }>(sql`
    with secret as (
      insert into enrollment_secrets (purpose, secret_hash, secret_sealed, meta_business_unit_id, serial_numbers,
                                      udids, quota, expires_at, created_at)
      values (${row.purpose}, ${row.secretHash}, ${row.secretSealed}, ${row.metaBusinessUnitId},
              ${row.serialNumbers}, ${row.udids}, ${row.quota}, ${row.expiresAt}, ${at})
      returning id
    ), tags as (
      insert into enrollment_secret_tags (enrollment_secret_id, tag_id)
      select secret.id, tag_id from secret, unnest(${row.tagIds}::integer[]) as tag_id
    )
    select id from secret`);
  return id;
}

/** What an operator may change of a secret. */
export type SecretPatch = Pick<
  EnrollmentSecret,
  "metaBusinessUnitId" | "tagIds" | "serialNumbers" | "udids" | "quota"
>;

/** Replaces what an operator may change of a secret. */
export async function updateEnrollmentSecret(
  tx: Tx,
  id: EnrollmentSecretId,
  patch: SecretPatch,
): Promise<void> {
  await tx.run(sql`
    update enrollment_secrets
       set meta_business_unit_id = ${patch.metaBusinessUnitId}, serial_numbers = ${patch.serialNumbers},
           udids = ${patch.udids}, quota = ${patch.quota}
     where id = ${id}`);
  await tx.run(sql`
    delete from enrollment_secret_tags
     where enrollment_secret_id = ${id} and tag_id <> all (${patch.tagIds}::integer[])`);
  await tx.run(sql`
    insert into enrollment_secret_tags (enrollment_secret_id, tag_id)
    select ${id}::integer, tag_id from unnest(${patch.tagIds}::integer[]) as tag_id on conflict do nothing`);
}

/** Marks a secret as revoked; one revoked before keeps its time. */
export async function revokeEnrollmentSecret(tx: Tx, id: EnrollmentSecretId, at: Date): Promise<void> {
  await tx.run(sql`update enrollment_secrets set revoked_at = ${at} where id = ${id} and revoked_at is null`);
}

/** Binds a secret to one device: from now on it is refused to any other. */
export async function bindEnrollmentSecret(
  tx: Tx,
  id: EnrollmentSecretId,
  device: { readonly serialNumber: string; readonly udid: string },
): Promise<void> {
  await tx.run(sql`
    update enrollment_secrets set serial_numbers = ${[device.serialNumber]}, udids = ${[device.udid]}
     where id = ${id}`);
}

/** Deletes a secret, its tags and its requests. */
export async function deleteEnrollmentSecret(tx: Tx, id: EnrollmentSecretId): Promise<void> {
  await tx.run(sql`delete from enrollment_secrets where id = ${id}`);
}

/** Who used a secret. */
export type SecretRequest = {
  readonly secretId: EnrollmentSecretId;
  readonly userAgent: string | null;
  readonly ip: string | null;
  readonly serialNumber: string | null;
  readonly udid: string | null;
  /** False for a device that asks again: its first request was counted. */
  readonly isCounted: boolean;
};

/** Keeps a request, and counts it. */
export async function insertSecretRequest(tx: Tx, request: SecretRequest, at: Date): Promise<void> {
  await tx.run(sql`
    insert into enrollment_secret_requests (enrollment_secret_id, user_agent, ip, serial_number, udid, created_at)
    values (${request.secretId}, ${request.userAgent}, ${request.ip}, ${request.serialNumber}, ${request.udid},
            ${at})`);
  if (!request.isCounted) return;
  await tx.run(
    sql`update enrollment_secrets set request_count = request_count + 1 where id = ${request.secretId}`,
  );
}
