/** One request that succeeds for each endpoint of the API, by operation. The contract test holds the list complete. */
import { createHash, randomUUID } from "node:crypto";
import { realmConfigContext } from "#admin/realms/realm.ts";
import { sql } from "#platform/db/sql.ts";
import { sealText } from "#platform/sealer.ts";
import { signData } from "#protocol/cms/sign.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { insertArtifact, insertBlueprint } from "./desired-state.ts";
import { insertRealm } from "./realms.ts";
import { makePkg } from "./archives.ts";
import { accountRequests } from "./contract-account-requests.ts";
import { type ContractWorld, signCsr } from "./contract-world.ts";
import { aCa, rsaKey } from "./identities.ts";

export type ContractRequest = {
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of a body that is JSON. */
  readonly rawBody?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
};

type Body = Readonly<Record<string, unknown>>;
type MakeRequest = (world: ContractWorld) => ContractRequest | Promise<ContractRequest>;

const devicePath = ({ deviceId }: ContractWorld): string => `/api/mdm/devices/${deviceId}/`;
const customCommand = "<dict><key>RequestType</key><string>ProfileList</string></dict>";

async function userPath({ api, userCommandUuid }: ContractWorld): Promise<string> {
  const command = await api.read(`/api/mdm/users/commands/${userCommandUuid}/`);
  return `/api/mdm/users/${numberOf(command, "enrolled_user")}/`;
}

async function newDevicePath(world: ContractWorld): Promise<string> {
  return `/api/mdm/devices/${(await world.newDevice()).id}/`;
}

async function newCommandPath(world: ContractWorld): Promise<string> {
  const command = await world.api.create(`${await newDevicePath(world)}commands/`, { name: "ProfileList" });
  return `/api/mdm/devices/commands/${textOf(command, "uuid")}/`;
}

/** A command that waits for its next try. */
async function newPostponedCommandPath(world: ContractWorld): Promise<string> {
  const path = await newCommandPath(world);
  await world.testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`update commands set retry_at = updated_at where uuid = ${path.split("/").at(-2)}`),
  );
  return path;
}

/** A command whose answer is kept. */
async function newAnsweredPath(world: ContractWorld): Promise<string> {
  const path = await newCommandPath(world);
  await answer(world, path.split("/").at(-2));
  return path;
}

async function answeredUserPath(world: ContractWorld): Promise<string> {
  const { uuid } = await world.api.create(`${await userPath(world)}commands/`, { name: "ProfileList" });
  await answer(world, uuid);
  return `/api/mdm/users/commands/${String(uuid)}/`;
}

async function answer({ testApp }: ContractWorld, uuid: unknown): Promise<void> {
  const result = writePlist({ Status: "Acknowledged" });
  await testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      with ended as (delete from commands where uuid = ${String(uuid)} returning *)
      insert into command_history (uuid, device_id, device_user_id, name, request_type, delivery_count, outcome, status,
                                   result, result_time, created_at, updated_at)
      select uuid, device_id, device_user_id, name, request_type, 1, 'answered', 'Acknowledged', ${result}::bytea,
             updated_at, created_at, updated_at from ended`),
  );
}

async function newBulkCommandPath(world: ContractWorld): Promise<string> {
  const body = { name: "ProfileList", devices: [world.deviceId] };
  const { id } = await world.api.create("/api/mdm/bulk_commands/", body);
  const path = `/api/mdm/bulk_commands/${String(id)}/`;
  for (let tries = 0; tries < 1_000 && (await world.api.read(path))["finished_at"] === null; ) tries++;
  return path;
}

async function newPushCertificatePath(world: ContractWorld): Promise<string> {
  const created = await world.api.create("/api/mdm/push_certificates/", { name: world.uniqueName() });
  return `/api/mdm/push_certificates/${numberOf(created, "id")}/`;
}

async function newBlueprintPath(world: ContractWorld): Promise<string> {
  const { database } = world.testApp.app.foundation;
  const id = await database.transaction((tx) => insertBlueprint(tx));
  return `/api/mdm/blueprints/${id}/`;
}

/** A device on which an artifact failed, and that reported its status. */
async function newReporting(
  world: ContractWorld,
): Promise<{ readonly path: string; readonly artifactId: string }> {
  const { id: deviceId } = await world.newDevice();
  const { id: artifactId } = await world.testApp.app.foundation.database.transaction(async (tx) => {
    const artifact = await insertArtifact(tx);
    await tx.run(sql`
      with made as (select id, created_at as at from artifact_versions where artifact_id = ${artifact.id}),
           report as (
             insert into status_reports (device_id, report, received_at) select ${deviceId}, '{}', at from made),
           item as (
             insert into status_items (device_id, name, identifier, value, reported_at)
             select ${deviceId}, 'device.model.family', '', '"Mac"', at from made)
      insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                    install_count, retry_count, max_retry_count, created_at, updated_at)
      select ${deviceId}, id, 'Failed', '{}', '', 0, 2, 2, at, at from made`);
    return artifact;
  });
  return { path: `/api/mdm/devices/${deviceId}/`, artifactId };
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

async function newUnitPath(world: ContractWorld): Promise<string> {
  const unit = await world.api.create("/api/inventory/meta_business_units/", { name: world.uniqueName() });
  return `/api/inventory/meta_business_units/${numberOf(unit, "id")}/`;
}

/** A row of one of the inventory lists, for the requests that change it. */
async function newInventoryPath(world: ContractWorld, list: "tags" | "taxonomies"): Promise<string> {
  const created = await world.api.create(`/api/inventory/${list}/`, { name: world.uniqueName() });
  return `/api/inventory/${list}/${numberOf(created, "id")}/`;
}

const filevaultBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  escrow_location_display_name: "Pomona",
});
const namedBody = ({ uniqueName }: ContractWorld): Body => ({ name: uniqueName() });
const enforcementBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  platforms: ["macOS"],
  max_os_version: "27",
});

async function newArtifact(world: ContractWorld, type: string): Promise<string> {
  const artifact = randomUUID();
  await world.testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${artifact}, ${artifact}, ${type}, 'Device', '{macOS}', false, true, 0, 'No', now(), now())`),
  );
  return artifact;
}

async function linkBody(world: ContractWorld): Promise<Body> {
  const { id } = await world.api.create("/api/mdm/blueprints/", namedBody(world));
  return { blueprint: id, artifact: await newArtifact(world, "Profile"), macos: true };
}

async function declarationBody(world: ContractWorld): Promise<Body> {
  const source = {
    Type: "com.apple.configuration.passcode.settings",
    Identifier: world.uniqueName(),
    ServerToken: world.uniqueName(),
    Payload: { MinimumLength: 12 },
  };
  return { artifact: await newArtifact(world, "Configuration"), source, macos: true, version: 1 };
}

async function newRealmPath({ sealer, testApp, uniqueName }: ContractWorld): Promise<string> {
  const uuid = randomUUID();
  const config = { default_relay_state: randomUUID(), idp_metadata: "<xml/>" };
  const configSealed = sealText(sealer, JSON.stringify(config), realmConfigContext(uuid));
  await testApp.app.foundation.database.transaction((tx) =>
    insertRealm(tx, { uuid, name: uniqueName(), backend: "saml", configSealed }, new Date()),
  );
  return `/api/realms/realms/${uuid}/`;
}

const artifactBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  type: "Profile",
  channel: "Device",
});

const profilePlist = writePlist({ PayloadIdentifier: "com.example.profile", PayloadUUID: "A1" });

async function profileBody(world: ContractWorld): Promise<Body> {
  const source = profilePlist.toString("base64");
  return { artifact: await newArtifact(world, "Profile"), source, macos: true, version: 1 };
}

async function provisioningProfileBody(world: ContractWorld): Promise<Body> {
  const { certificate, privateKey } = aCa(rsaKey("signer of provisioning profiles"));
  const content = writePlist({ Name: "Apps", UUID: randomUUID() });
  const source = signData({ content, certificate, privateKey, signedAttributes: true }).toString("base64");
  return { artifact: await newArtifact(world, "Provisioning Profile"), source, macos: true, version: 1 };
}

async function certAssetBody(world: ContractWorld): Promise<Body> {
  return {
    artifact: await newArtifact(world, "Certificate Asset"),
    acme_issuer: null,
    scep_issuer: world.scepIssuerId,
    subject: [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }],
    subject_alt_name: {},
    macos: true,
    version: 1,
  };
}

const acmeIssuerBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  directory_url: "https://acme.example.com/directory",
  key_type: "ECSECPrimeRandom",
  key_size: 384,
  backend: "STATIC_CHALLENGE",
  static_challenge_kwargs: { challenge: "k7-orange" },
});

function uploadRequest(world: ContractWorld): ContractRequest & { readonly sha256: string } {
  const file = makePkg({ version: world.uniqueName() });
  const head = '--part\r\nContent-Disposition: form-data; name="file"; filename="agent.pkg"\r\n\r\n';
  return {
    path: "/api/mdm/files/",
    rawBody: new Uint8Array(Buffer.concat([Buffer.from(head), file, Buffer.from("\r\n--part--\r\n")])),
    headers: { "content-type": "multipart/form-data; boundary=part" },
    sha256: createHash("sha256").update(file).digest("hex"),
  };
}

/** Uploads a package and answers how requests name it. */
async function uploadPackage(
  world: ContractWorld,
): Promise<{ readonly uri: string; readonly sha256: string }> {
  const { path, sha256, ...sent } = uploadRequest(world);
  await world.call("POST", path, sent);
  return { uri: `pomona://files/${sha256}`, sha256 };
}

async function packageBody(world: ContractWorld): Promise<Body> {
  const { uri, sha256 } = await uploadPackage(world);
  return { name: world.uniqueName(), source_uri: uri, sha256 };
}

async function enterpriseAppBody(world: ContractWorld): Promise<Body> {
  const { uri, sha256 } = await uploadPackage(world);
  const artifact = await newArtifact(world, "Enterprise App");
  return { artifact, package_uri: uri, package_sha256: sha256, macos: true, version: 1 };
}

async function dataAssetBody(world: ContractWorld): Promise<Body> {
  const source = Buffer.from("<plist><string>settings</string></plist>").toString("base64");
  return { artifact: await newArtifact(world, "Data Asset"), type: "PLIST", source, macos: true, version: 1 };
}

function crudRequests(
  { path, list, one }: { readonly path: string; readonly list: string; readonly one: string },
  bodyOf: (world: ContractWorld) => Body | Promise<Body>,
): Record<string, MakeRequest> {
  const make = async (world: ContractWorld): Promise<ContractRequest> => {
    const body = await bodyOf(world);
    const { id } = await world.api.create(path, body);
    return { path: `${path}${String(id)}/`, body };
  };
  const bare = async (world: ContractWorld): Promise<ContractRequest> => ({ path: (await make(world)).path });
  return {
    [`list${list}`]: async (world) => {
      await make(world);
      return { path };
    },
    [`create${one}`]: async (world) => ({ path, body: await bodyOf(world) }),
    [`find${one}`]: bare,
    [`update${one}`]: make,
    [`delete${one}`]: bare,
  };
}

/** Each call makes the objects it changes, so that requests may be made in any order. */
export const contractRequests: Readonly<Record<string, MakeRequest>> = {
  search: () => ({ path: "/api/search/?q=contract" }),
  readSetup: () => ({ path: "/api/mdm/setup/" }),
  testBaseUrl: () => ({ path: "/api/mdm/setup/test_base_url/" }),
  testPushCertificate: async (world) => ({ path: `${await newPushCertificatePath(world)}test/` }),
  readDashboard: () => ({ path: "/api/dashboard/" }),
  listExpiries: () => ({ path: "/api/expiries/" }),
  listDevices: () => ({ path: "/api/mdm/devices/" }),
  listDeviceRows: () => ({ path: "/api/mdm/devices/rows/?state=enrolled" }),
  exportDevices: () => ({ path: "/api/mdm/devices/export/" }),
  findDevice: (world) => ({ path: devicePath(world) }),
  listDeviceApplications: (world) => ({ path: `${devicePath(world)}applications/` }),
  listDeviceProfiles: (world) => ({ path: `${devicePath(world)}profiles/` }),
  listDeviceCertificates: (world) => ({ path: `${devicePath(world)}certificates/` }),
  blockDevice: async (world) => ({ path: `${await newDevicePath(world)}block/` }),
  unblockDevice: async (world) => {
    const path = await newDevicePath(world);
    await world.api.create(`${path}block/`, {});
    return { path: `${path}unblock/` };
  },
  findDeviceLockPin: (world) => ({ path: `${devicePath(world)}device_lock_pin/` }),
  eraseDevice: async (world) => ({ path: `${await newDevicePath(world)}erase/`, body: { pin: "271828" } }),
  lockDevice: async (world) => ({ path: `${await newDevicePath(world)}lock/`, body: { pin: "271828" } }),
  sendCustomCommand: async (world) => ({
    path: `${await newDevicePath(world)}send_custom_command/`,
    body: { command: customCommand },
  }),
  createDeviceCommand: async (world) => ({
    path: `${await newDevicePath(world)}commands/`,
    body: { name: "ProfileList" },
  }),
  listSchedules: () => ({ path: "/api/schedules/" }),
  listDeviceQueue: (world) => ({ path: `${devicePath(world)}commands/` }),
  retryDeviceCommand: async (world) => ({ path: `${await newPostponedCommandPath(world)}retry/` }),
  cancelDeviceCommand: async (world) => ({ path: `${await newCommandPath(world)}cancel/` }),
  createBulkCommand: ({ deviceId }) => ({
    path: "/api/mdm/bulk_commands/",
    body: { name: "ProfileList", devices: [deviceId] },
  }),
  listBulkCommands: async (world) => {
    await newBulkCommandPath(world);
    return { path: "/api/mdm/bulk_commands/" };
  },
  findBulkCommand: async (world) => ({ path: await newBulkCommandPath(world) }),
  listBulkCommandTargets: async (world) => ({ path: `${await newBulkCommandPath(world)}targets/` }),
  listDeviceCommands: () => ({ path: "/api/mdm/devices/commands/" }),
  findDeviceCommand: async (world) => ({ path: await newCommandPath(world) }),
  deleteDeviceCommand: async (world) => ({ path: await newCommandPath(world) }),
  listUserCommands: () => ({ path: "/api/mdm/users/commands/" }),
  listUserQueue: async (world) => ({ path: `${await userPath(world)}commands/` }),
  findDeviceCommandPayload: async (world) => ({ path: `${await newCommandPath(world)}payload/` }),
  findUserCommandPayload: ({ userCommandUuid: uuid }) => ({
    path: `/api/mdm/users/commands/${uuid}/payload/`,
  }),
  downloadDeviceCommandResult: async (world) => ({ path: `${await newAnsweredPath(world)}result/` }),
  downloadUserCommandResult: async (world) => ({ path: `${await answeredUserPath(world)}result/` }),
  findUserCommand: ({ userCommandUuid }) => ({ path: `/api/mdm/users/commands/${userCommandUuid}/` }),
  listDeviceSessions: (world) => ({ path: `${devicePath(world)}sessions/` }),
  listDeviceOutcomes: (world) => ({ path: `${devicePath(world)}outcomes/` }),
  listDeviceSettings: (world) => ({ path: `${devicePath(world)}settings/` }),
  listDeviceAccounts: (world) => ({ path: `${devicePath(world)}accounts/` }),
  listDeviceManagedApplications: (world) => ({ path: `${devicePath(world)}managed_applications/` }),
  listDeviceProvisioningProfiles: (world) => ({ path: `${devicePath(world)}provisioning_profiles/` }),
  listDeviceArtifacts: async (world) => ({ path: `${(await newReporting(world)).path}artifacts/` }),
  retryDeviceArtifact: async (world) => {
    const { path, artifactId } = await newReporting(world);
    return { path: `${path}artifacts/${artifactId}/retry/` };
  },
  listDeviceStatusItems: async (world) => ({ path: `${(await newReporting(world)).path}status_items/` }),
  listDeviceStatusReports: async (world) => ({ path: `${(await newReporting(world)).path}status_reports/` }),
  previewBlueprint: async (world) => ({ path: `${await newBlueprintPath(world)}preview/`, body: {} }),
  findBlueprintStatus: async (world) => ({ path: `${await newBlueprintPath(world)}status/` }),
  listBlueprintStatuses: () => ({ path: "/api/mdm/blueprints/status/" }),
  findActivationLockBypassCode: (world) => ({ path: `${devicePath(world)}activation_lock_bypass_code/` }),
  findDeviceLocation: (world) => ({ path: `${devicePath(world)}location/` }),
  findUser: async (world) => ({ path: await userPath(world) }),
  createUserCommand: async (world) => ({
    path: `${await userPath(world)}commands/`,
    body: { name: "ProfileList" },
  }),
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
  ...crudRequests({ path: "/api/mdm/artifacts/", list: "Artifacts", one: "Artifact" }, artifactBody),
  ...crudRequests({ path: "/api/mdm/profiles/", list: "Profiles", one: "Profile" }, profileBody),
  ...crudRequests(
    {
      path: "/api/mdm/provisioning_profiles/",
      list: "ProvisioningProfiles",
      one: "ProvisioningProfile",
    },
    provisioningProfileBody,
  ),
  ...crudRequests({ path: "/api/mdm/cert_assets/", list: "CertAssets", one: "CertAsset" }, certAssetBody),
  uploadFile: uploadRequest,
  ...crudRequests({ path: "/api/mdm/data_assets/", list: "DataAssets", one: "DataAsset" }, dataAssetBody),
  ...crudRequests(
    { path: "/api/mdm/enterprise_apps/", list: "EnterpriseApps", one: "EnterpriseApp" },
    enterpriseAppBody,
  ),
  ...crudRequests({ path: "/api/mdm/packages/", list: "Packages", one: "Package" }, packageBody),
  ...crudRequests({ path: "/api/mdm/acme_issuers/", list: "AcmeIssuers", one: "AcmeIssuer" }, acmeIssuerBody),
  ...crudRequests({ path: "/api/mdm/blueprints/", list: "Blueprints", one: "Blueprint" }, namedBody),
  ...crudRequests(
    { path: "/api/mdm/blueprint_artifacts/", list: "BlueprintArtifacts", one: "BlueprintArtifact" },
    linkBody,
  ),
  ...crudRequests(
    { path: "/api/mdm/declarations/", list: "Declarations", one: "Declaration" },
    declarationBody,
  ),
  listPayloadSchemas: () => ({ path: "/api/mdm/schema/payloads/" }),
  findPayloadSchema: () => ({ path: "/api/mdm/schema/payloads/com.apple.wifi.managed/" }),
  listDeclarationSchemas: () => ({ path: "/api/mdm/schema/declarations/" }),
  findDeclarationSchema: () => ({
    path: "/api/mdm/schema/declarations/com.apple.configuration.passcode.settings/",
  }),
  validateDocument: () => ({
    path: "/api/mdm/schema/validate/",
    body: { kind: "profile", document: profilePlist.toString(), platforms: ["macOS"] },
  }),
  ...crudRequests(
    { path: "/api/mdm/filevault_configs/", list: "FilevaultConfigs", one: "FilevaultConfig" },
    filevaultBody,
  ),
  ...crudRequests(
    {
      path: "/api/mdm/recovery_password_configs/",
      list: "RecoveryPasswordConfigs",
      one: "RecoveryPasswordConfig",
    },
    namedBody,
  ),
  ...crudRequests(
    {
      path: "/api/mdm/software_update_enforcements/",
      list: "SoftwareUpdateEnforcements",
      one: "SoftwareUpdateEnforcement",
    },
    enforcementBody,
  ),
  updateDevice: async (world) => ({ path: await newDevicePath(world), body: { blueprint: null } }),
  assignBlueprint: async (world) => ({
    path: "/api/mdm/devices/assign_blueprint/",
    body: { blueprint: null, devices: [world.deviceId] },
  }),
  listRealms: async (world) => {
    await newRealmPath(world);
    return { path: "/api/realms/realms/" };
  },
  findRealm: async (world) => ({ path: await newRealmPath(world) }),
  listMetaBusinessUnits: () => ({ path: "/api/inventory/meta_business_units/" }),
  createMetaBusinessUnit: ({ uniqueName }) => ({
    path: "/api/inventory/meta_business_units/",
    body: { name: uniqueName() },
  }),
  readMetaBusinessUnit: ({ unitId }) => ({ path: `/api/inventory/meta_business_units/${unitId}/` }),
  updateMetaBusinessUnit: async (world) => ({
    path: await newUnitPath(world),
    body: { name: world.uniqueName() },
  }),
  deleteMetaBusinessUnit: async (world) => ({ path: await newUnitPath(world) }),
  listTaxonomies: () => ({ path: "/api/inventory/taxonomies/" }),
  createTaxonomy: ({ uniqueName }) => ({ path: "/api/inventory/taxonomies/", body: { name: uniqueName() } }),
  readTaxonomy: async (world) => ({ path: await newInventoryPath(world, "taxonomies") }),
  updateTaxonomy: async (world) => ({
    path: await newInventoryPath(world, "taxonomies"),
    body: { name: world.uniqueName() },
  }),
  deleteTaxonomy: async (world) => ({ path: await newInventoryPath(world, "taxonomies") }),
  listTags: () => ({ path: "/api/inventory/tags/" }),
  createTag: ({ uniqueName }) => ({ path: "/api/inventory/tags/", body: { name: uniqueName() } }),
  readTag: async (world) => ({ path: await newInventoryPath(world, "tags") }),
  updateTag: async (world) => ({
    path: await newInventoryPath(world, "tags"),
    body: { name: world.uniqueName() },
  }),
  deleteTag: async (world) => ({ path: await newInventoryPath(world, "tags") }),
  tagMachines: ({ uniqueName }) => ({
    path: "/api/inventory/machines/tags/",
    body: { serial_numbers: ["CONTRACT1"], operations: [{ kind: "ADD", names: [uniqueName()] }] },
  }),
  readMachineMeta: async ({ api, uniqueName }) => {
    const serialNumber = uniqueName().replace(/[^A-Za-z0-9]/g, "");
    await api.create("/api/inventory/machines/tags/", {
      serial_numbers: [serialNumber],
      operations: [{ kind: "ADD", names: ["contract"] }],
    });
    return { path: `/api/inventory/machines/${serialNumber}/meta/` };
  },
  ...accountRequests,
  listEvents: () => ({ path: "/api/events/" }),
  findTaskResult: () => ({ path: `/api/task_result/${randomUUID()}/` }),
};
