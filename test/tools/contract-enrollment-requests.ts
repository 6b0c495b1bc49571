/** One request that succeeds for each endpoint of push certificates, issuers and enrollments. */
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { type Body, type MakeRequest, crudRequests } from "./contract-request.ts";
import { type ContractWorld, signCsr } from "./contract-world.ts";

async function newPushCertificatePath(world: ContractWorld): Promise<string> {
  const created = await world.api.create("/api/mdm/push_certificates/", { name: world.uniqueName() });
  return `/api/mdm/push_certificates/${numberOf(created, "id")}/`;
}

function otaEnrollmentBody(world: ContractWorld): Readonly<Record<string, unknown>> {
  return {
    name: world.uniqueName(),
    push_certificate: world.pushCertificateId,
    scep_issuer: world.scepIssuerId,
    enrollment_secret: { meta_business_unit: world.unitId },
  };
}

async function newOtaEnrollmentPath(world: ContractWorld): Promise<string> {
  const created = await world.api.create("/api/mdm/ota_enrollments/", otaEnrollmentBody(world));
  return `/api/mdm/ota_enrollments/${numberOf(created, "id")}/`;
}

function scepIssuerBody({ uniqueName }: ContractWorld): Readonly<Record<string, unknown>> {
  return {
    name: uniqueName(),
    url: "https://scep.example.com/ca",
    backend: "STATIC_CHALLENGE",
    static_challenge_kwargs: { challenge: "k7-orange" },
  };
}

async function newScepIssuerPath(world: ContractWorld): Promise<string> {
  const created = await world.api.create("/api/mdm/scep_issuers/", scepIssuerBody(world));
  return `/api/mdm/scep_issuers/${textOf(created, "id")}/`;
}

const acmeIssuerBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  directory_url: "https://acme.example.com/directory",
  key_type: "ECSECPrimeRandom",
  key_size: 384,
  backend: "STATIC_CHALLENGE",
  static_challenge_kwargs: { challenge: "k7-orange" },
});

export const enrollmentRequests: Readonly<Record<string, MakeRequest>> = {
  testPushCertificate: async (world) => ({ path: `${await newPushCertificatePath(world)}test/` }),
  listPushCertificates: () => ({ path: "/api/mdm/push_certificates/" }),
  createPushCertificate: ({ uniqueName }) => ({
    path: "/api/mdm/push_certificates/",
    body: { name: uniqueName() },
  }),
  findPushCertificate: ({ pushCertificateId: id }) => ({ path: `/api/mdm/push_certificates/${id}/` }),
  deletePushCertificate: async (world) => ({ path: await newPushCertificatePath(world) }),
  findPushCertificateCsr: ({ pushCertificateId: id }) => ({ path: `/api/mdm/push_certificates/${id}/csr/` }),
  findPushCertificateSignedCsr: async (world) => ({
    path: `${await newPushCertificatePath(world)}signed_csr/`,
  }),
  uploadPushCertificate: async (world) => {
    const path = await newPushCertificatePath(world);
    const certificate = await signCsr(world.api, path, world.testApp);
    return { path: `${path}certificate/`, body: { certificate } };
  },
  listScepIssuers: () => ({ path: "/api/mdm/scep_issuers/" }),
  findScepIssuer: ({ scepIssuerId }) => ({ path: `/api/mdm/scep_issuers/${scepIssuerId}/` }),
  createScepIssuer: (world) => ({ path: "/api/mdm/scep_issuers/", body: scepIssuerBody(world) }),
  updateScepIssuer: async (world) => ({
    path: await newScepIssuerPath(world),
    body: scepIssuerBody(world),
  }),
  deleteScepIssuer: async (world) => ({ path: await newScepIssuerPath(world) }),
  listOtaEnrollments: () => ({ path: "/api/mdm/ota_enrollments/" }),
  createOtaEnrollment: (world) => ({ path: "/api/mdm/ota_enrollments/", body: otaEnrollmentBody(world) }),
  findOtaEnrollment: ({ otaEnrollmentId: id }) => ({ path: `/api/mdm/ota_enrollments/${id}/` }),
  updateOtaEnrollment: async (world) => ({
    path: await newOtaEnrollmentPath(world),
    body: otaEnrollmentBody(world),
  }),
  deleteOtaEnrollment: async (world) => ({ path: await newOtaEnrollmentPath(world) }),
  downloadOtaEnrollmentProfile: ({ otaEnrollmentId: id }) => ({
    path: `/api/mdm/ota_enrollments/${id}/profile/`,
  }),
  revokeOtaEnrollment: async (world) => ({ path: `${await newOtaEnrollmentPath(world)}revoke/` }),
  createDirectProfile: ({ otaEnrollmentId: id }) => ({
    path: `/api/mdm/ota_enrollments/${id}/direct_profiles/`,
    body: {},
  }),
  ...crudRequests({ path: "/api/mdm/acme_issuers/", list: "AcmeIssuers", one: "AcmeIssuer" }, acmeIssuerBody),
};
