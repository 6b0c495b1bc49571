/** Rows of challenges: their hash, and the subject they allow, sealed. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ScepChallengeUse } from "./scep-challenge.ts";

export type ScepChallengeRow = {
  readonly id: string;
  readonly boundTo: string;
  readonly subjectSealed: Buffer;
  readonly expiresAt: Date;
  readonly transactionId: string | null;
  readonly publicKeyFingerprint: Buffer | null;
  readonly issuedCertificateId: string | null;
};

export async function insertScepChallenge(
  tx: Tx,
  row: {
    readonly challengeHash: Buffer;
    readonly boundTo: string;
    readonly subjectSealed: Buffer;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.run(sql`
    insert into scep_challenges (challenge_hash, bound_to, subject_sealed, created_at, expires_at)
    values (${row.challengeHash}, ${row.boundTo}, ${row.subjectSealed}, ${row.createdAt}, ${row.expiresAt})`);
}

/** Locks the row, so that of two requests with one challenge the second sees what the first made of it. */
export async function findScepChallengeForUpdate(
  tx: Tx,
  challengeHash: Buffer,
): Promise<ScepChallengeRow | null> {
  return tx.maybe<ScepChallengeRow>(sql`
    select id, bound_to, subject_sealed, expires_at, transaction_id, public_key_fingerprint, issued_certificate_id
      from scep_challenges where challenge_hash = ${challengeHash} for update`);
}

export async function markScepChallengeUsed(
  tx: Tx,
  id: string,
  { transactionId, publicKeyFingerprint, issuedCertificateId, at }: ScepChallengeUse & { readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update scep_challenges
       set used_at = ${at}, transaction_id = ${transactionId}, public_key_fingerprint = ${publicKeyFingerprint},
           issued_certificate_id = ${issuedCertificateId}
     where id = ${id} and used_at is null`);
}

/** Deletes a batch of what expired before a moment, used or not, and answers how many rows that were. */
export async function deleteExpiredScepChallenges(
  tx: Tx,
  expiredBefore: Date,
  rowsMax: number,
): Promise<number> {
  return tx.run(sql`
    delete from scep_challenges where id in (
      select id from scep_challenges where expires_at < ${expiredBefore}
       order by expires_at, id limit ${rowsMax} for update skip locked)`);
}
