/** Over the air, up to the MDM profile: simulated devices of every kind at the real OTA and SCEP doors. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { otaRoutes } from "#mdm/enrollments/ota-route.ts";
import { buildOtaEnrollmentProfile } from "#mdm/enrollments/ota-enrollment-operations.ts";
import { ensureBuiltInScepIssuer } from "#mdm/identities/authority-operations.ts";
import { refuseRenewals } from "#mdm/identities/scep-operations.ts";
import { scepRoute } from "#mdm/identities/scep-route.ts";
import { createHttpServer } from "#platform/http/http-server.ts";
import type { HttpServer } from "#platform/http/http-server.ts";
import { deviceCaAnchorOf } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { openProfile, readMdmSettings } from "#sandbox/devices/configuration-profile.ts";
import type { MdmSettings } from "#sandbox/devices/configuration-profile.ts";
import { finishOta } from "#sandbox/devices/ota-enrollment.ts";
import { enrollWithScep } from "#sandbox/devices/scep-client.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import type { SimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import { makeEnrollment, makeEnrollmentWorld } from "../tools/enrollment-world.ts";
import type { EnrollmentWorld } from "../tools/enrollment-world.ts";
import { findFreePort } from "../tools/free-port.ts";
import { useTestDatabase } from "../tools/test-database.ts";

const database = useTestDatabase();
let simulated: SimulatedWorld;
let world: EnrollmentWorld;
let deps: EnrollmentWorld["deps"];
let server: HttpServer;

beforeAll(async () => {
  simulated = await createSimulatedWorld({ now: () => database.clock.now() });
  world = await makeEnrollmentWorld(database);
  const port = await findFreePort();
  const baseUrl = new URL(`http://127.0.0.1:${port}`);
  await database.testOperation((op) => ensureBuiltInScepIssuer(op, baseUrl));
  const deviceCaAnchors = [deviceCaAnchorOf(decodeCertificate(simulated.deviceCa.deviceCa))];
  deps = { ...world.deps, baseUrl, deviceBaseUrl: baseUrl, deviceCaAnchors };
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: [...otaRoutes(deps), scepRoute({ ...deps, renewalPolicy: refuseRenewals })],
    authenticate: async () => ({ unauthenticated: true, detail: "nobody" }),
  });
  await server.listen({ host: "127.0.0.1", port });
});

afterAll(async () => {
  simulated.transport.close();
  await server.close();
  await deps.eventBuffer.close();
});

async function aProfile(): Promise<Buffer> {
  const { enrollment } = await makeEnrollment(database, world);
  return database.testOperation((op) => buildOtaEnrollmentProfile(op, deps, enrollment.id));
}

function settingsOf(profile: Parameters<typeof readMdmSettings>[0]): MdmSettings {
  const settings = readMdmSettings(profile);
  if (settings === null) throw new Error("No MDM payload");
  return settings;
}

for (const model of ["Mac", "iPhone", "iPad"] as const) {
  test(`a ${model} obtains an MDM profile over the air and the identity it describes`, async () => {
    const device = makeDevice(simulated, model);
    const { context, progress } = await device.beginOta(await aProfile());
    const mdm = await finishOta(context, progress);
    const settings = settingsOf(mdm);
    expect(mdm.signer).not.toBeNull();
    expect(settings).toMatchObject({ signsMessages: true, checksOutWhenRemoved: true });
    const identity = await enrollWithScep(simulated.transport, {
      settings: settings.scep,
      keys: await simulated.keys.pick(7),
      at: simulated.now(),
      method: model === "iPad" ? "GET" : "POST",
    });
    const { subject } = decodeCertificate(identity.certificate);
    expect(findNameValue(subject, nameOids.commonName)).toMatch(/^MDM\$OTA\$[A-Za-z0-9]{56}$/);
    expect(findNameValue(subject, nameOids.serialNumber)).toBe(device.facts.serialNumber);
  });
}

test("the challenge of a profile serves one key only", async () => {
  const { context, progress } = await makeDevice(simulated, "Mac", { number: 8 }).beginOta(await aProfile());
  const { scep } = settingsOf(await finishOta(context, progress));
  const request = { settings: scep, at: simulated.now() };
  await enrollWithScep(simulated.transport, { ...request, keys: await simulated.keys.pick(1) });
  const second = enrollWithScep(simulated.transport, { ...request, keys: await simulated.keys.pick(2) });
  await expect(second).rejects.toMatchObject({ code: "scep_refused" });
});

test("a device of another device CA is turned away at phase 2", async () => {
  const stranger = await createSimulatedWorld({ keys: simulated.keys, now: simulated.now });
  const attempt = makeDevice(stranger, "iPhone", { number: 9 }).beginOta(await aProfile());
  await expect(attempt).rejects.toMatchObject({ code: "status_unexpected", status: 400 });
  stranger.transport.close();
});

test("the profile a person taps on is signed and names the enrollment's door", async () => {
  const profile = openProfile(await aProfile());
  expect(profile.payloadType).toBe("Profile Service");
  expect(profile.signer).not.toBeNull();
});
