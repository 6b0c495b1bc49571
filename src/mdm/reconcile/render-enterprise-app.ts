// The command that has a Mac download and install an enterprise app (desired-state specification 6.2), and manifests.
// Made from the stored manifest, which is never changed: each delivery gets a copy with its own URL.
// Whether the app is managed is said only to systems that understand it.
import type { JsonObject, JsonValue } from "#protocol/mdm/json.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";

/** What the command says of the app. */
export type EnterpriseAppFacts = {
  readonly manifest: JsonObject;
  readonly iosApp: boolean;
  readonly installAsManaged: boolean;
  readonly removeOnUnenroll: boolean;
};

/** The `Command` dictionary. */
export function enterpriseAppCommand(
  app: EnterpriseAppFacts,
  delivery: {
    readonly manifestUrl: string;
    /** Its variables are replaced already; null for none. */
    readonly configuration: PlistWritableDictionary | null;
    /** From macOS 11 on. */
    readonly knowsManagement: boolean;
  },
): PlistWritableDictionary {
  return {
    RequestType: "InstallEnterpriseApplication",
    Manifest: manifestWithUrl(app.manifest, delivery.manifestUrl),
    ...(delivery.configuration === null ? {} : { Configuration: delivery.configuration }),
    ...(app.iosApp ? { iOSApp: true } : {}),
    ...(delivery.knowsManagement ? managementOf(app) : {}),
  };
}

function managementOf({ installAsManaged, removeOnUnenroll }: EnterpriseAppFacts): PlistWritableDictionary {
  if (!installAsManaged) return { InstallAsManaged: false };
  return {
    InstallAsManaged: true,
    ChangeManagementState: "Managed",
    // 1: removed with the management profile.
    ManagementFlags: removeOnUnenroll ? 1 : 0,
  };
}

/** A copy of a manifest whose first asset is at a URL. */
export function manifestWithUrl(manifest: JsonObject, url: string): PlistWritableDictionary {
  const [item, ...items] = listAt(manifest, "items");
  const [asset, ...assets] = listAt(item, "assets");
  const located = { ...membersOf(item), assets: [{ ...membersOf(asset), url }, ...assets] };
  // A manifest is strings, numbers and lists of them; JSON's null, which a plist has not, is never in it.
  return { ...manifest, items: [located, ...items] } as PlistWritableDictionary;
}

function membersOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function listAt(value: JsonValue | undefined, key: string): JsonValue[] {
  const member = membersOf(value)[key];
  return Array.isArray(member) ? member : [];
}
