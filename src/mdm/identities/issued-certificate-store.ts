/** What the authority issued: to whom, for which key, until when. Rows stay, as the record of the CA. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { AuthorityId } from "./authority.ts";

export type IssuedCertificateRow = { readonly id: string; readonly certificate: Buffer };

export type NewIssuedCertificate = {
  readonly authorityId: AuthorityId;
  readonly serialNumber: Buffer;
  readonly boundTo: string;
  readonly publicKeyFingerprint: Buffer;
  readonly fingerprint: Buffer;
  readonly certificate: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedAt: Date;
};

export async function insertIssuedCertificate(tx: Tx, row: NewIssuedCertificate): Promise<string> {
  const { id } = await tx.one<{ id: string }>(sql`
    insert into issued_certificates (certificate_authority_id, serial_number, bound_to, public_key_fingerprint,
                                     fingerprint, certificate, not_before, not_after, issued_at)
    values (${row.authorityId}, ${row.serialNumber}, ${row.boundTo}, ${row.publicKeyFingerprint},
            ${row.fingerprint}, ${row.certificate}, ${row.notBefore}, ${row.notAfter}, ${row.issuedAt})
    returning id`);
  return id;
}

export async function findIssuedCertificate(
  reader: Reader,
  id: string,
): Promise<IssuedCertificateRow | null> {
  return reader.maybe<IssuedCertificateRow>(
    sql`select id, certificate from issued_certificates where id = ${id}`,
  );
}

/** The newest certificate a bearer was issued for a key since a moment. */
export async function findRecentlyIssued(
  reader: Reader,
  sought: { readonly boundTo: string; readonly publicKeyFingerprint: Buffer; readonly issuedSince: Date },
): Promise<IssuedCertificateRow | null> {
  return reader.maybe<IssuedCertificateRow>(sql`
    select id, certificate from issued_certificates
     where bound_to = ${sought.boundTo} and public_key_fingerprint = ${sought.publicKeyFingerprint}
       and issued_at >= ${sought.issuedSince}
     order by issued_at desc, id desc limit 1`);
}

/** What a certificate says of itself. */
export type BearerCertificate = {
  readonly boundTo: string;
  readonly serialNumber: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

/** The newest certificate of each of some bearers; those that were issued none have no row. */
export function listNewestOfBearers(
  reader: Reader,
  bearers: readonly string[],
): Promise<BearerCertificate[]> {
  return reader.many<BearerCertificate>(sql`
    select distinct on (bound_to) bound_to, serial_number, not_before, not_after
      from issued_certificates where bound_to = any(${bearers}::text[])
     order by bound_to, issued_at desc, id desc`);
}

/** Makes concurrent renewals of one bearer take turns until the end of the transaction. */
export async function lockBearer(tx: Tx, boundTo: string): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${boundTo}, 0))`);
}
