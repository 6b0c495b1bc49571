import { describe, expect, test } from "vitest";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { schemaEndpoints } from "./schema-api.ts";
import type { CatalogEntry, CatalogKey } from "./schema-catalog.ts";

const { call } = useApiServer(useTestDatabase(), () => bindEndpoints({}, schemaEndpoints));

type Entry = CatalogEntry & { readonly keys: readonly CatalogKey[] };

async function find(path: string): Promise<Entry> {
  const { status, body } = await call("GET", `/api/mdm/schema/${path}/`);
  expect(status).toBe(200);
  return body as Entry;
}

function keyOf({ keys }: { readonly keys: readonly CatalogKey[] }, name: string): CatalogKey {
  const found = keys.find(({ key }) => key === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

describe("the catalog of types", () => {
  test("has every payload but what all profiles share, with names for people", async () => {
    const { body } = await call("GET", "/api/mdm/schema/payloads/");
    const entries = body as readonly CatalogEntry[];
    const types = entries.map(({ type }) => type);
    expect(types).not.toContain("TopLevel");
    expect(types).not.toContain("CommonPayloadKeys");
    expect(entries.find(({ type }) => type === "com.apple.wifi.managed")).toMatchObject({
      title: "Wi-Fi",
      channels: ["Device", "User"],
    });
    expect(entries.filter(({ title }) => title === "" || title.startsWith("com."))).toEqual([]);
  });

  test("tells of declarations which channel and which systems take them", async () => {
    const { body } = await call("GET", "/api/mdm/schema/declarations/");
    const found = (body as readonly CatalogEntry[]).find(
      ({ type }) => type === "com.apple.configuration.softwareupdate.settings",
    );
    expect(found?.channels).toEqual(["Device"]);
    expect(found?.platforms.find(({ platform }) => platform === "macOS")?.introduced).toBe("15.0");
  });

  test("shows bounds, values, defaults and presence of keys", async () => {
    const passcode = await find("declarations/com.apple.configuration.passcode.settings");
    expect(keyOf(passcode, "MinimumLength")).toMatchObject({ type: "integer", min: 0, max: 16, default: 0 });
    const fileVault = await find("payloads/com.apple.MCX.FileVault2");
    expect(keyOf(fileVault, "Enable")).toMatchObject({ required: true, values: ["On", "Off"] });
    const rules = keyOf(await find("payloads/com.apple.servicemanagement"), "Rules");
    expect(keyOf(rules.keys[0] as CatalogKey, "RuleValue")).toMatchObject({ type: "string", required: true });
  });

  test("a key tells its platforms where they differ from those of its type", async () => {
    const restrictions = await find("payloads/com.apple.applicationaccess");
    const { platforms } = keyOf(restrictions, "allowAppInstallation");
    expect(platforms?.find(({ platform }) => platform === "iOS")?.supervised).toBe(true);
    expect(platforms?.map(({ platform }) => platform)).not.toContain("macOS");
    expect(keyOf(await find("payloads/com.apple.servicemanagement"), "Rules").platforms).toBeNull();
  });

  test.each(["payloads/TopLevel", "payloads/com.example", "declarations/com.apple.wifi.managed"])(
    "%s is a 404",
    async (path) => {
      expect((await call("GET", `/api/mdm/schema/${path}/`)).status).toBe(404);
    },
  );
});

describe("the check of a document", () => {
  async function findings(kind: string, document: string, platforms: readonly string[] = ["macOS"]) {
    const { status, body } = await call("POST", "/api/mdm/schema/validate/", {
      body: { kind, document, platforms },
    });
    expect(status).toBe(200);
    return (body as { findings: readonly Record<string, string>[] }).findings;
  }

  const declaration = (payload: unknown, type = "com.apple.configuration.passcode.settings"): string =>
    JSON.stringify({ Type: type, Identifier: "a", ServerToken: "b", Payload: payload });

  const profile = (payload: Readonly<Record<string, string | number | boolean>>): string =>
    writePlist({
      PayloadType: "Configuration",
      PayloadVersion: 1,
      PayloadIdentifier: "com.example",
      PayloadUUID: "4FB3CB61-1FCF-4AA8-9ED0-7A0C5F9E1B7C",
      PayloadContent: [
        {
          PayloadVersion: 1,
          PayloadIdentifier: "com.example.1",
          PayloadUUID: "6A1FEE0B-1E43-44F8-8F9C-0F8F9CE6A0B4",
          ...payload,
        },
      ],
    }).toString();

  test("a good one has none", async () => {
    expect(await findings("declaration", declaration({ MinimumLength: 12 }))).toEqual([]);
    expect(
      await findings(
        "profile",
        profile({ PayloadType: "com.apple.security.firewall", EnableFirewall: true }),
      ),
    ).toEqual([]);
  });

  test("a value out of range refuses a declaration, at its path", async () => {
    expect(await findings("declaration", declaration({ MinimumLength: 99 }))).toEqual([
      { path: "Payload.MinimumLength", severity: "refuse", text: expect.stringContaining("16") },
    ]);
  });

  test("what one of its platforms does not take is a warning", async () => {
    const found = await findings(
      "profile",
      profile({ PayloadType: "com.apple.MCX.FileVault2", Enable: "On" }),
      ["macOS", "iOS"],
    );
    expect(found).toContainEqual({
      path: "PayloadContent[0].PayloadType",
      severity: "warn",
      text: "is not available on iOS",
    });
  });

  test.each([
    ["profile", "<plist>", "Not a plist"],
    ["declaration", "{", "Invalid JSON data"],
    ["declaration", "{}", "Missing Identifier"],
  ])("a %s that is %j is told as a whole", async (kind, document, text) => {
    expect(await findings(kind, document)).toEqual([{ path: "", severity: "refuse", text }]);
  });

  test("an unknown type is told with the closest one", async () => {
    const [found] = await findings(
      "declaration",
      declaration({}, "com.apple.configuration.passcode.setings"),
    );
    expect(found).toMatchObject({ path: "Type", severity: "refuse" });
    expect(found?.["text"]).toContain("com.apple.configuration.passcode.settings");
  });
});
