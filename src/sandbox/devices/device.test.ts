import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dictionariesAt, dictionaryAt } from "#protocol/plist/access.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { MiniatureMdm } from "../../../test/tools/miniature-mdm.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { pemOf } from "../crypto/certificate-writer.ts";
import { signatureShapes } from "../crypto/cms-writer.ts";
import type { DeviceModel } from "./device-facts.ts";
import { commandError, notNow } from "./device-state.ts";
import type { SimulatedDevice } from "./device.ts";
import { plistText } from "./plist-text.ts";
import type { PushFeed, PushNotice } from "./push-feed.ts";
import { makeDevice, makeFleet } from "./simulated-fleet.ts";
import { createSimulatedWorld } from "./simulated-world.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

let world: SimulatedWorld;
let mdm: MiniatureMdm;

beforeAll(async () => {
  world = await createSimulatedWorld();
});

afterAll(() => world.transport.close());

beforeEach(async () => {
  mdm = new MiniatureMdm(world.deviceCa.deviceCa);
  await mdm.start();
});

afterEach(() => mdm.stop());

async function enrolled(model: DeviceModel, number = 0): Promise<SimulatedDevice> {
  const device = makeDevice(world, model, { number });
  await device.enroll(mdm.mdmProfile());
  return device;
}

function lastReport(): PlistDictionary {
  return mdm.reports().at(-1) ?? {};
}

describe("enrollment", () => {
  test("an iPhone enrolls over the air: phases 2 and 3, two identities, Authenticate, TokenUpdate", async () => {
    const phone = makeDevice(world, "iPhone");
    await phone.enroll(mdm.profileService());
    expect(mdm.otaBodies).toHaveLength(2);
    expect(mdm.scepRequests.map(({ message }) => message.messageTypeName)).toEqual(["PKCSReq", "PKCSReq"]);
    expect(mdm.received.map(({ message }) => message["MessageType"])).toEqual([
      "Authenticate",
      "TokenUpdate",
    ]);
    const [tokenUpdate] = mdm.messagesOf("TokenUpdate");
    expect(tokenUpdate?.["Token"]).toHaveLength(32);
    expect(tokenUpdate?.["UnlockToken"]).toBeInstanceOf(Buffer);
    const subject = decodeCertificate(phone.identity.certificate).subject;
    expect(findNameValue(subject, nameOids.commonName)).toBe("MDM$OTA$session");
    expect([...phone.state.profiles.keys()]).toEqual(["test.miniature.mdm"]);
  });

  test("a profile is downloaded when its address is given", async () => {
    const pad = makeDevice(world, "iPad");
    await pad.enroll(`${mdm.url}/profile`);
    expect(pad.isEnrolled).toBe(true);
  });

  test("a Mac reports its user's token too and escrows a bootstrap token, which it can ask for", async () => {
    const mac = await enrolled("Mac");
    const types = mdm.received.map(({ message }) => message["MessageType"]);
    expect(types).toEqual(["Authenticate", "TokenUpdate", "TokenUpdate", "SetBootstrapToken"]);
    const [forDevice, forUser] = mdm.messagesOf("TokenUpdate");
    expect(forUser?.["UserID"]).toBe(mac.facts.user?.userId);
    expect(forUser?.["Token"]).not.toEqual(forDevice?.["Token"]);
    expect(forDevice).not.toHaveProperty("UnlockToken");
    expect(await mac.getBootstrapToken()).toEqual(mac.state.bootstrapToken);
  });

  test("devices sign in every shape, and the messages of one are signed by one identity", async () => {
    for (const shape of Object.values(signatureShapes)) {
      const tv = makeDevice(world, "AppleTV", { shape });
      await tv.enroll(mdm.mdmProfile());
      const signers = mdm.received.splice(0).map(({ signer }) => signer.raw);
      expect(signers).toHaveLength(2);
      expect(signers.every((raw) => raw.equals(tv.identity.certificate))).toBe(true);
    }
  });

  test("a server that refuses Authenticate leaves the device unenrolled", async () => {
    mdm.override = { status: 400 };
    const phone = makeDevice(world, "iPhone");
    await expect(phone.enroll(mdm.mdmProfile())).rejects.toMatchObject({
      code: "status_unexpected",
      status: 400,
    });
    expect(phone.isEnrolled).toBe(false);
    expect(phone.state.profiles.size).toBe(0);
  });

  test("a profile whose signature does not hold is refused", async () => {
    const profile = mdm.mdmProfile();
    const place = profile.indexOf("Miniature mdm");
    profile.write("Malicious", place);
    await expect(makeDevice(world, "Mac").enroll(profile)).rejects.toMatchObject({
      code: "profile_unusable",
    });
  });
});

describe("SCEP", () => {
  test("the request goes by GET where the server cannot take POST, and on request", async () => {
    await makeDevice(world, "iPad", { scepMethod: "GET" }).enroll(mdm.mdmProfile());
    mdm.scepCapabilities = "SHA-1\nDES3\n";
    await makeDevice(world, "iPad").enroll(mdm.mdmProfile());
    expect(mdm.scepRequests.map(({ method }) => method)).toEqual(["GET", "GET"]);
    expect(mdm.scepRequests.at(-1)?.message.hash).toBe("sha1");
  });

  test("renewal is a RenewalReq signed by the old identity, and the new one signs from then on", async () => {
    const mac = await enrolled("Mac");
    const before = mac.identity.certificate;
    await mac.renewIdentity();
    const { message } = mdm.scepRequests.at(-1) ?? {};
    expect(message?.messageTypeName).toBe("RenewalReq");
    expect(message?.signerCertificate.raw.equals(before)).toBe(true);
    await mac.pollUntilIdle();
    expect(mdm.received.at(-1)?.signer.raw.equals(mac.identity.certificate)).toBe(true);
    expect(mac.identity.certificate.equals(before)).toBe(false);
  });

  testWithProgram(
    ["openssl"],
    "openssl verifies a SCEP request and an OTA phase as the device sent them",
    async (openssl) => {
      await makeDevice(world, "Mac", { number: 3 }).enroll(mdm.profileService());
      using bench = new Workbench();
      const pkcsReq = bench.write("pkcsreq.der", mdm.scepRequests[0]?.raw ?? Buffer.alloc(0));
      const verify = ["cms", "-verify", "-binary", "-inform", "DER", "-noverify"];
      const envelope = bench.run(openssl, ...verify, "-in", pkcsReq);
      const path = bench.write("envelope.der", envelope);
      const text = bench.run(openssl, "cms", "-cmsout", "-print", "-inform", "DER", "-in", path).toString();
      expect(text).toContain("pkcs7-envelopedData");
      expect(text).toContain("aes-128-cbc");
      const phase2 = bench.write("phase2.der", mdm.otaBodies[0] ?? Buffer.alloc(0));
      expect(bench.run(openssl, ...verify, "-in", phase2).toString()).toContain("<key>CHALLENGE</key>");
      const root = bench.write("root.pem", pemOf(world.deviceCa.root));
      const trust = ["-CAfile", root, "-no_check_time", "-auth_level", "0", "-purpose", "any"];
      const chained = bench.run(
        openssl,
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        ...trust,
        "-in",
        phase2,
      );
      expect(chained.toString()).toContain("<key>SERIAL</key>");
    },
  );
});

describe("commands", () => {
  test("every kind of device answers the inventory commands, each with what it has", async () => {
    const requests = [
      "DeviceInformation",
      "SecurityInfo",
      "InstalledApplicationList",
      "ProfileList",
      "CertificateList",
    ];
    for (const model of ["Mac", "iPhone", "iPad", "AppleTV"] as const) {
      const device = await enrolled(model);
      mdm.queue.push(...requests.map((RequestType) => ({ RequestType })));
      const seen = await device.pollUntilIdle();
      expect(seen.map(({ requestType, status }) => `${requestType} ${status}`)).toEqual(
        requests.map((name) => `${name} Acknowledged`),
      );
      const [information, security, , profiles, certificates] = mdm.reports().slice(-5);
      expect(dictionaryAt(information ?? {}, "QueryResponses")).toMatchObject({
        SerialNumber: device.facts.serialNumber,
        OSVersion: device.facts.osVersion,
      });
      const status = dictionaryAt(security ?? {}, "SecurityInfo")?.["ManagementStatus"];
      expect(status).toMatchObject({ EnrolledViaDEP: false });
      expect(dictionariesAt(profiles ?? {}, "ProfileList")?.[0]).toMatchObject({ IsManaged: true });
      expect(dictionariesAt(certificates ?? {}, "CertificateList")?.[0]).toMatchObject({ IsIdentity: true });
    }
  });

  test("DeviceInformation answers only what is asked for", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push({ RequestType: "DeviceInformation", Queries: ["UDID", "IsAppleSilicon", "EthernetMACs"] });
    await mac.pollUntilIdle();
    expect(lastReport()["QueryResponses"]).toEqual({ UDID: mac.facts.udid, IsAppleSilicon: true });
  });

  test("a command nobody knows is Apple's error 12021", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push({ RequestType: "constructor" });
    await mac.pollUntilIdle();
    expect(lastReport()["ErrorChain"]).toMatchObject([{ ErrorCode: 12021, ErrorDomain: "MCMDMErrorDomain" }]);
  });

  test("answers can be scripted: busy once, a failure once, and then the command is carried out", async () => {
    const phone = await enrolled("iPhone");
    phone.answer("DeviceLock", notNow);
    phone.answer("DeviceLock", commandError(1, "Test", "no"));
    const lock = { RequestType: "DeviceLock", Message: "Call IT" };
    mdm.queue.push(lock);
    await phone.pollUntilIdle();
    mdm.queue.push(lock, lock);
    await phone.pollUntilIdle();
    expect(phone.state.commands.map(({ status }) => status)).toEqual(["NotNow", "Error", "Acknowledged"]);
    expect(phone.state.lock).toEqual({ pin: null, message: "Call IT", phoneNumber: null });
  });

  test("a profile is installed, listed and removed again; the MDM profile stays", async () => {
    const mac = await enrolled("Mac");
    const profile = plistText({
      PayloadType: "Configuration",
      PayloadIdentifier: "test.dock",
      PayloadUUID: "8A5C1C4B-7B0A-4A36-8A52-5F0B4E1D0A11",
      PayloadVersion: 1,
      PayloadContent: [],
    });
    mdm.queue.push({ RequestType: "InstallProfile", Payload: profile });
    await mac.pollUntilIdle();
    expect(mac.state.profiles.has("test.dock")).toBe(true);
    mdm.queue.push({ RequestType: "RemoveProfile", Identifier: "test.dock" });
    mdm.queue.push({ RequestType: "RemoveProfile", Identifier: "test.dock" });
    const seen = await mac.pollUntilIdle();
    expect(seen.map(({ status }) => status)).toEqual(["Acknowledged", "Error"]);
    expect([...mac.state.profiles.keys()]).toEqual(["test.miniature.mdm"]);
  });

  test("a device whose MDM profile the server removes reports so, checks out and leaves", async () => {
    const mac = await enrolled("Mac");
    mdm.received.length = 0;
    mdm.queue.push({ RequestType: "RemoveProfile", Identifier: "test.miniature.mdm" });
    const seen = await mac.pollUntilIdle();
    expect(seen.map(({ status }) => status)).toEqual(["Acknowledged"]);
    const told = mdm.received.map(({ message }) => message["MessageType"] ?? message["Status"]);
    expect(told).toEqual(["Idle", "Acknowledged", "CheckOut"]);
    expect(mac.state).toMatchObject({ enrollment: null, leftBecause: "checked_out" });
    expect(mac.state.profiles.size).toBe(0);
  });

  test("what is no profile cannot be installed", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push({ RequestType: "InstallProfile", Payload: Buffer.from("nonsense") });
    await mac.pollUntilIdle();
    expect(lastReport()).toMatchObject({ Status: "Error", ErrorChain: [{ ErrorCode: 4001 }] });
  });

  test("a re-enrollment profile brings a new identity, which authenticates and acknowledges", async () => {
    const mac = await enrolled("Mac");
    const before = mac.identity.certificate;
    mdm.received.length = 0;
    mdm.queue.push({
      RequestType: "InstallProfile",
      Payload: mdm.mdmProfile({ commonName: "MDM$RE$again" }),
    });
    await mac.pollUntilIdle();
    const told = mdm.received.map(({ message }) => message["MessageType"] ?? message["Status"]);
    expect(told).toEqual(["Idle", "Authenticate", "TokenUpdate", "TokenUpdate", "Acknowledged"]);
    const signers = mdm.received.map(({ signer }) => signer.raw.equals(before));
    expect(signers).toEqual([true, false, false, false, false]);
  });

  test("a re-enrollment that fails leaves the device with the identity it had", async () => {
    const mac = await enrolled("Mac");
    const before = mac.identity.certificate;
    const elsewhere = mdm.mdmProfile({ serverUrl: "http://127.0.0.1:9/connect" });
    mdm.queue.push({ RequestType: "InstallProfile", Payload: elsewhere });
    await mac.pollUntilIdle();
    expect(lastReport()["Status"]).toBe("Error");
    expect(mac.identity.certificate.equals(before)).toBe(true);
  });

  test("a locked Mac is silent until its PIN is typed; without a PIN it does not lock", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push(
      { RequestType: "DeviceLock" },
      { RequestType: "DeviceLock", PIN: "271828", Message: "Lost" },
    );
    const seen = await mac.pollUntilIdle();
    expect(seen.map(({ status }) => status)).toEqual(["CommandFormatError", "Acknowledged"]);
    expect(mac.state.lock).toMatchObject({ pin: "271828", message: "Lost" });
    await expect(mac.pollUntilIdle()).rejects.toMatchObject({ code: "device_unreachable" });
    expect(mac.unlock("000000")).toBe(false);
    expect(mac.unlock("271828")).toBe(true);
    await mac.pollUntilIdle();
    expect(lastReport()["Status"]).toBe("Idle");
  });

  test("a restarted Mac counts it, and an erased one is gone without a word", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push(
      { RequestType: "RestartDevice" },
      { RequestType: "EraseDevice" },
      { RequestType: "SecurityInfo" },
    );
    await mac.pollUntilIdle();
    expect(mac.state).toMatchObject({
      restartCount: 1,
      isErased: true,
      leftBecause: "erased",
      enrollment: null,
    });
    expect(mdm.messagesOf("CheckOut")).toEqual([]);
  });

  test("the user channel of a Mac polls in the user's name", async () => {
    const mac = await enrolled("Mac");
    mdm.queue.push({ RequestType: "ProfileList" });
    await mac.pollUntilIdle("user");
    expect(lastReport()).toMatchObject({ UserID: mac.facts.user?.userId, Status: "Acknowledged" });
  });
});

describe("leaving", () => {
  test("a person removes the profile: CheckOut, and everything managed goes", async () => {
    const phone = await enrolled("iPhone");
    await phone.checkOut();
    expect(mdm.messagesOf("CheckOut")).toHaveLength(1);
    expect(phone.state).toMatchObject({ enrollment: null, leftBecause: "checked_out" });
    expect(phone.state.profiles.size).toBe(0);
  });

  const code = Buffer.from(JSON.stringify({ code: "com.apple.unrecognized.device" }));
  const cases = [
    { what: "401, from any system", number: 0, reply: { status: 401 }, leaves: true },
    { what: "401, from an old system", number: 24, reply: { status: 401 }, leaves: true },
    {
      what: "403 with Apple's code, from a current system",
      number: 0,
      reply: { status: 403, body: code },
      leaves: true,
    },
    {
      what: "403 with Apple's code, from an old system",
      number: 24,
      reply: { status: 403, body: code },
      leaves: false,
    },
    { what: "403 of a proxy, from a current system", number: 0, reply: { status: 403 }, leaves: false },
  ];
  for (const { what, number, reply, leaves } of cases) {
    test(`${what}: the device ${leaves ? "unenrolls" : "stays and reports a failure"}`, async () => {
      const mac = await enrolled("Mac", number);
      mdm.override = { ...reply, type: "application/json" };
      const poll = mac.pollUntilIdle();
      if (leaves) await poll;
      else await expect(poll).rejects.toMatchObject({ code: "status_unexpected" });
      expect(mac.isEnrolled).toBe(!leaves);
      expect(mac.state.leftBecause).toBe(leaves ? "told_to_unenroll" : null);
    });
  }
});

describe("pushes", () => {
  function localFeed(): PushFeed & { readonly push: (notice: PushNotice) => void } {
    const listeners = new Map<string, (notice: PushNotice) => void>();
    return {
      onPush: (token, listener) => {
        listeners.set(token, listener);
        return () => listeners.delete(token);
      },
      push: (notice) => listeners.get(notice.tokenHex)?.(notice),
    };
  }

  test("a push with the device's magic makes it poll; others do not", async () => {
    const mac = await enrolled("Mac");
    const feed = localFeed();
    const stop = mac.listenForPushes(feed);
    const { token, magic } = mac.state.push ?? { token: Buffer.alloc(0), magic: "" };
    const notice = { tokenHex: token.toString("hex"), topic: mdm.topic, pushMagic: magic };
    mdm.queue.push({ RequestType: "SecurityInfo" });
    feed.push({ ...notice, pushMagic: "another" });
    feed.push({ ...notice, topic: "another" });
    await mac.settled();
    expect(mac.state.commands).toEqual([]);
    feed.push(notice);
    await mac.settled();
    expect(mac.state.commands.map(({ requestType }) => requestType)).toEqual(["SecurityInfo"]);
    stop();
    feed.push(notice);
    await mac.settled();
    expect(mac.state.pushesReceived).toBe(1);
  });

  test("a poll that fails after a push is kept as a problem", async () => {
    const mac = await enrolled("Mac");
    const feed = localFeed();
    mac.listenForPushes(feed);
    const { token, magic } = mac.state.push ?? { token: Buffer.alloc(0), magic: "" };
    mdm.override = { status: 400 };
    feed.push({ tokenHex: token.toString("hex"), topic: mdm.topic, pushMagic: magic });
    await mac.settled();
    expect(mac.state.problems).toHaveLength(1);
    mac.close();
  });
});

describe("hostile help", () => {
  test("a replay repeats the last request byte for byte, and a swapped identity signs", async () => {
    const [mac, phone] = [await enrolled("Mac"), await enrolled("iPhone")];
    await mac.pollUntilIdle();
    const before = mdm.received.length;
    expect((await mac.replayLast()).status).toBe(200);
    expect(mdm.received[before]?.message).toEqual(mdm.received[before - 1]?.message);
    mac.useIdentity(phone.identity);
    await mac.sendReport({ Status: "Idle" });
    expect(mdm.received.at(-1)?.signer.raw.equals(phone.identity.certificate)).toBe(true);
  });
});

test("a fleet is a mix in which no two devices share an identifier, and the same again next time", () => {
  const fleet = makeFleet(world, 100);
  expect(new Set(fleet.map(({ facts }) => facts.udid)).size).toBe(100);
  expect(new Set(fleet.map(({ facts }) => facts.serialNumber)).size).toBe(100);
  expect(new Set(fleet.map(({ facts }) => facts.model))).toEqual(
    new Set(["Mac", "iPhone", "iPad", "AppleTV"]),
  );
  expect(makeFleet(world, 100)[42]?.facts.udid).toBe(fleet[42]?.facts.udid);
  expect(makeDevice({ ...world, seed: "other" }, "Mac").facts.udid).not.toBe(fleet[0]?.facts.udid);
});
