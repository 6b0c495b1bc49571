/** A server with one of everything its API shows: what the contract tests call. */
import { randomBytes, randomUUID } from "node:crypto";
import { createRole } from "#admin/roles/role-operations.ts";
import { createAccount } from "#admin/users/account-operations.ts";
import { queueCommand } from "#mdm/commands/command-operations.ts";
import type { Device } from "#mdm/devices/device.ts";
import { findDeviceTarget, findDeviceUserById } from "#mdm/devices/device-operations.ts";
import {
  recordOutcome,
  storeAccounts,
  storeManagedApplications,
  storeProvisioningProfiles,
  storeSettingResults,
} from "#mdm/devices/device-outcome-operations.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import { createSealer, type Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import {
  type ApiClient,
  type ApiObject,
  createApiClient,
  numberOf,
  textOf,
} from "#sandbox/simulate/api-client.ts";
import { mdmSettingsDefault } from "#platform/config-file/mdm-settings.ts";
import { startFakePushCsrSigner } from "#sandbox/push-csr-signer/fake-push-csr-signer.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { enrollDevice } from "./devices.ts";
import { type TestApp, type TestAppOptions, startTestApp } from "./test-app.ts";

export type CallOptions = {
  /** The superuser's by default; null: none. */
  readonly token?: string | null;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  /** Null for answers that are no JSON. */
  readonly body: unknown;
};

export type ContractWorld = {
  readonly testApp: TestApp;
  /** The server's own. */
  readonly sealer: Sealer;
  readonly api: ApiClient;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** A token of a service account that holds exactly these permissions. */
  readonly tokenOf: (permissions: readonly string[]) => Promise<string>;
  /** An enrolled Mac with a user channel, which has reported its inventory. */
  readonly device: SimulatedDevice;
  readonly deviceId: number;
  readonly userCommandUuid: string;
  readonly unitId: number;
  readonly pushCertificateId: number;
  readonly scepIssuerId: string;
  readonly otaEnrollmentId: number;
  /** Another device of the database, which nobody else uses. */
  readonly newDevice: () => Promise<Device>;
  /** Text for a name that must be unique. */
  readonly uniqueName: () => string;
  readonly close: () => Promise<void>;
};

/** Starts the server, with its answers checked against their schemas, and enrolls the device. */
export async function startContractWorld(options: TestAppOptions = {}): Promise<ContractWorld> {
  const signer = await startFakePushCsrSigner();
  const mdm = { ...mdmSettingsDefault, pushCsrSigner: { url: signer.url } };
  const secretKey = new Secret(randomBytes(32));
  const testApp = await startTestApp({ ...options, config: { mdm, secretKey, ...options.config } });
  const { app, apple } = testApp;
  const world = await createSimulatedWorld({ deviceCa: apple.deviceCa, seed: "contract" });
  const api = createApiClient(app.baseUrl.origin, testApp.token, world.transport);
  const objects = await createObjects(api, testApp);
  const device = makeDevice(world, "Mac");
  await device.enroll(await fetchDirectProfile(api, objects.otaEnrollmentId, device));
  await device.pollUntilIdle();
  await app.flush();
  const [row] = await api.list(`/api/mdm/devices/?serial_number=${device.facts.serialNumber}`);
  if (row === undefined) throw new Error("The enrolled device is not listed");
  const run = <T>(work: (op: Operation) => Promise<T>) =>
    operate(app.foundation.source, operatorActor("test"), work);
  const tokens = new Map<string, Promise<string>>();
  let names = 0;
  const uniqueName = (): string => `Contract ${names++}`;
  const tokenOf = (permissions: readonly string[]): Promise<string> => {
    const key = permissions.toSorted().join(" ");
    const token =
      tokens.get(key) ?? run((op) => createServiceToken(op, `contract-${tokens.size}`, permissions));
    tokens.set(key, token);
    return token;
  };
  const userCommandUuid = await run((op) => queueUserCommand(op, row));
  await run((op) => recordOutcomes(op, numberOf(row, "id")));
  // From here on nothing changes the device by itself.
  await app.drainPushes();
  return {
    testApp,
    sealer: createSealer(secretKey),
    api,
    call: (method, path, given) => call(testApp, { method, path, ...given }),
    tokenOf,
    device,
    deviceId: numberOf(row, "id"),
    userCommandUuid,
    ...objects,
    newDevice: () => run((op) => enrollDevice(op)),
    uniqueName,
    close: async () => {
      device.close();
      world.transport.close();
      await testApp.close();
      await signer.close();
    },
  };
}

async function createObjects(api: ApiClient, testApp: TestApp) {
  const unit = await api.create("/api/inventory/meta_business_units/", { name: "Contract unit" });
  const created = await api.create("/api/mdm/push_certificates/", { name: "Contract push" });
  const path = `/api/mdm/push_certificates/${numberOf(created, "id")}/`;
  const certificate = await signCsr(api, path, testApp);
  await api.update(`${path}certificate/`, { certificate });
  const [issuer] = await api.list("/api/mdm/scep_issuers/");
  if (issuer === undefined) throw new Error("The server has no SCEP issuer");
  const enrollment = await api.create("/api/mdm/ota_enrollments/", {
    name: "Contract enrollment",
    push_certificate: numberOf(created, "id"),
    scep_issuer: textOf(issuer, "id"),
    enrollment_secret: { meta_business_unit: numberOf(unit, "id") },
  });
  return {
    unitId: numberOf(unit, "id"),
    pushCertificateId: numberOf(created, "id"),
    scepIssuerId: textOf(issuer, "id"),
    otaEnrollmentId: numberOf(enrollment, "id"),
  };
}

/** Has the request of a push certificate signed, as Apple's portal does. @returns The certificate in PEM. */
export async function signCsr(api: ApiClient, path: string, { apple }: TestApp): Promise<string> {
  const csr = textOf(await api.read(`${path}csr/`), "csr");
  const requestDer = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
  return apple.pushCa.issuePushCertificate(requestDer).certificatePem;
}

async function queueUserCommand(op: Operation, deviceRow: ApiObject): Promise<string> {
  const { device } = await findDeviceTarget(op.tx, numberOf(deviceRow, "id"));
  const [userRow] = deviceRow["users"] as readonly ApiObject[];
  const user = userRow === undefined ? null : await findDeviceUserById(op.tx, numberOf(userRow, "id"));
  if (user === null) throw new Error("The Mac has no user channel");
  // Nobody opens its arguments here, so any key seals them.
  const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
  const request = { name: "ProfileList" as const, arguments: {} };
  return (await queueCommand(op, deps, { target: { device, user }, request })).uuid;
}

/** What commands might have left behind, one row a list. */
async function recordOutcomes(op: Operation, deviceId: number): Promise<void> {
  const target = await findDeviceTarget(op.tx, deviceId);
  const { device } = target;
  const commandUuid = randomUUID();
  const unknown = { fullName: null, userGuid: null, isLoggedIn: null, hasSecureToken: null, json: {} };
  const application = {
    identifier: "com.example.till",
    status: "Managed",
    managementFlags: 1,
    hasConfiguration: false,
    hasFeedback: false,
    isValidated: true,
    externalVersionIdentifier: 1,
  };
  const result = { item: "Bluetooth", identifier: null, status: "Acknowledged", errorChain: null };
  await recordOutcome(op, target, { name: "shut_down", detail: {}, commandUuid });
  await storeSettingResults(op, device, { results: [result], commandUuid });
  await storeAccounts(op, device, [{ userName: "ada", ...unknown }]);
  await storeManagedApplications(op, device, { applications: [application], isPartial: false });
  await storeProvisioningProfiles(op, device, [{ uuid: randomUUID(), name: "Till", expiresAt: op.at }]);
}

async function createServiceToken(
  op: Operation,
  name: string,
  permissions: readonly string[],
): Promise<string> {
  if (permissions.length > 0) await createRole(op, { name, permissions });
  const { apiToken } = await createAccount(
    op,
    { randomBytes },
    {
      username: name,
      email: `${name}@example.com`,
      isServiceAccount: true,
      isSuperuser: false,
      roleNames: permissions.length > 0 ? [name] : [],
      withApiToken: true,
      apiTokenName: null,
      apiTokenExpiry: null,
      skipIfExisting: false,
    },
  );
  if (apiToken === null) throw new Error("A service account has a token");
  return apiToken.reveal();
}

async function call(
  testApp: TestApp,
  request: CallOptions & { readonly method: string; readonly path: string },
): Promise<Answer> {
  const { token = testApp.token.reveal(), body, rawBody } = request;
  const headers = new Headers(request.headers);
  if (token !== null) headers.set("authorization", `Token ${token}`);
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  if (sent !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const response = await fetch(new URL(request.path, testApp.app.baseUrl), {
    method: request.method,
    headers,
    redirect: "manual",
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const isJson = text !== "" && response.headers.get("content-type") === "application/json";
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as unknown) : null,
  };
}
