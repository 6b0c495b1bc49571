/** A small world to enroll in: authority, issuer, push certificate, business unit, a device CA, and an enrollment. */
import { randomBytes, randomUUID } from "node:crypto";
import { ensureAuthority, ensureBuiltInScepIssuer } from "#mdm/identities/authority-operations.ts";
import { planDeviceCertificate, serialOf } from "#mdm/identities/authority.ts";
import { builtInProvisioningUid } from "#mdm/identities/scep-issuer.ts";
import type { OtaRouteDeps } from "#mdm/enrollments/ota-route.ts";
import type { OtaEnrollment, OtaEnrollmentInput } from "#mdm/enrollments/ota-enrollment.ts";
import { createOtaEnrollment } from "#mdm/enrollments/ota-enrollment-operations.ts";
import { openEnrollmentSecret } from "#mdm/enrollments/enrollment-secret-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { type EventBuffer, createEventBuffer } from "#platform/events/event-buffer.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { signData } from "#protocol/cms/sign.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { deviceCaAnchorOf } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { issueCertificate } from "#protocol/x509/issue.ts";
import type { NameInput } from "#protocol/x509/name.ts";
import { insertMetaBusinessUnit, insertPushCertificate } from "./enrollments.ts";
import { type Identity, aCa, anIdentity, rsaKey } from "./identities.ts";
import { neverFetched } from "./scep-payloads.ts";
import type { TestDatabase } from "./test-database.ts";

export type EnrollmentWorld = {
  readonly deps: OtaRouteDeps & { readonly eventBuffer: EventBuffer };
  readonly pushCertificateId: number;
  readonly scepIssuerId: string;
  readonly metaBusinessUnitId: number;
  /** What a factory-fresh device signs with. */
  readonly factoryIdentity: Identity;
  /** Serial numbers that are blocked; tests add to it. */
  readonly blockedSerials: Set<string>;
};

/** Makes the world in a test database; its buffer is closed by the caller. */
export async function makeEnrollmentWorld(database: TestDatabase): Promise<EnrollmentWorld> {
  const sealer = createSealer(new Secret(randomBytes(32)));
  const baseUrl = new URL("https://mdm.example.com");
  const material = await database.testOperation(async (op) => {
    await ensureBuiltInScepIssuer(op, baseUrl);
    return ensureAuthority(op, { sealer, randomBytes, tls: null });
  });
  const rows = await database.testOperation(async (op) => ({
    pushCertificateId: await insertPushCertificate(op.tx, "Push", op.at),
    metaBusinessUnitId: await insertMetaBusinessUnit(op.tx, "Lab", op.at),
  }));
  const issuer = await database.database.one<{ id: string }>(
    sql`select id from scep_issuers where provisioning_uid = ${builtInProvisioningUid}`,
  );
  const blockedSerials = new Set<string>();
  const deviceCa = aCa(rsaKey("device ca"), { commonName: "Test Device CA" });
  return {
    deps: {
      ...material,
      sealer,
      randomBytes,
      randomUuid: randomUUID,
      fetchScepChallenge: neverFetched,
      eventBuffer: createEventBuffer(database.database, database.log),
      source: database.source,
      baseUrl,
      deviceBaseUrl: baseUrl,
      isMtlsProxy: false,
      rootCaPem: null,
      deviceCaAnchors: [deviceCaAnchorOf(deviceCa.certificate)],
      isSerialBlocked: async (_reader, serialNumber) => blockedSerials.has(serialNumber),
    },
    ...rows,
    scepIssuerId: issuer.id,
    factoryIdentity: anIdentity(deviceCa, rsaKey("factory"), { commonName: "U-1" }),
    blockedSerials,
  };
}

type SecretInput = OtaEnrollmentInput["enrollment_secret"];

/** What a request to create an enrollment says, with every member that must be there. */
export function anEnrollmentInput(
  world: EnrollmentWorld,
  {
    secret = {},
    ...overrides
  }: Partial<OtaEnrollmentInput> & { readonly secret?: Partial<SecretInput> } = {},
): OtaEnrollmentInput {
  return {
    name: `Enrollment ${randomUUID()}`,
    push_certificate: world.pushCertificateId,
    scep_issuer: world.scepIssuerId,
    enrollment_secret: { meta_business_unit: world.metaBusinessUnitId, ...secret },
    ...overrides,
  };
}

/** Creates an enrollment, and opens its secret. */
export async function makeEnrollment(
  database: TestDatabase,
  world: EnrollmentWorld,
  secret: Partial<SecretInput> = {},
): Promise<{ readonly enrollment: OtaEnrollment; readonly challenge: string }> {
  const enrollment = await database.testOperation((op) =>
    createOtaEnrollment(op, world.deps, anEnrollmentInput(world, { secret })),
  );
  return { enrollment, challenge: openEnrollmentSecret(world.deps, enrollment.secret).reveal() };
}

/** The signed body of an OTA phase. */
export function otaBody(signer: Identity, attributes: PlistWritableDictionary): Buffer {
  return signData({
    content: writePlist(attributes),
    certificate: signer.certificate,
    privateKey: signer.privateKey,
    signedAttributes: false,
  });
}

/** A certificate of the world's authority, as SCEP would issue it. */
export function issueIdentity(world: EnrollmentWorld, subject: readonly NameInput[], at: Date): Identity {
  const key = rsaKey("device identity");
  const plan = planDeviceCertificate(world.deps.authority, {
    publicKeyInfo: key.spki,
    serial: serialOf(randomBytes(20)),
    subject,
    at,
  });
  return { ...key, certificate: decodeCertificate(issueCertificate(plan)) };
}
