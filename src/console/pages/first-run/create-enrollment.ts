/** Makes what the first steps need, with as little to decide as possible. */
import { api, unwrap } from "../../api/client.ts";
import { firstRunTexts } from "../../texts/first-run.ts";

/** A test is for a few devices; a real enrollment says its own number. */
export const testQuota = 10;

/** Makes an empty blueprint. */
export async function createFirstBlueprint(): Promise<void> {
  await unwrap(api.POST("/api/mdm/blueprints/", { body: { name: firstRunTexts.blueprintName } }));
}

/** Makes an enrollment with the server's own issuer, for a few devices. */
export async function createTestEnrollment(given: {
  readonly pushCertificateId: number;
  readonly blueprintId: number | null;
}): Promise<void> {
  const [issuers, unit] = await Promise.all([
    unwrap(api.GET("/api/mdm/scep_issuers/", {})),
    findOrCreateUnit(),
  ]);
  const issuer = issuers.results[0];
  if (issuer === undefined) throw new Error(firstRunTexts.noIssuer);
  const body = {
    name: `${firstRunTexts.enrollmentName} ${new Date().toISOString().slice(0, 16).replace("T", " ")}`,
    push_certificate: given.pushCertificateId,
    scep_issuer: issuer.id,
    blueprint: given.blueprintId,
    enrollment_secret: { meta_business_unit: unit, quota: testQuota },
  };
  await unwrap(api.POST("/api/mdm/ota_enrollments/", { body }));
}

async function findOrCreateUnit(): Promise<number> {
  const [first] = await unwrap(api.GET("/api/inventory/meta_business_units/", {}));
  if (first !== undefined) return first.id;
  const body = { name: firstRunTexts.unitName };
  return (await unwrap(api.POST("/api/inventory/meta_business_units/", { body }))).id;
}
