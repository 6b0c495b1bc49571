/** What the stories of devices share: a running server, an enrollment to join, devices, and what was recorded. */
import { afterAll, beforeAll } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import type { DeviceModel } from "#sandbox/devices/device-facts.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld, type SimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import {
  type ApiClient,
  type ApiObject,
  createApiClient,
  numberOf,
  textOf,
} from "#sandbox/simulate/api-client.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";

/** An event as it was stored. */
export type StoredEvent = {
  readonly type: string;
  readonly serialNumber: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly objects: Readonly<Record<string, readonly string[]>>;
};

/** An answer of the API, whatever its status. */
export type ApiAnswer = { readonly status: number; readonly body: unknown };

export type DeviceStories = TestApp & {
  readonly world: SimulatedWorld;
  readonly api: ApiClient;
  readonly enrollmentId: number;
  readonly topic: string;
  /** The profile a person taps on: over the air. */
  readonly otaProfile: Buffer;
  /** A device of its own, out of the box. */
  readonly newDevice: (model: DeviceModel, options?: DeviceDetails) => SimulatedDevice;
  readonly directProfile: (device: SimulatedDevice) => Promise<Buffer>;
  /** A device that has enrolled with a direct profile, which is the quickest way. */
  readonly enrolled: (model: DeviceModel, options?: DeviceDetails) => Promise<SimulatedDevice>;
  /** A device that has enrolled and reported its whole inventory. */
  readonly settledDevice: (model: DeviceModel, options?: DeviceDetails) => Promise<SimulatedDevice>;
  readonly idOf: (device: SimulatedDevice) => Promise<number>;
  /** The device as the API's detail shows it. */
  readonly detailOf: (device: SimulatedDevice) => Promise<ApiObject>;
  readonly call: (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;
  /** Queues a command of any kind. @returns Its UUID. */
  readonly order: (device: SimulatedDevice, name: string, args?: ApiObject) => Promise<string>;
  readonly commandOf: (uuid: string) => Promise<ApiObject>;
  /** What was recorded about a device since its beginning, oldest first. */
  readonly eventsOf: (device: SimulatedDevice, type?: string) => Promise<readonly StoredEvent[]>;
  /** How many statements the doors of devices send while something is done. */
  readonly countStatements: (work: () => Promise<unknown>) => Promise<number>;
};

type DeviceDetails = NonNullable<Parameters<typeof makeDevice>[2]>;

/** Starts a server for the stories of one file and closes it after them. */
export function useDeviceStories(options: TestAppOptions = {}): DeviceStories {
  let stories: DeviceStories | undefined;
  beforeAll(async () => {
    stories = await startDeviceStories(options);
  });
  afterAll(async () => {
    stories?.world.transport.close();
    await stories?.close();
  });
  return new Proxy({} as DeviceStories, {
    get: (_, name) => {
      if (stories === undefined) throw new Error("Stories exist only inside hooks and tests");
      return stories[name as keyof DeviceStories];
    },
  });
}

/** Starts a server for stories; the caller closes it. {@link useDeviceStories} does both. */
export async function startDeviceStories(options: TestAppOptions): Promise<DeviceStories> {
  const app = await startTestApp(options);
  const { deviceCa } = app.apple;
  const world = await createSimulatedWorld({ deviceCa, now: () => app.clock.now() });
  const api = createApiClient(app.app.baseUrl.origin, app.token, world.transport);
  const enrollment = await makeEnrollment(app, api);
  return { ...app, world, api, ...enrollment, ...verbs(app, { world, api, ...enrollment }) };
}

type Enrollment = Pick<DeviceStories, "enrollmentId" | "topic" | "otaProfile">;

async function makeEnrollment({ apple }: TestApp, api: ApiClient): Promise<Enrollment> {
  const { id } = await api.create("/api/mdm/push_certificates/", { name: "Push" });
  const path = `/api/mdm/push_certificates/${String(id)}/`;
  const csr = textOf(await api.read(`${path}csr/`), "csr");
  const request = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
  const issued = apple.pushCa.issuePushCertificate(request);
  await api.update(`${path}certificate/`, { certificate: issued.certificatePem });
  const unit = await api.create("/api/inventory/meta_business_units/", { name: "Stories" });
  const [issuer] = await api.list("/api/mdm/scep_issuers/");
  const enrollment = await api.create("/api/mdm/ota_enrollments/", {
    name: "Stories",
    push_certificate: id,
    scep_issuer: issuer?.["id"],
    enrollment_secret: { meta_business_unit: numberOf(unit, "id") },
  });
  const enrollmentId = numberOf(enrollment, "id");
  const otaProfile = await api.download(`/api/mdm/ota_enrollments/${enrollmentId}/profile/`);
  return { enrollmentId, topic: issued.topic, otaProfile };
}

type Ready = Enrollment & Pick<DeviceStories, "world" | "api">;

function verbs({ app, token }: TestApp, { world, api, enrollmentId }: Ready) {
  let nextNumber = 0;
  const newDevice: DeviceStories["newDevice"] = (model, options = {}) =>
    makeDevice(world, model, { number: nextNumber++, ...options });
  const directProfile = (device: SimulatedDevice) => fetchDirectProfile(api, enrollmentId, device);
  const enrolled: DeviceStories["enrolled"] = async (model, options) => {
    const device = newDevice(model, options);
    await device.enroll(await directProfile(device));
    return device;
  };
  const idOf = async ({ facts }: SimulatedDevice): Promise<number> => {
    const [row] = await api.list(`/api/mdm/devices/?udid=${facts.udid}`);
    if (row === undefined) throw new Error(`The API does not know ${facts.udid}`);
    return numberOf(row, "id");
  };
  const call: DeviceStories["call"] = async (method, path, body) => {
    const answer = await fetch(new URL(path, app.baseUrl), {
      method,
      headers: {
        authorization: `Token ${token.reveal()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
  };
  return {
    newDevice,
    directProfile,
    enrolled,
    settledDevice: async (...wanted: Parameters<typeof enrolled>) => {
      const device = await enrolled(...wanted);
      await device.pollUntilIdle();
      return device;
    },
    idOf,
    detailOf: async (device: SimulatedDevice) => api.read(`/api/mdm/devices/${await idOf(device)}/`),
    call,
    order: async (device: SimulatedDevice, name: string, args: ApiObject = {}) => {
      const path = `/api/mdm/devices/${await idOf(device)}/commands/`;
      return textOf(await api.create(path, { name, arguments: args }), "uuid");
    },
    commandOf: (uuid: string) => api.read(`/api/mdm/devices/commands/${uuid.toLowerCase()}/`),
    countStatements: async (work: () => Promise<unknown>) => {
      const before = app.deviceStatementCount();
      await work();
      return app.deviceStatementCount() - before;
    },
    eventsOf: async ({ facts }: SimulatedDevice, type = "mdm_request") => {
      await app.flush();
      return app.foundation.database.many<StoredEvent>(sql`
        select type, serial_number, payload, objects from events
         where serial_number = ${facts.serialNumber} and type = ${type} order by sequence`);
    },
  };
}
