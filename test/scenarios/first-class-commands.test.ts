/** Story 2, continued: the commands of a fleet's life, from the order over the device to where operators see them. */
import { pbkdf2Sync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { accountPasswordIterations } from "#protocol/mdm/account-password.ts";
import { signData } from "#protocol/cms/sign.ts";
import { bytesAt, dictionaryAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { sql } from "#platform/db/sql.ts";
import { commandError } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import type { ApiObject } from "#sandbox/simulate/api-client.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { aCa, rsaKey } from "../tools/identities.ts";

const stories = useDeviceStories();

async function pathOf(device: SimulatedDevice): Promise<string> {
  return `/api/mdm/devices/${await stories.idOf(device)}/`;
}

/** Orders a command and lets the device carry it out. @returns It, as the API shows it afterwards. */
async function carriedOut(device: SimulatedDevice, name: string, args?: ApiObject): Promise<ApiObject> {
  const uuid = await stories.order(device, name, args);
  await device.pollUntilIdle();
  const command = await stories.commandOf(uuid);
  expect(command).toMatchObject({ name, status: "Acknowledged" });
  return command;
}

/** The rows of a list of the device. */
async function listOf(device: SimulatedDevice, list: string): Promise<readonly ApiObject[]> {
  return stories.api.list(`${await pathOf(device)}${list}/?limit=500`);
}

async function outcomeOf(device: SimulatedDevice, name: string): Promise<ApiObject | undefined> {
  return (await listOf(device, "outcomes")).find((outcome) => outcome["name"] === name);
}

/** Everything the database holds of a device, for what must not be in it. */
async function everythingOf({ facts }: SimulatedDevice): Promise<string> {
  await stories.app.flush();
  const { database } = stories.app.foundation;
  const rows = await Promise.all([
    database.many(
      sql`select row_to_json(e)::text as text from events e where serial_number = ${facts.serialNumber}`,
    ),
    database.many(sql`select row_to_json(d)::text as text from devices d where udid = ${facts.udid}`),
    database.many(sql`select row_to_json(c)::text as text from commands c`),
    database.many(sql`select row_to_json(c)::text as text from command_history c`),
    database.many(sql`select row_to_json(c)::text as text from device_outcomes c`),
    database.many(sql`select row_to_json(c)::text as text from device_settings c`),
  ]);
  return JSON.stringify(rows);
}

const supervisedPhone = () => stories.settledDevice("iPhone", { supervision: "supervised" });
const supervisedMac = () => stories.settledDevice("Mac", { supervision: "supervised" });

describe("power and locks", () => {
  test("a Mac is turned off, and is silent until somebody turns it on", async () => {
    const mac = await stories.settledDevice("Mac");
    const command = await carriedOut(mac, "ShutDownDevice");
    expect(await outcomeOf(mac, "shut_down")).toMatchObject({ command: command["uuid"], user_id: null });
    await expect(mac.pollUntilIdle()).rejects.toThrow("off");
    mac.powerOn();
    expect(await mac.pollUntilIdle()).toEqual([]);
  });

  test("a phone loses its passcode with the token it escrowed", async () => {
    const phone = await stories.settledDevice("iPhone");
    const token = phone.state.unlockToken;
    await carriedOut(phone, "ClearPasscode");
    expect(phone.state.managed.hasPasscode).toBe(false);
    expect(await outcomeOf(phone, "passcode_cleared")).toMatchObject({ detail: {} });
    const everything = await everythingOf(phone);
    expect(everything).not.toContain(token?.toString("base64"));
    expect(everything).not.toContain(token?.toString("hex"));
  });

  test("the token is that of the day of delivery, and a device without one is refused", async () => {
    const phone = await stories.settledDevice("iPhone");
    const { database } = stories.app.foundation;
    const uuid = await stories.order(phone, "ClearPasscode");
    await database.transaction((tx) =>
      tx.run(sql`update devices set unlock_token_sealed = null where udid = ${phone.facts.udid}`),
    );
    // Nothing can be sent without it: it is set aside, and what is behind it does not wait.
    const behind = await stories.order(phone, "ProfileList");
    await phone.pollUntilIdle();
    expect(await stories.commandOf(uuid)).toMatchObject({ status: null, time: null });
    expect(await stories.commandOf(behind)).toMatchObject({ status: "Acknowledged" });
    expect(await stories.call("POST", `${await pathOf(phone)}commands/`, { name: "ClearPasscode" })).toEqual({
      status: 400,
      body: { detail: "Invalid target. The device has escrowed no unlock token." },
    });
    await phone.updateTokens();
    await stories.call("POST", `/api/mdm/devices/commands/${uuid}/retry/`);
    await phone.pollUntilIdle();
    expect(await stories.commandOf(uuid)).toMatchObject({ status: "Acknowledged" });
  });

  test("a lost phone says so, rings, tells where it is, and is given back", async () => {
    const phone = await supervisedPhone();
    await carriedOut(phone, "EnableLostMode", { Message: "Call us", PhoneNumber: "555-0100" });
    expect(await outcomeOf(phone, "lost_mode")).toMatchObject({
      detail: { enabled: true, message: "Call us", phone_number: "555-0100", footnote: null },
    });
    await carriedOut(phone, "PlayLostModeSound");
    expect(phone.state.managed.soundsPlayed).toBe(1);
    expect(await outcomeOf(phone, "lost_mode_sound")).toBeDefined();
    const located = await carriedOut(phone, "DeviceLocation");
    expect(located["result"]).toBeNull();
    await carriedOut(phone, "DisableLostMode");
    expect(phone.state.managed.lostMode).toBeNull();
    expect(await outcomeOf(phone, "lost_mode")).toMatchObject({ detail: { enabled: false } });
  });

  test("a place is shown to who may see it, is nowhere else, and each reading is an event", async () => {
    const phone = await supervisedPhone();
    const path = `${await pathOf(phone)}location/`;
    expect(await stories.api.read(path)).toMatchObject({ location: null });
    await carriedOut(phone, "EnableLostMode", { Message: "Call us" });
    await carriedOut(phone, "DeviceLocation");
    const latitude = 52.5 + phone.facts.number / 1000;
    expect(await stories.api.read(path)).toMatchObject({
      serial_number: phone.facts.serialNumber,
      location: { latitude, longitude: 13.4, speed: -1, located_at: "2026-03-01T09:58:30" },
    });
    expect(await stories.eventsOf(phone, "device_location_set")).toHaveLength(1);
    expect(await stories.eventsOf(phone, "device_location_viewed")).toHaveLength(1);
    expect(await everythingOf(phone)).not.toContain(String(latitude));
    await phone.checkOut();
    expect(await stories.api.read(path)).toMatchObject({ location: null });
  });

  test("lost mode needs a text, and a supervised device", async () => {
    const phone = await supervisedPhone();
    const body = { name: "EnableLostMode", arguments: { Footnote: "Thanks" } };
    expect(await stories.call("POST", `${await pathOf(phone)}commands/`, body)).toMatchObject({
      status: 400,
      body: { arguments: { Message: ["One of Message, PhoneNumber is required."] } },
    });
    const own = await stories.settledDevice("iPhone");
    const refused = await stories.call("POST", `${await pathOf(own)}commands/`, body);
    expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining("supervised") } });
  });

  test("an Activation Lock bypass code is sealed, read by few, and outlives the enrollment", async () => {
    const phone = await supervisedPhone();
    const path = `${await pathOf(phone)}activation_lock_bypass_code/`;
    expect(await stories.api.read(path)).toMatchObject({ activation_lock_bypass_code: null });
    const code = phone.state.managed.activationLockBypassCode ?? "";
    await carriedOut(phone, "ActivationLockBypassCode");
    await carriedOut(phone, "ClearActivationLockBypassCode");
    expect(await outcomeOf(phone, "activation_lock_bypass_code_cleared")).toBeDefined();
    expect(await everythingOf(phone)).not.toContain(code);
    await phone.checkOut();
    expect(await stories.api.read(path)).toMatchObject({ activation_lock_bypass_code: code });
    expect(await stories.eventsOf(phone, "activation_lock_bypass_code_set")).toHaveLength(1);
    expect(await stories.eventsOf(phone, "activation_lock_bypass_code_viewed")).toHaveLength(1);
    expect(await listOf(phone, "outcomes")).toEqual([]);
  });
});

describe("settings", () => {
  test("every item has its own result, and the device tells of itself anew", async () => {
    const phone = await supervisedPhone();
    const secret = "sentinel-94201";
    const command = await carriedOut(phone, "Settings", {
      Settings: [
        { Item: "DeviceName", DeviceName: "Till 3" },
        { Item: "Wallpaper", Image: Buffer.from("picture").toString("base64"), Where: 1 },
        { Item: "ApplicationConfiguration", Identifier: "com.example.till", Configuration: { Key: secret } },
        { Item: "ApplicationConfiguration", Identifier: "com.example.other" },
      ],
    });
    const found = await listOf(phone, "settings");
    expect(found.map(({ item, identifier, status }) => [item, identifier, status])).toEqual([
      ["ApplicationConfiguration", "com.example.other", "Error"],
      ["ApplicationConfiguration", "com.example.till", "Acknowledged"],
      ["DeviceName", "", "Acknowledged"],
      ["Wallpaper", "", "Acknowledged"],
    ]);
    expect(found[0]).toMatchObject({ command: command["uuid"], error_chain: [{ ErrorCode: 12_029 }] });
    const wallpaper = phone.state.managed.settings.get("Wallpaper");
    expect(wallpaper?.["Image"]).toEqual(Buffer.from("picture"));
    expect(await stories.detailOf(phone)).toMatchObject({ name: "Till 3" });
    expect(await everythingOf(phone)).not.toContain(secret);
    const [event] = (await stories.eventsOf(phone, "zentral_audit")).slice(-1);
    expect(JSON.stringify(event?.payload)).toContain('"Settings":["DeviceName","Wallpaper"');
  });

  test("an item the schema does not know is refused by its key", async () => {
    const phone = await supervisedPhone();
    const body = { name: "Settings", arguments: { Settings: [{ Item: "Bluetoth", Enabled: true }] } };
    expect(await stories.call("POST", `${await pathOf(phone)}commands/`, body)).toMatchObject({
      status: 400,
      body: { arguments: { Settings: [expect.stringContaining('closest is "Bluetooth"')] } },
    });
    for (const Settings of [[], [5], "DeviceName", [null]]) {
      const path = `${await pathOf(phone)}commands/`;
      const refused = await stories.call("POST", path, { name: "Settings", arguments: { Settings } });
      expect(refused).toMatchObject({ status: 400, body: { arguments: { Settings: expect.any(Object) } } });
    }
  });
});

describe("people", () => {
  test("accounts of a Mac are listed, and one that is deleted is gone", async () => {
    const mac = await supervisedMac();
    mac.state.managed.accounts.push({ shortName: "guest", fullName: "Guest", isLoggedIn: false });
    await carriedOut(mac, "UserList");
    const ada = mac.facts.user?.shortName;
    const listed = await listOf(mac, "accounts");
    expect(new Set(listed.map((account) => account["user_name"]))).toEqual(new Set([ada, "guest"]));
    await carriedOut(mac, "DeleteUser", { UserName: "guest" });
    expect((await listOf(mac, "accounts")).map((account) => account["user_name"])).toEqual([ada]);
    mac.state.managed.lockedAccounts.add(String(ada));
    await carriedOut(mac, "UnlockUserAccount", { UserName: ada });
    expect(mac.state.managed.lockedAccounts.size).toBe(0);
    expect(await outcomeOf(mac, "user_account_unlocked")).toMatchObject({ detail: { user_name: ada } });
  });

  test("the user of a Shared iPad is logged out", async () => {
    const pad = await stories.settledDevice("iPad", { supervision: "supervised" });
    await carriedOut(pad, "UserList");
    const loggedIn = async () => (await listOf(pad, "accounts")).filter((account) => account["is_logged_in"]);
    expect(await loggedIn()).toHaveLength(1);
    await carriedOut(pad, "LogOutUser");
    expect(await loggedIn()).toEqual([]);
  });

  test("a Mac in Setup Assistant makes an administrator whose password nobody keeps, and goes on", async () => {
    const mac = await stories.settledDevice("Mac", { supervision: "automated" });
    expect(await stories.detailOf(mac)).toMatchObject({ awaiting_configuration: true, dep_enrollment: true });
    const password = "sentinel-31337";
    await carriedOut(mac, "AccountConfiguration", {
      SkipPrimarySetupAccountCreation: true,
      AutoSetupAdminAccounts: [{ shortName: "it", fullName: "IT", hidden: true, password }],
    });
    const admin = mac.state.managed.adminAccount;
    expect(admin).toMatchObject({ shortName: "it", fullName: "IT", hidden: true });
    expect(admin).not.toHaveProperty("password");
    const bytes = admin === null ? null : bytesAt(admin, "passwordHash");
    const hash = dictionaryAt(readPlistDictionary(bytes ?? Buffer.alloc(0)), "SALTED-SHA512-PBKDF2");
    const salt = (hash === null ? null : bytesAt(hash, "salt")) ?? Buffer.alloc(0);
    expect(salt).toHaveLength(32);
    expect(hash?.["iterations"]).toBe(accountPasswordIterations);
    expect(hash?.["entropy"]).toEqual(pbkdf2Sync(password, salt, accountPasswordIterations, 128, "sha512"));
    expect(await outcomeOf(mac, "account_configuration")).toMatchObject({
      detail: { admin_short_names: ["it"], primary_account: null },
    });
    expect(await everythingOf(mac)).not.toContain(password);
    await carriedOut(mac, "DeviceConfigured");
    expect(await stories.detailOf(mac)).toMatchObject({ awaiting_configuration: false });
    const again = await stories.call("POST", `${await pathOf(mac)}commands/`, { name: "DeviceConfigured" });
    expect(again).toMatchObject({ status: 400, body: { detail: expect.stringContaining("awaiting") } });
  });

  test("an account without a password is refused where it lacks it", async () => {
    const mac = await stories.settledDevice("Mac", { supervision: "automated" });
    const path = `${await pathOf(mac)}commands/`;
    const accounts = { AutoSetupAdminAccounts: [{ shortName: "it" }] };
    const refused = await stories.call("POST", path, { name: "AccountConfiguration", arguments: accounts });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain("This field is required.");
    expect(JSON.stringify(refused.body)).toContain("password");
    const flags = { SkipPrimarySetupAccountCreation: true };
    expect(
      await stories.call("POST", path, { name: "AccountConfiguration", arguments: flags }),
    ).toMatchObject({
      status: 400,
      body: { arguments: { AutoSetupAdminAccounts: [expect.stringContaining("Required when")] } },
    });
  });

  test("a user is invited on the user channel, and nobody else learns the address", async () => {
    const mac = await stories.settledDevice("Mac");
    const [user] = (await stories.detailOf(mac))["users"] as readonly ApiObject[];
    const userPath = `/api/mdm/users/${String(user?.["id"])}/`;
    expect(await stories.api.read(userPath)).toMatchObject({ user_id: mac.facts.user?.userId });
    const InvitationURL = "https://invitations.example.com/sentinel-5521";
    const body = { name: "InviteToProgram", arguments: { InvitationURL } };
    const { uuid } = await stories.api.create(`${userPath}commands/`, body);
    await mac.pollUntilIdle("user");
    expect(await stories.api.read(`/api/mdm/users/commands/${String(uuid)}/`)).toMatchObject({
      status: "Acknowledged",
    });
    expect(mac.state.managed.invitations).toEqual([InvitationURL]);
    expect(await outcomeOf(mac, "program_invitation")).toMatchObject({
      user_id: mac.facts.user?.userId,
      detail: { program_id: "com.apple.cloudvpp", result: "Acknowledged" },
    });
    expect(await everythingOf(mac)).not.toContain("sentinel-5521");
    const refused = await stories.call("POST", `${await pathOf(mac)}commands/`, body);
    expect(refused).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("device channel") },
    });
  });
});

describe("applications and provisioning profiles", () => {
  const uuid = "7c0f1d7e-6d3a-4c39-9b7a-0d2a6f3c1e55";

  function provisioningProfile(): string {
    const key = rsaKey("provisioning signer");
    const content = writePlist({
      UUID: uuid,
      Name: "Till",
      ExpirationDate: new Date("2027-01-01T00:00:00Z"),
    });
    const { certificate } = aCa(key);
    const signed = signData({ content, certificate, privateKey: key.privateKey, signedAttributes: true });
    return signed.toString("base64");
  }

  test("managed applications are listed, some or all, and validated", async () => {
    const phone = await stories.settledDevice("iPhone");
    const app = { name: "App", shortVersion: "1", version: "1", bundleBytes: 1, isManaged: true };
    for (const identifier of ["com.example.a", "com.example.b"]) {
      phone.state.applications.push({ ...app, identifier });
    }
    await carriedOut(phone, "ManagedApplicationList");
    expect(await listOf(phone, "managed_applications")).toMatchObject([
      { identifier: "com.example.a", status: "Managed", is_validated: false },
      { identifier: "com.example.b", external_version_identifier: 861_234_567 },
    ]);
    await carriedOut(phone, "ManagedApplicationList", { Identifiers: ["com.example.b"] });
    expect(await listOf(phone, "managed_applications")).toHaveLength(2);
    await carriedOut(phone, "ValidateApplications", { Identifiers: ["com.example.a"] });
    expect(await outcomeOf(phone, "applications_validated")).toMatchObject({
      detail: { identifiers: ["com.example.a"] },
    });
    expect(await listOf(phone, "managed_applications")).toMatchObject([
      { is_validated: true },
      { is_validated: true },
    ]);
  });

  test("a provisioning profile is installed, listed with what brought it, and removed", async () => {
    const phone = await stories.settledDevice("iPhone");
    const args = { ProvisioningProfile: provisioningProfile() };
    const installed = await carriedOut(phone, "InstallProvisioningProfile", args);
    expect([...phone.state.managed.provisioningProfiles.keys()]).toEqual([uuid]);
    await carriedOut(phone, "ProvisioningProfileList");
    expect(await listOf(phone, "provisioning_profiles")).toEqual([
      {
        uuid,
        name: "Till",
        expires_at: "2027-01-01T00:00:00",
        installed_by: installed["uuid"],
        installed_at: expect.any(String),
      },
    ]);
    await carriedOut(phone, "RemoveProvisioningProfile", { UUID: uuid });
    expect(await listOf(phone, "provisioning_profiles")).toEqual([]);
  });

  test.each([
    "nonsense",
    Buffer.from("nonsense").toString("base64"),
    writePlist({ UUID: uuid }).toString("base64"),
  ])("what is no signed property list is no provisioning profile: %.20s", async (ProvisioningProfile) => {
    const phone = await stories.enrolled("iPhone");
    const body = { name: "InstallProvisioningProfile", arguments: { ProvisioningProfile } };
    expect(await stories.call("POST", `${await pathOf(phone)}commands/`, body)).toMatchObject({
      status: 400,
      body: { arguments: { ProvisioningProfile: ["Not a provisioning profile"] } },
    });
  });
});

describe("screens and the rest", () => {
  test("a Mac shows its screen elsewhere, and to administrators", async () => {
    const mac = await supervisedMac();
    const Password = "sentinel-4711";
    await carriedOut(mac, "RequestMirroring", { DestinationName: "Hall", ScanTime: 30, Password });
    expect(await outcomeOf(mac, "mirroring")).toMatchObject({
      detail: { result: "Success", destination: "Hall" },
    });
    expect(await everythingOf(mac)).not.toContain(Password);
    await carriedOut(mac, "StopMirroring");
    expect(mac.state.managed.mirroringTo).toBeNull();
    expect(await outcomeOf(mac, "mirroring")).toMatchObject({ detail: { result: "Stopped" } });
    for (const [name, enabled] of [
      ["EnableRemoteDesktop", true],
      ["DisableRemoteDesktop", false],
    ] as const) {
      await carriedOut(mac, name);
      expect(mac.state.managed.isRemoteDesktopEnabled).toBe(enabled);
      expect(await outcomeOf(mac, "remote_desktop")).toMatchObject({ detail: { enabled } });
    }
  });

  test("a phone asks for its cellular plans and tells its restrictions", async () => {
    const phone = await stories.settledDevice("iPhone");
    const eSIMServerURL = "https://esim.example.com/";
    await carriedOut(phone, "RefreshCellularPlans", { eSIMServerURL });
    expect(phone.state.managed.cellularServerUrl).toBe(eSIMServerURL);
    expect(await outcomeOf(phone, "cellular_plans_refreshed")).toMatchObject({
      detail: { server_url: eSIMServerURL },
    });
    const command = await carriedOut(phone, "Restrictions", { ProfileRestrictions: true });
    expect(command["result"]).toEqual(expect.any(String));
    expect(await outcomeOf(phone, "restrictions")).toMatchObject({
      detail: {
        global: { restrictedBool: { allowCamera: { value: true } } },
        profiles: { "com.example.passcode": expect.any(Object) },
      },
    });
  });

  test("what a device refuses leaves nothing behind", async () => {
    const phone = await supervisedPhone();
    phone.answer("ShutDownDevice", commandError(12_021, "MCMDMErrorDomain", "No"));
    const uuid = await stories.order(phone, "ShutDownDevice");
    await phone.pollUntilIdle();
    expect(await stories.commandOf(uuid)).toMatchObject({
      status: "Error",
      error_chain: [{ ErrorCode: 12_021 }],
    });
    expect(await outcomeOf(phone, "shut_down")).toBeUndefined();
  });
});
