/** The endpoint table: everything operators may call, slice by slice. OpenAPI and the contract tests derive from it. */
import { realmEndpoints } from "#admin/realms/realm-api.ts";
import { type RoleApiDeps, roleEndpoints } from "#admin/roles/role-api.ts";
import { ownSessionEndpoints, verificationDeviceEndpoints } from "#admin/sessions/own-account-api.ts";
import { type FactorApiDeps, secondFactorEndpoints } from "#admin/sessions/second-factor-api.ts";
import { sessionEndpoints } from "#admin/sessions/session-api.ts";
import { type AccountApiDeps, accountEndpoints } from "#admin/users/account-api.ts";
import { accountTokenEndpoints } from "#admin/users/account-token-api.ts";
import { savedViewEndpoints } from "#admin/saved-views/saved-view-api.ts";
import { eventEndpoints } from "#admin/audit/event-record-api.ts";
import { blueprintEndpoints } from "#mdm/blueprints/blueprint-api.ts";
import { blueprintArtifactEndpoints } from "#mdm/blueprints/blueprint-artifact-api.ts";
import { blueprintChangeEndpoints } from "#mdm/blueprints/blueprint-change-api.ts";
import { deviceBlueprintEndpoints } from "#mdm/blueprints/device-blueprint-api.ts";
import { filevaultConfigEndpoints } from "#mdm/blueprints/filevault-config-api.ts";
import { recoveryPasswordConfigEndpoints } from "#mdm/blueprints/recovery-password-config-api.ts";
import { softwareUpdateEnforcementEndpoints } from "#mdm/blueprints/software-update-enforcement-api.ts";
import { artifactEndpoints } from "#mdm/artifacts/artifact-api.ts";
import { certAssetEndpoints } from "#mdm/artifacts/cert-asset-api.ts";
import { dataAssetEndpoints } from "#mdm/artifacts/data-asset-api.ts";
import { enterpriseAppEndpoints } from "#mdm/artifacts/enterprise-app-api.ts";
import { packageEndpoints } from "#mdm/artifacts/package-api.ts";
import { profileEndpoints } from "#mdm/artifacts/profile-api.ts";
import { provisioningProfileEndpoints } from "#mdm/artifacts/provisioning-profile-api.ts";
import { bulkCommandEndpoints } from "#mdm/commands/bulk-command-api.ts";
import { commandEndpoints } from "#mdm/commands/command-api.ts";
import { commandPayloadEndpoints } from "#mdm/commands/command-payload-api.ts";
import { commandQueueEndpoints } from "#mdm/commands/command-queue-api.ts";
import { commandRowEndpoints } from "#mdm/commands/command-row-api.ts";
import type { CommandDeps } from "#mdm/commands/command-delivery-operations.ts";
import { declarationEndpoints } from "#mdm/declarations/declaration-api.ts";
import { schemaEndpoints } from "#mdm/declarations/schema-api.ts";
import { usedByEndpoints } from "#mdm/declarations/used-by-api.ts";
import { deviceSecretEndpoints } from "#mdm/device-secrets/device-secret-api.ts";
import { deviceEndpoints } from "#mdm/devices/device-api.ts";
import { deviceOutcomeEndpoints } from "#mdm/devices/device-outcome-api.ts";
import { deviceSessionEndpoints } from "#mdm/devices/device-session-api.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { DeviceDeps } from "#mdm/devices/device-operations.ts";
import type { ProfileDeps } from "#mdm/enrollments/enrollment-profile-operations.ts";
import { otaEnrollmentEndpoints } from "#mdm/enrollments/ota-enrollment-api.ts";
import { acmeIssuerEndpoints } from "#mdm/identities/acme-issuer-api.ts";
import { scepIssuerEndpoints } from "#mdm/identities/scep-issuer-api.ts";
import { fileEndpoints } from "#mdm/files/file-api.ts";
import type { FileDeps } from "#mdm/files/file-operations.ts";
import { machineEndpoints } from "#mdm/inventory/machine-api.ts";
import { metaBusinessUnitEndpoints } from "#mdm/inventory/meta-business-unit-api.ts";
import { tagEndpoints } from "#mdm/inventory/tag-api.ts";
import { taxonomyEndpoints } from "#mdm/inventory/taxonomy-api.ts";
import {
  type PushCheckApiDeps,
  pushCertificateCheckEndpoints,
} from "#mdm/push/push-certificate-check-api.ts";
import { pushCertificateEndpoints } from "#mdm/push/push-certificate-api.ts";
import type { PushCertificateDeps } from "#mdm/push/push-certificate-operations.ts";
import { createDashboardEndpoints, type DashboardDeps } from "#mdm/overview/dashboard-api.ts";
import { type ChangeDeps, changeEndpoints } from "#mdm/overview/change-api.ts";
import { searchEndpoints } from "#mdm/overview/search-api.ts";
import { setupEndpoints } from "#mdm/overview/setup-api.ts";
import { deviceArtifactEndpoints } from "#mdm/reconcile/device-artifact-api.ts";
import { previewEndpoints } from "#mdm/reconcile/preview-api.ts";
import type { PlanDeps } from "#mdm/reconcile/reconcile-operations.ts";
import { bindEndpoints, type BoundEndpoint } from "#platform/http/endpoint.ts";
import { describePermissions, type PermissionText } from "#platform/http/permission-texts.ts";
import { scheduleEndpoints } from "#platform/jobs/schedule-api.ts";
import { taskResultEndpoints } from "#platform/jobs/task-result-api.ts";

/** What some endpoints say of the table itself. */
type TableFacts = Pick<FactorApiDeps, "listPermissions"> & RoleApiDeps;

/** What the endpoints of all slices need together; each slice's type names its part. */
export type ApiDeps = ProfileDeps &
  DeviceDeps &
  CommandDeps &
  PushCertificateDeps &
  DesiredStateDeps &
  FileDeps &
  PlanDeps &
  DashboardDeps &
  PushCheckApiDeps &
  ChangeDeps &
  AccountApiDeps &
  Omit<FactorApiDeps & RoleApiDeps, keyof TableFacts>;

/** Lists that were bare arrays until clients learned the envelope; `POMONA_LIST_MODE` says how they are answered. */
export const bareListPaths: readonly string[] = [
  "/api/mdm/acme_issuers/",
  "/api/mdm/scep_issuers/",
  "/api/mdm/filevault_configs/",
  "/api/mdm/recovery_password_configs/",
  "/api/mdm/software_update_enforcements/",
  "/api/mdm/ota_enrollments/",
  "/api/mdm/blueprints/",
  "/api/mdm/blueprint_artifacts/",
  "/api/mdm/locations/",
  "/api/mdm/location_assets/",
  "/api/mdm/push_certificates/",
];

/** Binds the whole table. */
export function bindApi(deps: ApiDeps): BoundEndpoint[] {
  const accountDeps = { ...deps, ...tableFacts };
  return [
    ...bindEndpoints(deps, deviceEndpoints),
    ...bindEndpoints(deps, deviceOutcomeEndpoints),
    ...bindEndpoints(deps, deviceSessionEndpoints),
    ...bindEndpoints(deps, deviceSecretEndpoints),
    ...bindEndpoints(deps, commandEndpoints),
    ...bindEndpoints(deps, commandQueueEndpoints),
    ...bindEndpoints(deps, commandRowEndpoints),
    ...bindEndpoints(deps, commandPayloadEndpoints),
    ...bindEndpoints(deps, bulkCommandEndpoints),
    ...bindEndpoints(deps, pushCertificateEndpoints),
    ...bindEndpoints(deps, pushCertificateCheckEndpoints),
    ...bindEndpoints(deps, acmeIssuerEndpoints),
    ...bindEndpoints(deps, scepIssuerEndpoints),
    ...bindEndpoints(deps, otaEnrollmentEndpoints),
    ...bindEndpoints(deps, artifactEndpoints),
    ...bindEndpoints(deps, profileEndpoints),
    ...bindEndpoints(deps, provisioningProfileEndpoints),
    ...bindEndpoints(deps, certAssetEndpoints),
    ...bindEndpoints(deps, fileEndpoints),
    ...bindEndpoints(deps, dataAssetEndpoints),
    ...bindEndpoints(deps, enterpriseAppEndpoints),
    ...bindEndpoints(deps, packageEndpoints),
    ...bindEndpoints(deps, blueprintEndpoints),
    ...bindEndpoints(deps, blueprintChangeEndpoints),
    ...bindEndpoints(deps, deviceBlueprintEndpoints),
    ...bindEndpoints(deps, blueprintArtifactEndpoints),
    ...bindEndpoints(deps, declarationEndpoints),
    ...bindEndpoints(deps, schemaEndpoints),
    ...bindEndpoints(deps, usedByEndpoints),
    ...bindEndpoints(deps, filevaultConfigEndpoints),
    ...bindEndpoints(deps, recoveryPasswordConfigEndpoints),
    ...bindEndpoints(deps, softwareUpdateEnforcementEndpoints),
    ...bindEndpoints(deps, metaBusinessUnitEndpoints),
    ...bindEndpoints(deps, taxonomyEndpoints),
    ...bindEndpoints(deps, tagEndpoints),
    ...bindEndpoints(deps, machineEndpoints),
    ...bindEndpoints(deps, deviceArtifactEndpoints),
    ...bindEndpoints(deps, previewEndpoints),
    ...bindEndpoints(deps, createDashboardEndpoints()),
    ...bindEndpoints(deps, searchEndpoints),
    ...bindEndpoints(deps, changeEndpoints),
    ...bindEndpoints(deps, setupEndpoints),
    ...bindEndpoints(deps, realmEndpoints),
    ...bindEndpoints(deps, savedViewEndpoints),
    ...bindEndpoints(deps, eventEndpoints),
    ...bindEndpoints(deps, taskResultEndpoints),
    ...bindEndpoints(deps, scheduleEndpoints),
    ...bindEndpoints(accountDeps, sessionEndpoints),
    ...bindEndpoints(accountDeps, secondFactorEndpoints),
    ...bindEndpoints(accountDeps, ownSessionEndpoints),
    ...bindEndpoints(accountDeps, verificationDeviceEndpoints),
    ...bindEndpoints(accountDeps, roleEndpoints),
    ...bindEndpoints(accountDeps, accountEndpoints),
    ...bindEndpoints(accountDeps, accountTokenEndpoints),
  ];
}

let permissions: readonly PermissionText[] | undefined;

const tableFacts: TableFacts = {
  describePermissions: () => {
    permissions ??= describePermissions(describeApi());
    return permissions;
  },
  listPermissions: () => listApiPermissions(),
};

/** All codenames that the table asks for, sorted. */
export function listApiPermissions(): string[] {
  return tableFacts.describePermissions().map(({ codename }) => codename);
}

/** The table as data, for documents and tests: none of its endpoints can be run. */
export function describeApi(): BoundEndpoint[] {
  // Binding only keeps the dependencies; nothing looks at them before an endpoint runs.
  return bindApi({} as ApiDeps);
}
