/** How long the URLs of an enrollment open something, and how often one makes an issuer be asked. */
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
import { startFakeIssuer } from "#sandbox/scep-issuers/fake-issuer.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { type ContractWorld, startContractWorld } from "../../../test/tools/contract-world.ts";
import { insertCertAsset, insertProfile } from "../../../test/tools/deliverables.ts";
import { issuerOrderRate } from "./download-route.ts";
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

/** A URL for the device as it is enrolled now. */
async function urlOf(
  name: "profile" | "scepCredential",
  { versionId: objectId }: { readonly versionId: string },
): Promise<string> {
  const made = { target: await findTarget(), objectId, at: world.testApp.clock.now() };
  const token = signDownload(signer, name === "profile" ? "profile" : "cert_credential", made);
  return downloadUrl(world.testApp.app.baseUrl, name, token ?? "");
}

async function profileUrl(): Promise<string> {
  const source = writePlist({ PayloadIdentifier: "com.example.wifi", PayloadUUID: "A" });
  return urlOf("profile", await run((op) => insertProfile(op, sealer, source)));
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

test("one credential has an issuer of another organisation asked a number of times, whatever the URL", async () => {
  let asked = 0;
  const issuer = await startFakeIssuer(() => ({ body: { challenge: `challenge ${++asked}` } }));
  const { id } = await world.api.create("/api/mdm/scep_issuers/", {
    name: world.uniqueName(),
    url: "https://scep.example.com/",
    backend: "IDENT",
    ident_kwargs: { url: issuer.url, bearer_token: "t", max_retries: 1 },
  });
  const asset = { scepIssuerId: String(id), subject: [{ type: "CN", value: "a" }] };
  const [version, other] = await run(async (op) => [
    await insertCertAsset(op, asset),
    await insertCertAsset(op, asset),
  ]);
  const url = await urlOf("scepCredential", version);
  const challenges = new Set<unknown>();
  for (let count = 0; count < issuerOrderRate.burst; count++) {
    const credential = (await (await fetch(url)).json()) as { readonly Challenge: string };
    challenges.add(credential.Challenge);
  }
  // A challenge is good once: whoever downloads again needs another.
  expect(challenges.size).toBe(issuerOrderRate.burst);
  world.testApp.clock.advance(1);
  const refused = await fetch(await urlOf("scepCredential", version));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "599"]);
  expect(await statusOf(await urlOf("scepCredential", other))).toBe(200);
  world.testApp.clock.advance(599);
  expect(await statusOf(url)).toBe(200);
  expect(asked).toBe(issuerOrderRate.burst + 2);
  await issuer.close();
});

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
    select payload from events where type = 'mdm_download' and payload->>'outcome' <> 'success' order by sequence`);
  expect(events).toMatchObject([
    { payload: { outcome: "too_many", target_type: "cert_credential_scep" } },
    { payload: { outcome: "session_not_found", reason: "enrolled_anew", target_type: "profile" } },
  ]);
});
