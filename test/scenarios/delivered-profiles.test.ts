/** Profiles as an administrator makes them over the API, and what becomes of them on a Mac. */
import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { writePlist } from "#protocol/plist/write.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { textOf, numberOf } from "#sandbox/simulate/api-client.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
let nextName = 0;

/** A profile with one text in it. */
function aProfile(text: string): string {
  const number = ++nextName;
  const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  return writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: `com.example.${number}`,
    PayloadUUID: uuid,
    PayloadDisplayName: `Profile ${number}`,
    PayloadContent: [
      {
        PayloadType: "com.example.text",
        PayloadVersion: 1,
        PayloadIdentifier: `com.example.${number}.text`,
        PayloadUUID: uuid.replace("8000", "9000"),
        Text: text,
      },
    ],
  }).toString("base64");
}

const everyMac = { macos: true, shard_modulo: 100, default_shard: 100 };

type Made = { readonly mac: SimulatedDevice; readonly artifactId: string; readonly linkPath: string };

/** A Mac on a blueprint with one profile, all made over the API. */
async function macWithProfile(text: string, viaDdm: boolean): Promise<Made> {
  const name = `Profile ${++nextName}`;
  const artifact = await stories.api.create("/api/mdm/artifacts/", {
    name,
    type: "Profile",
    channel: "Device",
    platforms: ["macOS"],
  });
  const artifactId = textOf(artifact, "id");
  const source = aProfile(text);
  await stories.api.create("/api/mdm/profiles/", { artifact: artifactId, version: 1, source, ...everyMac });
  const blueprint = await stories.api.create("/api/mdm/blueprints/", {
    name,
    legacy_profiles_via_ddm: viaDdm,
  });
  const blueprintId = numberOf(blueprint, "id");
  const link = await stories.api.create("/api/mdm/blueprint_artifacts/", {
    blueprint: blueprintId,
    artifact: artifactId,
    ...everyMac,
  });
  const mac = await stories.settledDevice("Mac");
  const path = `/api/mdm/devices/${await stories.idOf(mac)}/`;
  expect((await stories.call("PUT", path, { blueprint: blueprintId })).status).toBe(200);
  return { mac, artifactId, linkPath: `/api/mdm/blueprint_artifacts/${numberOf(link, "id")}/` };
}

async function settle(mac: SimulatedDevice): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const seen = await mac.pollUntilIdle();
    if (seen.length === 0) return names;
    names.push(...seen.map(({ requestType }) => requestType));
  }
}

async function verdictOf(mac: SimulatedDevice): Promise<Readonly<Record<string, unknown>>> {
  const [verdict] = await stories.api.list(`/api/mdm/devices/${await stories.idOf(mac)}/artifacts/`);
  if (verdict === undefined) throw new Error("There is no verdict");
  return verdict;
}

const profilesOf = (mac: SimulatedDevice): string[] =>
  [...mac.state.profiles.values()]
    .map(({ profile }) => profile.identifier)
    .filter((id) => id.includes(".artifact."));

describe.each([
  ["by declaration", true],
  ["by command", false],
])("a profile %s", (_, viaDdm) => {
  test("is installed with the values of its device, and goes with its link", async () => {
    const { mac, artifactId, linkPath } = await macWithProfile(
      "Mac $ENROLLED_DEVICE.SERIAL_NUMBER <&>",
      viaDdm,
    );
    const names = await settle(mac);
    expect(names.includes("InstallProfile")).toBe(!viaDdm);
    expect(profilesOf(mac).map((id) => id.endsWith(artifactId))).toEqual([true]);
    expect(await verdictOf(mac)).toMatchObject({ state: "current", delivery: viaDdm ? "ddm" : "command" });
    const installed = [...mac.state.profiles.values()].map(({ profile }) => profile);
    expect(JSON.stringify(installed)).toContain(`Mac ${mac.facts.serialNumber} <&>`);
    expect((await stories.call("DELETE", linkPath)).status).toBe(204);
    const after = await settle(mac);
    expect(after.includes("RemoveProfile")).toBe(!viaDdm);
    expect(profilesOf(mac)).toEqual([]);
  });

  test("with a variable that has no value is not sent, and says so", async () => {
    const { mac } = await macWithProfile("$REALM_USER.EMAIL", viaDdm);
    // A declaration that cannot be made is a 404 once, and then it is not promised any more.
    if (viaDdm) await expect(mac.pollUntilIdle()).rejects.toThrow("404");
    expect(await settle(mac)).not.toContain("InstallProfile");
    expect(await mac.pollUntilIdle()).toEqual([]);
    expect(profilesOf(mac)).toEqual([]);
    const verdict = await verdictOf(mac);
    expect(verdict).toMatchObject({ state: "failed" });
    expect(JSON.stringify(verdict["stored"])).toContain("$REALM_USER.EMAIL");
    const { count } = await stories.app.foundation.database.one<{ count: number }>(sql`
      select count(*)::integer as count from commands where artifact_version is not null`);
    expect(count).toBe(0);
  });
});
