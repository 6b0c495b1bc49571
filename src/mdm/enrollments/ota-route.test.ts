/** OTA's second and third phase over real HTTP, with a device CA of the test's own. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { asId, asUuid } from "#platform/ids.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { deviceAttributesBodyBytesMax } from "#protocol/ota/device-attributes.ts";
import { arrayAt, dictionariesAt, dictionaryAt, stringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistDictionary, PlistWritableDictionary } from "#protocol/plist/value.ts";
import { appleDeviceCaAnchors } from "#protocol/x509/apple-device-ca.ts";
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import {
  type EnrollmentWorld,
  issueIdentity,
  makeEnrollment,
  makeEnrollmentWorld,
  otaBody,
} from "../../../test/tools/enrollment-world.ts";
import { insertRealm } from "../../../test/tools/realms.ts";
import { insertDevice } from "../../../test/tools/enrollments.ts";
import { type Identity, aCa, anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { authenticateSession } from "./enrollment-session-operations.ts";
import { createEnrollmentSecret, openEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { insertSession } from "./enrollment-session-store.ts";
import { revokeOtaEnrollment } from "./ota-enrollment-operations.ts";
import { readOtaRequest } from "./ota-request.ts";
import { otaRoutes } from "./ota-route.ts";

const database = useTestDatabase();
let world: EnrollmentWorld;
let server: HttpServer;
let origin: string;

beforeAll(async () => {
  world = await makeEnrollmentWorld(database);
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: otaRoutes(world.deps),
    authenticate: async () => ({ unauthenticated: true, detail: "nobody" }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${port}`;
});
beforeEach(async () => {
  database.clock.set(testStart);
  world.blockedSerials.clear();
  // What the test before left in the buffer must not come after what this one records.
  await world.deps.eventBuffer.flush();
});
afterAll(async () => {
  await server.close();
  await world.deps.eventBuffer.close();
});

type Answer = { readonly status: number; readonly body: Buffer; readonly headers: Headers };

async function post(body: Buffer, door = "ota_enroll"): Promise<Answer> {
  const response = await fetch(`${origin}/public/mdm/${door}/`, {
    method: "POST",
    body: new Uint8Array(body),
  });
  const { status, headers } = response;
  return { status, headers, body: Buffer.from(await response.arrayBuffer()) };
}

const machine = { SERIAL: "C02", UDID: "U-1", PRODUCT: "VirtualMac2,1", VERSION: "22A380" };

/** Each test has machines of its own, so that none finds the sessions of another. */
let machineCount = 0;
function aMachine() {
  machineCount++;
  return { ...machine, SERIAL: `C02X${machineCount}`, UDID: `U-${machineCount}` };
}

function phase2(challenge: string | undefined, attributes: PlistWritableDictionary = machine, door?: string) {
  return post(otaBody(world.factoryIdentity, { ...attributes, CHALLENGE: challenge }), door);
}

/** What a device does with the answer to phase 2: it gets the certificate that the payload describes. */
function identityOf(answer: Answer, changes: Readonly<Record<string, string>> = {}): Identity {
  const [payload] = payloadsOf(answer);
  const subject = arrayAt(
    dictionaryAt(payload as PlistDictionary, "PayloadContent") as PlistDictionary,
    "Subject",
  );
  const oids: Readonly<Record<string, string>> = { CN: nameOids.commonName, O: nameOids.organization };
  const input = (subject as string[][][]).map(([attribute]): NameInput => {
    const [type = "", value = ""] = attribute ?? [];
    return { oid: oids[type] ?? type, value: changes[type] ?? value };
  });
  return issueIdentity(world, input, database.clock.now());
}

function profileOf({ body }: Answer): PlistDictionary {
  return readPlistDictionary(verifySignedData({ signedData: decodeSignedData(body) }).content);
}

function payloadsOf(answer: Answer): PlistDictionary[] {
  return dictionariesAt(profileOf(answer), "PayloadContent") ?? [];
}

type Recorded = {
  readonly payload: Record<string, unknown>;
  readonly serialNumber: string | null;
  readonly objects: unknown;
};

async function lastRequestEvent(): Promise<Recorded> {
  await world.deps.eventBuffer.flush();
  return database.database.one<Recorded>(sql`
    select payload, serial_number, objects from events where type = 'ota_enrollment_request'
     order by sequence desc limit 1`);
}

async function expectAbort(answer: Answer, reason: string): Promise<Recorded> {
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toBe("Bad Request\n");
  const event = await lastRequestEvent();
  expect(event.payload).toMatchObject({ status: "failure", reason });
  return event;
}

async function listSessions(enrollmentId: number) {
  return database.database.many<{ id: number; status: string }>(
    sql`select id, status from enrollment_sessions where ota_enrollment_id = ${enrollmentId} order by id`,
  );
}

describe("the second phase", () => {
  test("answers a signed profile with one SCEP payload, and makes a session bound to the machine", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world);
    const device = aMachine();
    const answer = await phase2(challenge, device);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-apple-aspen-config");
    expect(answer.headers.get("content-disposition")).toBe(
      'attachment; filename="zentral_ota_scep.mobileconfig"',
    );
    const profile = profileOf(answer);
    expect(stringAt(profile, "PayloadIdentifier")).toBe("com.example.mdm.scep");
    expect(stringAt(profile, "PayloadDisplayName")).toBe("Zentral MDM");
    const [payload, ...others] = payloadsOf(answer);
    expect(others).toEqual([]);
    const settings = dictionaryAt(payload as PlistDictionary, "PayloadContent") as PlistDictionary;
    expect(settings["URL"]).toBe("https://mdm.example.com/scep/");
    expect(settings["Subject"]).toEqual([
      [["CN", expect.stringMatching(/^OTA\$[A-Za-z0-9]{56}$/)]],
      [["2.5.4.5", device.SERIAL]],
      [["O", `MBU$${world.metaBusinessUnitId}`]],
    ]);
    expect(await listSessions(enrollment.id)).toMatchObject([{ status: "PHASE_2" }]);
    const event = await lastRequestEvent();
    expect(event).toMatchObject({
      serialNumber: device.SERIAL,
      objects: { mdm_ota_enrollment: [String(enrollment.id)] },
      payload: {
        status: "success",
        phase: 2,
        udid: device.UDID,
        enrollment_session: { type: "ota", status: "PHASE_2" },
        ota_enrollment: { pk: enrollment.id, name: enrollment.name },
      },
    });
    const verification = await database.database.one(sql`
      select payload, request from events where type = 'enrollment_secret_verification' order by sequence desc limit 1`);
    expect(verification).toMatchObject({
      payload: {
        status: "success",
        type: "ota_enrollment",
        ota_enrollment: { pk: enrollment.id, name: enrollment.name },
      },
      request: { ip: "127.0.0.1" },
    });
  });

  test("repeated by the same machine, finds its session again and uses up nothing", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world, { quota: 1 });
    const device = aMachine();
    const answers = [await phase2(challenge, device), await phase2(challenge, device)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await listSessions(enrollment.id)).toHaveLength(1);
    await expectAbort(await phase2(challenge, aMachine()), "secret verification failed: 'quota used up'");
  });

  test("begun anew after the third phase was lost, is let in without being counted again", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world, { quota: 1 });
    const device = aMachine();
    const identity = identityOf(await phase2(challenge, device));
    await post(otaBody(identity, device));
    const again = await phase2(challenge, device);
    expect((await post(otaBody(identityOf(again), device))).status).toBe(200);
    expect((await listSessions(enrollment.id)).map(({ status }) => status)).toEqual(["PHASE_3", "PHASE_3"]);
  });

  test.each([
    ["unknown secret", {}, "nobody's secret"],
    ["serial number mismatch", { serial_numbers: ["C03"] }, null],
    ["udid mismatch", { udids: ["U-2"] }, null],
  ] as const)("aborts with: %s", async (failure, secret, wrongChallenge) => {
    const lists: Record<string, readonly string[]> = secret;
    const { challenge } = await makeEnrollment(database, world, { ...lists });
    const event = await expectAbort(
      await phase2(wrongChallenge ?? challenge),
      `secret verification failed: '${failure}'`,
    );
    expect(event).toMatchObject({ serialNumber: "C02", payload: { phase: 2, udid: "U-1" } });
  });

  test("a machine on the allow-lists is let in", async () => {
    const device = aMachine();
    const lists = { serial_numbers: ["C03", device.SERIAL], udids: [device.UDID] };
    const { challenge } = await makeEnrollment(database, world, lists);
    expect((await phase2(challenge, device)).status).toBe(200);
  });

  test("aborts once the enrollment is revoked", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world);
    await database.testOperation((op) => revokeOtaEnrollment(op, enrollment.id));
    await expectAbort(await phase2(challenge), "secret verification failed: 'revoked'");
  });

  test("aborts without challenge, and for a blocked machine", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world);
    await expectAbort(await phase2(undefined), "missing challenge");
    world.blockedSerials.add("C02");
    const event = await expectAbort(await phase2(challenge), "Device blocked");
    expect(event.payload["phase"]).toBe(2);
    expect(await listSessions(enrollment.id)).toEqual([]);
  });

  test("ten machines at once on a quota of three: three get in", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world, { quota: 3 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => phase2(challenge, aMachine())));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(await listSessions(enrollment.id)).toHaveLength(3);
  });
});

describe("the third phase", () => {
  async function begin(secret: Parameters<typeof makeEnrollment>[2] = {}) {
    const device = aMachine();
    const { enrollment, challenge } = await makeEnrollment(database, world, secret);
    const answer = await phase2(challenge, device);
    expect(answer.status).toBe(200);
    return { device, enrollment, challenge, answer };
  }

  test("answers the signed MDM profile: an identity for the session, then management", async () => {
    const { device, enrollment, answer } = await begin();
    const enrolled = await post(otaBody(identityOf(answer), device));
    expect(enrolled.status).toBe(200);
    expect(enrolled.headers.get("content-disposition")).toBe(
      'attachment; filename="zentral_mdm.mobileconfig"',
    );
    const [identity, mdm, ...others] = payloadsOf(enrolled) as [PlistDictionary, PlistDictionary];
    expect(others).toEqual([]);
    expect(mdm).toMatchObject({
      PayloadType: "com.apple.mdm",
      IdentityCertificateUUID: identity["PayloadUUID"],
      Topic: "com.apple.mgmt.External.Push",
      ServerURL: "https://mdm.example.com/public/mdm/connect/",
      CheckInURL: "https://mdm.example.com/public/mdm/checkin/",
      SignMessage: true,
      AccessRights: 8191,
    });
    const subject = (dictionaryAt(identity, "PayloadContent") as PlistDictionary)["Subject"];
    expect(subject).toMatchObject([[["CN", expect.stringMatching(/^MDM\$OTA\$[A-Za-z0-9]{56}$/)]], {}, {}]);
    expect(await listSessions(enrollment.id)).toMatchObject([{ status: "PHASE_3" }]);
    expect((await lastRequestEvent()).payload).toMatchObject({ status: "success", phase: 3 });
  });

  test("each of its profiles holds a challenge of its own, bound to the session", async () => {
    const { device, enrollment, answer } = await begin();
    const identity = identityOf(answer);
    for (const _ of [1, 2]) expect((await post(otaBody(identity, device))).status).toBe(200);
    const [session] = await listSessions(enrollment.id);
    const challenges = await database.database.many(
      sql`select challenge_hash from scep_challenges where bound_to = ${`session:${session?.id}`}`,
    );
    expect(challenges).toHaveLength(3);
  });

  test("is no more once the device has authenticated", async () => {
    const { device, enrollment, answer } = await begin();
    const identity = identityOf(answer);
    await post(otaBody(identity, device));
    const [session] = await listSessions(enrollment.id);
    await database.testOperation(async (op) => {
      const { UDID: udid, SERIAL: serialNumber } = device;
      const row = { udid, serialNumber, pushCertificateId: world.pushCertificateId };
      const deviceId = await insertDevice(op.tx, row, op.at);
      await authenticateSession(op, { id: asId(session?.id ?? 0) }, { deviceId, serialNumber, udid });
    });
    await expectAbort(await post(otaBody(identity, device)), "ota enrollment session has wrong status");
  });

  test("aborts when the certificate is of another machine than the payload", async () => {
    const { device, answer } = await begin();
    const body = otaBody(identityOf(answer), { ...device, SERIAL: "C99" });
    await expectAbort(await post(body), "signing certificate DN serial number != payload serial number");
  });

  test("aborts when the UDID is not that of the second phase", async () => {
    const { device, answer } = await begin();
    const body = otaBody(identityOf(answer), { ...device, UDID: "U-other" });
    await expectAbort(await post(body), "secret verification failed: 'udid mismatch'");
  });

  test.each(["OTA$nobody", "OTA", "MDM$OTA$nobody", "OTA$a$b"])(
    "aborts when the common name %s names no session",
    async (commonName) => {
      const { device, answer } = await begin();
      const body = otaBody(identityOf(answer, { CN: commonName }), device);
      await expectAbort(
        await post(body),
        "could not find ota enrollment session from payload signing certificate",
      );
    },
  );

  test("aborts when the certificate is of another business unit", async () => {
    const { device, enrollment, answer } = await begin();
    const body = otaBody(identityOf(answer, { O: "MBU$999999" }), device);
    await expectAbort(await post(body), "DN mbu doesn't match ota enrollment session mbu");
    expect(await listSessions(enrollment.id)).toMatchObject([{ status: "PHASE_2" }]);
  });

  test("aborts once the enrollment is revoked", async () => {
    const { device, enrollment, answer } = await begin();
    await database.testOperation((op) => revokeOtaEnrollment(op, enrollment.id));
    await expectAbort(
      await post(otaBody(identityOf(answer), device)),
      "secret verification failed: 'revoked'",
    );
  });

  test("aborts for a blocked machine", async () => {
    const { device, answer } = await begin();
    world.blockedSerials.add(device.SERIAL);
    const event = await expectAbort(await post(otaBody(identityOf(answer), device)), "Device blocked");
    expect(event.payload["phase"]).toBe(3);
  });

  test("aborts when the certificate of the second phase has expired", async () => {
    const { device, answer } = await begin();
    const identity = identityOf(answer);
    database.clock.advance(400 * 86_400);
    const event = await expectAbort(
      await post(otaBody(identity, device)),
      expect.stringMatching(/^Unknown signing certificate issuer: CN=Pomona CA/),
    );
    expect(event.serialNumber).toBeNull();
  });
});

describe("sessions that began with a login", () => {
  async function makeLoginSession(realmUserId: string | null) {
    const { enrollment } = await makeEnrollment(database, world);
    return database.testOperation(async (op) => {
      const secret = await createEnrollmentSecret(op, world.deps, {
        purpose: "ota_enrollment_session",
        metaBusinessUnitId: world.metaBusinessUnitId,
        tagIds: [],
        serialNumbers: null,
        udids: null,
        quota: 3,
        expiresAt: null,
      });
      const row = {
        kind: "ota",
        status: "PHASE_1",
        otaEnrollmentId: enrollment.id,
        secretId: secret.id,
        deviceId: null,
        realmUserId: realmUserId === null ? null : asUuid<"RealmUser">(realmUserId),
        renewsSessionId: null,
        firstEnrolledAt: null,
      } as const;
      await insertSession(op.tx, row, op.at);
      return { enrollment, challenge: openEnrollmentSecret(world.deps, secret).reveal() };
    });
  }

  test("move on, are bound to the machine, and may be repeated by it alone", async () => {
    const { enrollment, challenge } = await makeLoginSession("6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
    const device = aMachine();
    const answer = await phase2(challenge, device, "ota_session_enroll");
    expect(answer.status).toBe(200);
    expect((await phase2(challenge, device, "ota_session_enroll")).status).toBe(200);
    await expectAbort(
      await phase2(challenge, aMachine(), "ota_session_enroll"),
      "secret verification failed: 'serial number mismatch'",
    );
    expect((await post(otaBody(identityOf(answer), device), "ota_session_enroll")).status).toBe(200);
    expect(await listSessions(enrollment.id)).toMatchObject([{ status: "PHASE_3" }]);
    await expectAbort(
      await phase2(challenge, device, "ota_session_enroll"),
      "ota enrollment session has wrong status",
    );
  });

  test("are refused without realm user, and at the other door", async () => {
    const { challenge } = await makeLoginSession(null);
    await expectAbort(
      await phase2(challenge, machine, "ota_session_enroll"),
      "ota enrollment session has no realm user",
    );
    await expectAbort(await phase2(challenge), "secret verification failed: 'unknown secret'");
    const plain = await makeEnrollment(database, world);
    await expectAbort(
      await phase2(plain.challenge, machine, "ota_session_enroll"),
      "secret verification failed: 'unknown secret'",
    );
  });

  test("an enrollment with a realm is not open to its secret alone", async () => {
    const { enrollment, challenge } = await makeEnrollment(database, world);
    const realm = randomUUID();
    await database.testOperation(async (op) => {
      await insertRealm(op.tx, { uuid: realm, name: "People" }, op.at);
      await op.tx.run(sql`update ota_enrollments set realm_id = ${realm} where id = ${enrollment.id}`);
    });
    await expectAbort(
      await phase2(challenge),
      "cannot use ota enrollment secret on ota enrollment with realm",
    );
  });
});

describe("whoever signs", () => {
  test("a stranger's signature is refused by the name of its issuer, and says nothing of a machine", async () => {
    const stranger = anIdentity(
      aCa(rsaKey("stranger"), { commonName: "Stranger CA" }),
      rsaKey("stranger leaf"),
    );
    const event = await expectAbort(
      await post(otaBody(stranger, machine)),
      "Unknown signing certificate issuer: CN=Stranger CA",
    );
    expect(event.serialNumber).toBeNull();
    expect(event.payload).not.toHaveProperty("udid");
    expect(event.payload).not.toHaveProperty("phase");
  });

  test("a CA that only has the name of the device CA is a stranger", async () => {
    const impostor = aCa(rsaKey("impostor"), { commonName: "Test Device CA" });
    const body = otaBody(anIdentity(impostor, rsaKey("stranger leaf")), machine);
    await expectAbort(await post(body), "Unknown signing certificate issuer: CN=Test Device CA");
  });

  test("the certificate that signs profiles is not one of a device", async () => {
    const { certificate, privateKey } = world.deps.profileSigner;
    const key = rsaKey("unused");
    const body = otaBody({ ...key, privateKey, certificate }, machine);
    await expectAbort(await post(body), expect.stringMatching(/^Unknown signing certificate issuer: /));
  });
});

describe("hostile bodies", () => {
  test.each<[string, () => Buffer]>([
    ["nothing", () => Buffer.alloc(0)],
    ["a plist without signature", () => Buffer.from("<plist><dict/></plist>")],
    ["noise", () => Buffer.alloc(4_096, 0x30)],
    ["a truncated message", () => otaBody(world.factoryIdentity, machine).subarray(0, 700)],
    [
      "a flipped bit in the content",
      () => flip(otaBody(world.factoryIdentity, machine), Buffer.from("VirtualMac2,1")),
    ],
    ["deep nesting", () => Buffer.from("3080".repeat(20_000), "hex")],
  ])("%s is not signed", async (_, makeBody) => {
    await expectAbort(await post(makeBody()), "posted data is not signed");
  });

  test.each([
    ["no serial number", { UDID: "U-1" }, 'Cannot find "SERIAL" in the attributes of the device'],
    ["no UDID", { SERIAL: "C02" }, 'Cannot find "UDID" in the attributes of the device'],
    [
      "a serial number that is none",
      { SERIAL: 7, UDID: "U-1" },
      'Cannot find "SERIAL" in the attributes of the device',
    ],
  ])("%s: 400 with a name", async (_, attributes, reason) => {
    await expectAbort(await post(otaBody(world.factoryIdentity, attributes)), reason);
  });

  test("more bytes than any request has are refused unread", async () => {
    const answer = await post(Buffer.alloc(deviceAttributesBodyBytesMax + 1));
    expect(answer.status).toBe(400);
  });

  test("other methods are not allowed", async () => {
    const response = await fetch(`${origin}/public/mdm/ota_enroll/`);
    expect(response.status).toBe(405);
  });
});

describeWithFixtures("a captured second phase", (folder) => {
  test("is signed by nobody this server trusts, unless Apple's device CA is what it trusts", async () => {
    const body = readFileSync(join(folder, "ota", "zentral-phase2-virtualmac.der"));
    await expectAbort(
      await post(body),
      "Unknown signing certificate issuer: CN=Apple iPhone Device CA,OU=Apple iPhone,O=Apple Inc.,C=US",
    );
    const trust = { authority: world.deps.authority, deviceCaAnchors: appleDeviceCaAnchors };
    expect(readOtaRequest(body, trust, testStart)).toMatchObject({
      phase: 2,
      attributes: { product: "VirtualMac2,1" },
    });
  });
});

function flip(body: Buffer, near: Buffer): Buffer {
  const copy = Buffer.from(body);
  const place = copy.indexOf(near);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
