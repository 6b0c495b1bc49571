/** How long the URLs of an enrollment open something: until the device enrolls anew, through every renewal. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDeviceTarget } from "#mdm/devices/device-operations.ts";
import { createReenrollmentSession } from "#mdm/enrollments/enrollment-session-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { asId } from "#platform/ids.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { createTokenSigner } from "#platform/signed-token.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { type ContractWorld, startContractWorld } from "../../../test/tools/contract-world.ts";
import { insertProfile } from "../../../test/tools/deliverables.ts";
import { signDownload } from "./download-token.ts";
import { downloadUrl } from "./download-urls.ts";

const secretKey = new Secret(randomBytes(32));
const signer = createTokenSigner(secretKey);
const sealer = createSealer(secretKey);
let world: ContractWorld;
beforeAll(async () => {
  world = await startContractWorld({ config: { secretKey } });
});
afterAll(() => world.close());

const run = <T>(work: (op: Operation) => Promise<T>): Promise<T> =>
  operate(world.testApp.app.foundation.source, operatorActor("test"), work);

const findTarget = () => findDeviceTarget(world.testApp.app.foundation.database, world.deviceId);

/** The URL of a profile, for the device as it is enrolled now. */
async function profileUrl(): Promise<string> {
  const source = writePlist({ PayloadIdentifier: "com.example.wifi", PayloadUUID: "A" });
  const { versionId: objectId } = await run((op) => insertProfile(op, sealer, source));
  const made = { target: await findTarget(), objectId, at: world.testApp.clock.now() };
  return downloadUrl(world.testApp.app.baseUrl, "profile", signDownload(signer, "profile", made) ?? "");
}

/** Renews the enrollment of the device, as its certificate's end would. */
async function renew(): Promise<void> {
  const { device } = await findTarget();
  await run(async (op) => {
    const deps = { sealer, randomBytes, eventBuffer: { add: () => undefined } };
    const { id } = await createReenrollmentSession(op, deps, {
      deviceId: device.id,
      currentSessionId: asId<"EnrollmentSession">(device.sessionId ?? 0),
      serialNumber: device.serialNumber,
      udid: device.udid,
    });
    await op.tx.run(sql`update devices set session_id = ${id} where id = ${device.id}`);
  });
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

test("what was handed out before one renewal, and another, is still served after them", async () => {
  const url = await profileUrl();
  await renew();
  await renew();
  expect(await statusOf(url)).toBe(200);
});

test("what was handed out before the device enrolled anew is not, and is told of", async () => {
  const url = await profileUrl();
  const { device, api, otaEnrollmentId, testApp } = world;
  await device.enroll(await fetchDirectProfile(api, otaEnrollmentId, device));
  expect([await statusOf(url), await statusOf(await profileUrl())]).toEqual([404, 200]);
  await testApp.app.flush();
  const events = await testApp.app.foundation.database.many<{ payload: unknown }>(sql`
    select payload from events where type = 'mdm_download' and payload->>'outcome' <> 'success'`);
  expect(events).toMatchObject([
    { payload: { outcome: "session_not_found", reason: "enrolled_anew", target_type: "profile" } },
  ]);
});
