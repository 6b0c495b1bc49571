/** What devices ask of check-in besides their enrollment: tokens of services, and how to return after an erase. */
import { expect, test } from "vitest";
import type { TokenProvider } from "#mdm/checkin/checkin-operations.ts";
import { bytesAt, dictionaryAt, stringAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { Secret } from "#platform/secret.ts";
import { sql } from "#platform/db/sql.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const pairing: TokenProvider = {
  serviceType: "com.apple.watch.pairing",
  issueToken: async (_, device, { tokenParameters }) => {
    const watch = tokenParameters === null ? null : stringAt(tokenParameters, "WatchUDID");
    return new Secret(Buffer.from(`${device.serialNumber} ${watch}`));
  },
};

const stories = useDeviceStories({ tokenProviders: [pairing] });

async function returnToService(device: SimulatedDevice) {
  const answer = await device.sendCheckin({ MessageType: "ReturnToService" });
  expect(answer.status).toBe(200);
  return dictionaryAt(readPlistDictionary(answer.body), "ReturnToService");
}

test("a token comes from the provider of its service, and no other service is known", async () => {
  const phone = await stories.settledDevice("iPhone");
  const ask = (TokenServiceType: string) =>
    phone.sendCheckin({ MessageType: "GetToken", TokenServiceType, TokenParameters: { WatchUDID: "W1" } });
  const answer = await ask("com.apple.watch.pairing");
  const token = bytesAt(readPlistDictionary(answer.body), "TokenData");
  expect(token?.toString()).toBe(`${phone.facts.serialNumber} W1`);
  expect((await ask("com.apple.maid")).status).toBe(400);
  const last = (await stories.eventsOf(phone)).at(-1);
  expect(last?.payload).toMatchObject({ status: "failure", reason: "unknown token service type" });
  expect(JSON.stringify(await stories.eventsOf(phone))).not.toContain("W1");
});

test("a device returns to service as the erase command that waits for it says, else not", async () => {
  const phone = await stories.settledDevice("iPhone");
  expect(await returnToService(phone)).toEqual({ Enabled: false });
  const wifi = Buffer.from("sentinel: a profile with a password");
  const mdm = Buffer.from("the profile to enroll with");
  const uuid = await stories.order(phone, "EraseDevice", {
    DisallowProximitySetup: true,
    PreserveDataPlan: false,
    ReturnToService: {
      Enabled: true,
      WiFiProfileData: wifi.toString("base64"),
      MDMProfileData: mdm.toString("base64"),
    },
  });
  const expected = { Enabled: true, WiFiProfileData: wifi, MDMProfileData: mdm };
  expect(await returnToService(phone)).toEqual(expected);
  const rows = await stories.app.foundation.database.many(sql`
    select row_to_json(c)::text as text from commands c where uuid = ${uuid}`);
  const recorded = JSON.stringify([rows, await stories.eventsOf(phone, "zentral_audit")]);
  expect(recorded).not.toContain(wifi.toString("base64"));
  expect(recorded).toContain("<redacted>");
  await phone.pollUntilIdle();
  expect(phone.state.eraseArguments?.["ReturnToService"]).toEqual(expected);
});

test("an operator says by the erase endpoint how a device returns, and what a Mac does that cannot be erased", async () => {
  const phone = await stories.settledDevice("iPhone");
  const wifi = Buffer.from("a profile");
  const erase = async (device: SimulatedDevice, body: object) =>
    stories.call("POST", `/api/mdm/devices/${await stories.idOf(device)}/erase/`, body);
  const base = { disallow_proximity_setup: true, preserve_data_plan: false };
  const refused = await erase(phone, { ...base, return_to_service: { wifi_profile_data: "AA==" } });
  expect(refused).toMatchObject({
    status: 400,
    body: { return_to_service: { enabled: ["This field is required."] } },
  });
  const body = { enabled: true, wifi_profile_data: wifi.toString("base64") };
  expect(await erase(phone, { ...base, return_to_service: body })).toMatchObject({ status: 201 });
  await phone.pollUntilIdle();
  expect(phone.state.eraseArguments).toMatchObject({
    ReturnToService: { Enabled: true, WiFiProfileData: wifi },
  });
  const mac = await stories.settledDevice("Mac");
  expect(await erase(mac, { pin: "271828", obliteration_behavior: "Sometimes" })).toMatchObject({
    status: 400,
    body: { obliteration_behavior: expect.any(Array) },
  });
  await erase(mac, { pin: "271828", obliteration_behavior: "DoNotObliterate" });
  await mac.pollUntilIdle();
  expect(mac.state.eraseArguments).toMatchObject({ ObliterationBehavior: "DoNotObliterate" });
});

test("an erase command that asks for no return enables none", async () => {
  const phone = await stories.settledDevice("iPhone");
  await stories.order(phone, "EraseDevice", { DisallowProximitySetup: true, PreserveDataPlan: false });
  expect(await returnToService(phone)).toEqual({ Enabled: false });
});

test("what a device is too old for, or is no profile, is refused with its key", async () => {
  const erase = async (device: SimulatedDevice, ReturnToService: object) =>
    stories.call("POST", `/api/mdm/devices/${await stories.idOf(device)}/commands/`, {
      name: "EraseDevice",
      arguments: { DisallowProximitySetup: true, PreserveDataPlan: false, ReturnToService },
    });
  // The third iPhone of the catalogue has iOS 16.
  const old = await stories.settledDevice("iPhone", { number: 16 });
  expect(await erase(old, { Enabled: true })).toMatchObject({
    status: 400,
    body: { arguments: { ReturnToService: [expect.stringContaining("17.0")] } },
  });
  const phone = await stories.settledDevice("iPhone");
  expect(await erase(phone, { Enabled: true, WiFiProfileData: "no base64!" })).toMatchObject({
    status: 400,
    body: { arguments: { ReturnToService: [expect.stringContaining("WiFiProfileData")] } },
  });
});
