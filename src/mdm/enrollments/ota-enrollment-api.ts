/** OTA enrollments as operators see and change them, and the profiles they download. */
import { type Static, Type } from "typebox";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { FileAnswer } from "#platform/http/file-answer.ts";
import { foreignId, foreignUuid, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import type { ProfileDeps } from "./enrollment-profile-operations.ts";
import {
  allowListEntriesMax,
  allowListEntryCharactersMax,
  secretQuotaMax,
  secretTagsMax,
} from "./enrollment-secret.ts";
import { openEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { profileContentType, profileNames } from "./enrollment-profile.ts";
import { type OtaEnrollment, displayNameDefault } from "./ota-enrollment.ts";
import {
  buildOtaEnrollmentProfile,
  createDirectProfile,
  createOtaEnrollment,
  deleteOtaEnrollment,
  findOtaEnrollment,
  revokeOtaEnrollment,
  updateOtaEnrollment,
} from "./ota-enrollment-operations.ts";
import { listOtaEnrollments } from "./ota-enrollment-store.ts";

const AllowListInput = Type.Array(Type.String({ minLength: 1, maxLength: allowListEntryCharactersMax }), {
  maxItems: allowListEntriesMax,
});

const EnrollmentSecretInput = Type.Object({
  meta_business_unit: foreignId(),
  tags: Type.Optional(Type.Array(foreignId(), { maxItems: secretTagsMax })),
  serial_numbers: Type.Optional(nullable(AllowListInput)),
  udids: Type.Optional(nullable(AllowListInput)),
  quota: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: secretQuotaMax }))),
});

const OtaEnrollmentInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, default: displayNameDefault })),
  push_certificate: foreignId(),
  acme_issuer: Type.Optional(nullable(foreignUuid())),
  scep_issuer: foreignUuid(),
  blueprint: Type.Optional(nullable(foreignId())),
  realm: Type.Optional(nullable(foreignUuid())),
  enrollment_secret: EnrollmentSecretInput,
});

const OtaEnrollmentFilter = Type.Object({ name: Type.Optional(Type.String()) });

const OtaEnrollmentView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  display_name: Type.String(),
  blueprint: nullable(foreignId()),
  push_certificate: foreignId(),
  realm: nullable(foreignUuid()),
  acme_issuer: nullable(foreignUuid()),
  scep_issuer: foreignUuid(),
  enrollment_secret: Type.Object({
    id: Type.Integer(),
    secret: Type.String(),
    meta_business_unit: foreignId(),
    tags: Type.Array(foreignId()),
    serial_numbers: nullable(Type.Array(Type.String())),
    udids: nullable(Type.Array(Type.String())),
    quota: nullable(Type.Integer()),
    request_count: Type.Integer(),
    revoked_at: Type.Optional(timestamp({ description: "Present once the enrollment was revoked." })),
  }),
  created_at: timestamp(),
  updated_at: timestamp(),
});
type OtaEnrollmentView = Static<typeof OtaEnrollmentView>;

const machineText = { maxLength: allowListEntryCharactersMax };
const DirectProfileInput = Type.Object({
  serial_number: Type.Optional(nullable(Type.String({ ...machineText, minLength: 1 }))),
  udid: Type.Optional(nullable(Type.String({ ...machineText, minLength: 1 }))),
});

/** The wire shows the secret in full to anyone who may view the enrollment (http-api 3.5). */
function view(deps: ProfileDeps, enrollment: OtaEnrollment): OtaEnrollmentView {
  const { secret } = enrollment;
  return {
    id: enrollment.id,
    name: enrollment.name,
    display_name: enrollment.displayName,
    blueprint: enrollment.blueprint?.pk ?? null,
    push_certificate: enrollment.pushCertificate.pk,
    realm: enrollment.realm?.pk ?? null,
    acme_issuer: enrollment.acmeIssuer?.pk ?? null,
    scep_issuer: enrollment.scepIssuer.pk,
    enrollment_secret: {
      id: secret.id,
      secret: openEnrollmentSecret(deps, secret).reveal(),
      meta_business_unit: secret.metaBusinessUnitId,
      tags: [...secret.tagIds],
      serial_numbers: secret.serialNumbers === null ? null : [...secret.serialNumbers],
      udids: secret.udids === null ? null : [...secret.udids],
      quota: secret.quota,
      request_count: secret.requestCount,
      ...(secret.revokedAt === null ? {} : { revoked_at: wireTime(secret.revokedAt) }),
    },
    created_at: wireTime(enrollment.createdAt),
    updated_at: wireTime(enrollment.updatedAt),
  };
}

function profileAnswer(filename: string, bytes: Buffer): FileAnswer {
  return new FileAnswer({ contentType: profileContentType, filename: `${filename}.mobileconfig`, bytes });
}

const listPath = "/api/mdm/ota_enrollments/";
const detailPath = "/api/mdm/ota_enrollments/:id/";

/** The endpoints, bound in `app.ts`. */
export const otaEnrollmentEndpoints: readonly Endpoint<ProfileDeps>[] = [
  readEndpoint<ProfileDeps, typeof OtaEnrollmentFilter>({
    method: "GET",
    path: listPath,
    operationId: "listOtaEnrollments",
    view: "ota_enrollments",
    access: "mdm.view_otaenrollment",
    summary: "Lists OTA enrollments",
    query: OtaEnrollmentFilter,
    response: { status: 200, schema: OtaEnrollmentView },
    list: "envelope",
    handle: async (deps, op, { query, page }) => {
      const { count, rows } = await listOtaEnrollments(op.tx, query, page);
      return { count, rows: rows.map((row) => view(deps, row)) };
    },
  }),
  writeEndpoint<ProfileDeps, typeof OtaEnrollmentFilter, typeof OtaEnrollmentInput>({
    method: "POST",
    path: listPath,
    operationId: "createOtaEnrollment",
    view: "ota_enrollments",
    access: "mdm.add_otaenrollment",
    summary: "Creates an OTA enrollment and its secret",
    body: OtaEnrollmentInput,
    response: { status: 201, schema: OtaEnrollmentView },
    handle: async (deps, op, { body }) => view(deps, await createOtaEnrollment(op, deps, body)),
  }),
  readEndpoint<ProfileDeps>({
    method: "GET",
    path: detailPath,
    operationId: "findOtaEnrollment",
    view: "ota_enrollment",
    access: "mdm.view_otaenrollment",
    summary: "Shows an OTA enrollment",
    response: { status: 200, schema: OtaEnrollmentView },
    handle: async (deps, op, { params }) => view(deps, await findOtaEnrollment(op, params.id)),
  }),
  writeEndpoint<ProfileDeps, typeof OtaEnrollmentFilter, typeof OtaEnrollmentInput>({
    method: "PUT",
    path: detailPath,
    operationId: "updateOtaEnrollment",
    view: "ota_enrollment",
    access: "mdm.change_otaenrollment",
    summary: "Changes an OTA enrollment",
    body: OtaEnrollmentInput,
    response: { status: 200, schema: OtaEnrollmentView },
    handle: async (deps, op, { params, body }) => view(deps, await updateOtaEnrollment(op, params.id, body)),
  }),
  writeEndpoint<ProfileDeps>({
    method: "DELETE",
    path: detailPath,
    operationId: "deleteOtaEnrollment",
    view: "ota_enrollment",
    access: "mdm.delete_otaenrollment",
    summary: "Deletes an OTA enrollment that no session belongs to",
    response: { status: 204, schema: null },
    handle: async (_deps, op, { params }) => deleteOtaEnrollment(op, params.id),
  }),
  readEndpoint<ProfileDeps>({
    method: "GET",
    path: `${detailPath}profile/`,
    operationId: "downloadOtaEnrollmentProfile",
    view: "ota_enrollment_profile",
    access: "mdm.view_otaenrollment",
    summary: "Downloads the signed profile that starts an enrollment over the air",
    response: { status: 200, schema: null, contentType: profileContentType },
    handle: async (deps, op, { params }) =>
      profileAnswer(profileNames.profileService, await buildOtaEnrollmentProfile(op, deps, params.id)),
  }),
  writeEndpoint<ProfileDeps>({
    method: "POST",
    path: `${detailPath}revoke/`,
    operationId: "revokeOtaEnrollment",
    view: "revoke_ota_enrollment",
    access: "mdm.change_otaenrollment",
    summary: "Revokes an OTA enrollment: nobody enrolls with it any more, enrolled devices stay",
    response: { status: 200, schema: OtaEnrollmentView },
    handle: async (deps, op, { params }) => view(deps, await revokeOtaEnrollment(op, params.id)),
  }),
  writeEndpoint<ProfileDeps, typeof OtaEnrollmentFilter, typeof DirectProfileInput>({
    method: "POST",
    path: `${detailPath}direct_profiles/`,
    operationId: "createDirectProfile",
    view: "ota_enrollment_direct_profiles",
    access: "mdm.add_otaenrollment",
    summary: "Makes a signed enrollment profile for one machine that cannot enroll over the air",
    description: "Good for one machine and 24 hours; bound to the serial number and UDID that are given.",
    body: DirectProfileInput,
    response: { status: 201, schema: null, contentType: profileContentType },
    handle: async (deps, op, { params, body }) =>
      profileAnswer(profileNames.mdm, await createDirectProfile(op, deps, { id: params.id, input: body })),
  }),
];
