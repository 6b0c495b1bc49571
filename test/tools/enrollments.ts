/** Enrollment sessions for pure tests, every field valid; and the rows enrollments refer to, for tests with a database. */
import { sql } from "#platform/db/sql.ts";
import { asId, asUuid } from "#platform/ids.ts";
import type { Tx } from "#platform/db/database.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";

/** A session in its third phase that is bound to the machine C02 with the UDID U-1, in business unit 7. */
export function aSession(overrides: Partial<EnrollmentSession> = {}): EnrollmentSession {
  return {
    id: asId(5),
    kind: "ota",
    status: "PHASE_3",
    deviceId: null,
    realmUserId: null,
    renewsSessionId: null,
    firstEnrolledAt: null,
    createdAt: new Date("2026-11-21T12:00:00Z"),
    secret: {
      id: asId(4),
      purpose: "ota_enrollment_session",
      secretHash: Buffer.alloc(32),
      secretSealed: Buffer.alloc(0),
      metaBusinessUnitId: 7,
      tagIds: [],
      serialNumbers: ["C02"],
      udids: ["U-1"],
      quota: 2,
      requestCount: 0,
      revokedAt: null,
      expiresAt: null,
    },
    enrollment: {
      kind: "ota",
      id: asId(3),
      name: "Lab phones",
      displayName: "Lab MDM",
      pushCertificateId: 1,
      pushTopic: "com.apple.mgmt.External.1",
      scepIssuerId: asUuid("9a0b2f6c-77aa-4a3e-8d4e-55f0a1d2c3b4"),
      blueprintId: null,
      realmId: null,
    },
    ...overrides,
  };
}

/** The topic of {@link insertPushCertificate}'s certificates begins with this. */
export const testTopicPrefix = "com.apple.mgmt.External.";

/** Inserts a push certificate with a topic and material that signs nothing. */
export async function insertPushCertificate(tx: Tx, name: string, at: Date): Promise<number> {
  const { id } = await tx.one<{ id: number }>(sql`
    insert into push_certificates (name, topic, certificate, private_key_sealed, not_before, not_after, created_at,
                                   updated_at)
    values (${name}, ${testTopicPrefix + name}, 'not a certificate', ${Buffer.from("sealed")}, ${at}, ${at}, ${at},
            ${at})
    returning id`);
  return id;
}

/** Inserts a push certificate that waits for its certificate. */
export async function insertIncompletePushCertificate(tx: Tx, name: string, at: Date): Promise<number> {
  const { id } = await tx.one<{ id: number }>(
    sql`insert into push_certificates (name, created_at, updated_at) values (${name}, ${at}, ${at}) returning id`,
  );
  return id;
}

/** Inserts a business unit. */
export async function insertMetaBusinessUnit(tx: Tx, name: string, at: Date): Promise<number> {
  const { id } = await tx.one<{ id: number }>(sql`
    insert into meta_business_units (name, api_enrollment_enabled, created_at, updated_at)
    values (${name}, true, ${at}, ${at}) returning id`);
  return id;
}

/** Inserts a tag. */
export async function insertTag(tx: Tx, name: string): Promise<number> {
  const { id } = await tx.one<{ id: number }>(
    sql`insert into tags (name, slug, color) values (${name}, ${name}, '0079bf') returning id`,
  );
  return id;
}

/** Inserts a device with the fewest facts, for sessions to be attached to. */
export async function insertDevice(
  tx: Tx,
  facts: { readonly udid: string; readonly serialNumber: string; readonly pushCertificateId: number },
  at: Date,
): Promise<number> {
  const { id } = await tx.one<{ id: number }>(sql`
    insert into devices (udid, serial_number, platform, push_certificate_id, created_at, updated_at)
    values (${facts.udid}, ${facts.serialNumber}, 'macOS', ${facts.pushCertificateId}, ${at}, ${at}) returning id`);
  return id;
}
