/** Rows of push certificates. */
import { constraintViolation, type Reader, type Tx } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type {
  PushCertificate,
  PushCertificateFacts,
  PushCertificateFilter,
  PushCertificateId,
} from "./push-certificate.ts";

const columns = sql`id, provisioning_uid, name, topic, certificate, not_before, not_after, created_at, updated_at`;

/** The sealed keys of a row: the one in use, and the one whose certificate is awaited. */
export type SealedPushKeys = {
  readonly privateKeySealed: Buffer | null;
  readonly nextPrivateKeySealed: Buffer | null;
};

export async function findPushCertificate(
  reader: Reader,
  id: PushCertificateId,
): Promise<PushCertificate | null> {
  return reader.maybe<PushCertificate>(sql`select ${columns} from push_certificates where id = ${id}`);
}

/** The certificate of a topic, which check-in looks up by what the device says. */
export async function findPushCertificateByTopic(
  reader: Reader,
  topic: string,
): Promise<PushCertificate | null> {
  return reader.maybe<PushCertificate>(sql`select ${columns} from push_certificates where topic = ${topic}`);
}

/** Locks the row, with its keys. */
export async function findPushCertificateForUpdate(
  tx: Tx,
  id: PushCertificateId,
): Promise<(PushCertificate & SealedPushKeys) | null> {
  return tx.maybe(sql`
    select ${columns}, private_key_sealed, next_private_key_sealed
      from push_certificates where id = ${id} for no key update`);
}

/** Locks the row that the configuration made under this id. */
export async function findProvisionedPushCertificateForUpdate(
  tx: Tx,
  provisioningUid: string,
): Promise<PushCertificate | null> {
  return tx.maybe<PushCertificate>(sql`
    select ${columns} from push_certificates where provisioning_uid = ${provisioningUid} for no key update`);
}

/** The sealed key whose certificate is awaited; null without such a key. */
export async function findNextKey(reader: Reader, id: PushCertificateId): Promise<Buffer | null> {
  const row = await reader.maybe<{ nextPrivateKeySealed: Buffer | null }>(
    sql`select next_private_key_sealed from push_certificates where id = ${id}`,
  );
  return row?.nextPrivateKeySealed ?? null;
}

export async function updatePushCertificateName(
  tx: Tx,
  id: PushCertificateId,
  change: { readonly name: string; readonly at: Date },
): Promise<PushCertificate | Conflict> {
  return orConflict(() =>
    tx.one<PushCertificate>(sql`
      update push_certificates set name = ${change.name}, updated_at = ${change.at} where id = ${id}
      returning ${columns}`),
  );
}

export async function listPushCertificates(
  reader: Reader,
  filter: PushCertificateFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly PushCertificate[] }> {
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  const rows = await reader.many<PushCertificate>(sql`
    select ${columns} from push_certificates ${named}
     order by name, topic, id limit ${page.limit} offset ${page.offset}`);
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from push_certificates ${named}`,
  );
  return { count, rows };
}

/** What a unique constraint says. */
export type Conflict = { readonly conflict: "name" | "topic" };

export async function insertPushCertificate(
  tx: Tx,
  row: { readonly name: string; readonly provisioningUid: string | null; readonly at: Date },
): Promise<PushCertificate | Conflict> {
  return orConflict(() =>
    tx.one<PushCertificate>(sql`
      insert into push_certificates (provisioning_uid, name, created_at, updated_at)
      values (${row.provisioningUid}, ${row.name}, ${row.at}, ${row.at})
      returning ${columns}`),
  );
}

/** Keeps a key until its certificate comes. The object as operators see it does not change by that. */
export async function updateNextKey(tx: Tx, id: PushCertificateId, sealed: Buffer): Promise<void> {
  await tx.run(sql`update push_certificates set next_private_key_sealed = ${sealed} where id = ${id}`);
}

/** Puts a certificate and its key in place. */
export async function updatePushMaterial(
  tx: Tx,
  id: PushCertificateId,
  change: PushCertificateFacts & SealedPushKeys & { readonly at: Date },
): Promise<PushCertificate | Conflict> {
  return orConflict(() =>
    tx.one<PushCertificate>(sql`
      update push_certificates
         set topic = ${change.topic}, certificate = ${change.certificatePem}, not_before = ${change.notBefore},
             not_after = ${change.notAfter}, private_key_sealed = ${change.privateKeySealed},
             next_private_key_sealed = ${change.nextPrivateKeySealed}, updated_at = ${change.at}
       where id = ${id} returning ${columns}`),
  );
}

/** Deletes the row; false when a device or an enrollment still refers to it. */
export async function deletePushCertificateRow(tx: Tx, id: PushCertificateId): Promise<boolean> {
  try {
    await tx.run(sql`delete from push_certificates where id = ${id}`);
    return true;
  } catch (error) {
    if (constraintViolation(error)?.code === "23503") return false;
    throw error;
  }
}

async function orConflict<Row>(run: () => Promise<Row>): Promise<Row | Conflict> {
  try {
    return await run();
  } catch (error) {
    const violation = constraintViolation(error);
    if (violation?.constraint === "push_certificates_name_unique") return { conflict: "name" };
    if (violation?.constraint === "push_certificates_topic_unique") return { conflict: "topic" };
    throw error;
  }
}
