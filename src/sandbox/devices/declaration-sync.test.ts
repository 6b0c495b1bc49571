import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesAt } from "#protocol/plist/access.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { makeXar } from "../../../test/tools/archives.ts";
import { type DeclaredForTest, endpointsOf, MiniatureMdm } from "../../../test/tools/miniature-mdm.ts";
import type { SimulatedDevice } from "./device.ts";
import { makeDevice } from "./simulated-fleet.ts";
import { createSimulatedWorld } from "./simulated-world.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

let world: SimulatedWorld;
let mdm: MiniatureMdm;
let mac: SimulatedDevice;

beforeAll(async () => {
  world = await createSimulatedWorld();
});

afterAll(() => world.transport.close());

beforeEach(async () => {
  mdm = new MiniatureMdm(world.deviceCa.deviceCa);
  await mdm.start();
  mac = makeDevice(world, "Mac");
  await mac.enroll(mdm.mdmProfile());
});

afterEach(() => mdm.stop());

function configuration(name: string, payload: Record<string, unknown> = {}, token = "1"): DeclaredForTest {
  const Type = "com.apple.configuration.passcode.settings";
  return { section: "Configurations", Identifier: name, ServerToken: token, Type, Payload: payload };
}

function activation(...identifiers: string[]): DeclaredForTest {
  return {
    section: "Activations",
    Identifier: "activation",
    ServerToken: identifiers.join(),
    Type: "com.apple.activation.simple",
    Payload: { StandardConfigurations: identifiers },
  };
}

function lastStatus(): Record<string, unknown> {
  const statuses = mdm.messagesOf("DeclarativeManagement").filter((each) => each["Endpoint"] === "status");
  const data = bytesAt(statuses.at(-1) ?? {}, "Data");
  return JSON.parse((data ?? Buffer.from("{}")).toString()) as Record<string, unknown>;
}

async function declare(...declared: DeclaredForTest[]): Promise<void> {
  mdm.declared = declared;
  await mac.syncDeclarations();
}

const held = (identifier: string) => mac.state.declarative.device.declarations.get(identifier);

describe("a device synchronises", () => {
  test("after it has answered the command: tokens, items, each declaration, and a status report", async () => {
    mdm.declared = [activation("passcode"), configuration("passcode")];
    mdm.queue.push({ RequestType: "DeclarativeManagement" });
    await mac.pollUntilIdle();
    expect(endpointsOf(mdm)).toEqual([
      "tokens",
      "declaration-items",
      "declaration/configuration/passcode",
      "declaration/activation/activation",
      "status",
    ]);
    expect(held("passcode")).toMatchObject({ valid: "valid", active: true });
    expect(lastStatus()).toMatchObject({
      FullReport: true,
      StatusItems: {
        device: { "operating-system": { version: mac.facts.osVersion } },
        management: {
          "client-capabilities": { "supported-versions": ["1.0.0"] },
          declarations: {
            configurations: [{ identifier: "passcode", "server-token": "1", valid: "valid", active: true }],
          },
        },
      },
    });
  });

  test("and fetches nothing and reports nothing when no token changed", async () => {
    await declare(activation("passcode"), configuration("passcode"));
    const before = endpointsOf(mdm).length;
    await mac.syncDeclarations();
    expect(endpointsOf(mdm).slice(before)).toEqual(["tokens"]);
  });

  test("and fetches only what has another token, drops what is gone, and says so", async () => {
    await declare(activation("a", "b"), configuration("a"), configuration("b"));
    const before = endpointsOf(mdm).length;
    await declare(activation("a"), configuration("a", {}, "2"));
    expect(endpointsOf(mdm).slice(before)).toEqual([
      "tokens",
      "declaration-items",
      "declaration/configuration/a",
      "declaration/activation/activation",
      "status",
    ]);
    expect(held("b")).toBeUndefined();
    expect(lastStatus()).not.toHaveProperty("FullReport");
  });

  test("as its user, on the user channel", async () => {
    mdm.declared = [activation("a"), configuration("a")];
    mdm.queue.push({ RequestType: "DeclarativeManagement" });
    await mac.pollUntilIdle("user");
    expect(mac.state.declarative.user.declarations.get("a")?.active).toBe(true);
    expect(mac.state.declarative.device.declarations.size).toBe(0);
    const users = mdm.messagesOf("DeclarativeManagement").map((message) => message["UserID"]);
    expect(new Set(users)).toEqual(new Set([mac.facts.user?.userId]));
  });
});

describe("what becomes of declarations", () => {
  test("an activation that names a configuration nobody declared is invalid, and nothing of it is active", async () => {
    await declare(activation("a", "missing"), configuration("a"));
    expect(held("activation")).toMatchObject({
      valid: "invalid",
      active: false,
      reasons: [{ code: "Error.MissingConfigurations", details: { Identifiers: "missing" } }],
    });
    expect(held("a")).toMatchObject({ valid: "valid", active: false });
  });

  test("a configuration that fails is invalid with its reason, and is tried again under another token", async () => {
    const reasons = [{ code: "Error.ConfigurationCannotBeApplied", description: "No room" }];
    mac.failDeclarations("pass", reasons);
    await declare(activation("pass"), configuration("pass"));
    expect(held("pass")).toMatchObject({ valid: "invalid", active: false, reasons });
    await declare(activation("pass"), configuration("pass", {}, "1.rc-1"));
    expect(held("pass")).toMatchObject({ valid: "valid", active: true, reasons: [] });
  });

  test("a type the device has never heard of is unknown", async () => {
    mac.state.declarative.device.unknownTypes.add("com.apple.configuration.passcode.settings");
    await declare(activation("a"), configuration("a"));
    expect(held("a")).toMatchObject({ valid: "unknown", active: true });
  });

  test("a legacy configuration brings its profile, and takes it away again", async () => {
    mdm.files.set("wifi", writePlist(wifiProfile));
    const Payload = { ProfileURL: `${mdm.url}/files/wifi` };
    const legacy = { ...configuration("wifi", Payload), Type: "com.apple.configuration.legacy" };
    await declare(activation("wifi"), legacy);
    expect(mac.state.profiles.has("test.wifi")).toBe(true);
    await declare(activation());
    expect(mac.state.profiles.has("test.wifi")).toBe(false);
  });

  test.each([
    ["whole", {}, "valid"],
    ["of another size", { Size: 5 }, "invalid"],
    ["of another digest", { "Hash-SHA-256": "00" }, "invalid"],
    ["that is not there", { DataURL: "/files/nothing" }, "invalid"],
  ])("an asset %s is %s", async (_, changed: Record<string, unknown>, valid) => {
    const bytes = Buffer.from("<plist/>");
    mdm.files.set("asset", bytes);
    const reference = {
      DataURL: "/files/asset",
      ContentType: "text/xml",
      Size: bytes.length,
      "Hash-SHA-256": createHash("sha256").update(bytes).digest("hex"),
      ...changed,
    };
    const Reference = { ...reference, DataURL: `${mdm.url}${reference.DataURL}` };
    const asset: DeclaredForTest = {
      section: "Assets",
      Identifier: "asset",
      ServerToken: "1",
      Type: "com.apple.asset.data",
      Payload: { Reference },
    };
    await declare(activation("a"), configuration("a", { DataAssetReference: "asset" }), asset);
    expect(held("asset")).toMatchObject({ valid, active: true });
  });
});

describe("InstallEnterpriseApplication", () => {
  const distribution =
    '<installer-gui-script><product id="com.example.app" version="2.0"/><pkg-ref id="com.example.app">' +
    '<bundle CFBundleShortVersionString="2.0" CFBundleVersion="20" id="com.example.app" path="App.app"/>' +
    "</pkg-ref></installer-gui-script>";
  const packageBytes = makeXar([{ path: "Distribution", bytes: distribution }]);

  function order(url: string, digest = createHash("sha256").update(packageBytes).digest("hex")) {
    const asset = { kind: "software-package", url, sha256s: [digest], "sha256-size": packageBytes.length };
    const metadata = { kind: "software", "bundle-identifier": "com.example.app", "bundle-version": "2.0" };
    return {
      RequestType: "InstallEnterpriseApplication",
      Manifest: { items: [{ assets: [asset], metadata }] },
      InstallAsManaged: true,
    };
  }

  test("brings the bundles of the package, after a while", async () => {
    mdm.files.set("app.pkg", packageBytes);
    mac.state.managed.pollsUntilInstalled = 2;
    const list = { RequestType: "InstalledApplicationList", Identifiers: ["com.example.app"] };
    mdm.queue.push(order(`${mdm.url}/files/app.pkg`), list, list);
    await mac.pollUntilIdle();
    const lists = mdm.reports().flatMap((report) => report["InstalledApplicationList"] ?? []);
    expect(lists).toMatchObject([
      { Identifier: "com.example.app", ShortVersion: "2.0", Version: "20", Installing: true },
      { Identifier: "com.example.app", Installing: false },
    ]);
  });

  test.each([
    ["that is not there", "/files/nothing", undefined],
    ["that is not what the manifest says", "/files/app.pkg", "00"],
  ])("a package %s shows as a failed download", async (_, path, digest) => {
    mdm.files.set("app.pkg", packageBytes);
    mdm.queue.push(order(`${mdm.url}${path}`, digest), { RequestType: "InstalledApplicationList" });
    await mac.pollUntilIdle();
    const [list] = mdm.reports().flatMap((report) => (report["InstalledApplicationList"] ? [report] : []));
    expect(list?.["InstalledApplicationList"]).toContainEqual(
      expect.objectContaining({ Identifier: "com.example.app", DownloadFailed: true }),
    );
  });
});

const wifiProfile = {
  PayloadType: "Configuration",
  PayloadIdentifier: "test.wifi",
  PayloadUUID: "11111111-2222-4333-8444-555555555555",
  PayloadVersion: 1,
  PayloadContent: [],
};
