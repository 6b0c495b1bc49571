/** Rows of the built-in authority and of what profiles are signed with; private keys come and go sealed. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { AuthorityId } from "./authority.ts";

export type SealedCertificateRow = {
  readonly certificate: Buffer;
  readonly privateKeySealed: Buffer;
};
export type AuthorityRow = SealedCertificateRow & { readonly id: AuthorityId };
type NewRow = SealedCertificateRow & { readonly notAfter: Date; readonly at: Date };

export async function findAuthority(reader: Reader, name: string): Promise<AuthorityRow | null> {
  return reader.maybe<AuthorityRow>(
    sql`select id, certificate, private_key_sealed from certificate_authorities where name = ${name}`,
  );
}

export async function insertAuthority(tx: Tx, row: NewRow & { readonly name: string }): Promise<AuthorityId> {
  const { id } = await tx.one<{ id: AuthorityId }>(sql`
    insert into certificate_authorities (name, certificate, private_key_sealed, not_after, created_at)
    values (${row.name}, ${row.certificate}, ${row.privateKeySealed}, ${row.notAfter}, ${row.at})
    returning id`);
  return id;
}

/** The signing certificate of an authority that is valid for longest, if that is beyond `validBeyond`. */
export async function findSigningCertificate(
  reader: Reader,
  authorityId: AuthorityId,
  validBeyond: Date,
): Promise<SealedCertificateRow | null> {
  return reader.maybe<SealedCertificateRow>(sql`
    select certificate, private_key_sealed from signing_certificates
     where certificate_authority_id = ${authorityId} and not_after > ${validBeyond}
     order by not_after desc, id desc limit 1`);
}

export async function insertSigningCertificate(
  tx: Tx,
  row: NewRow & { readonly authorityId: AuthorityId },
): Promise<void> {
  await tx.run(sql`
    insert into signing_certificates (certificate_authority_id, certificate, private_key_sealed, not_after, created_at)
    values (${row.authorityId}, ${row.certificate}, ${row.privateKeySealed}, ${row.notAfter}, ${row.at})`);
}
