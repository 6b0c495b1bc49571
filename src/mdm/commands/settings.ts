/** Settings: any settings of Apple's list. Lands in `device_settings`, a result an item, then a DeviceInformation. */
import { Type } from "typebox";
import { findCommandSchema } from "#protocol/apple-schema/validate-command.ts";
import { readJsonValue } from "#protocol/apple-schema/read-json.ts";
import { decodeSettingResults } from "#protocol/mdm/answers/settings.ts";
import type { PlistDictionary, PlistWritable } from "#protocol/plist/value.ts";
import type { ItemResult } from "#mdm/devices/device-outcome.ts";
import { type CommandArguments, type CommandKind, onDeviceChannel } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

/** Apple lists some thirty items; a few come once for each application. */
export const settingItemsMax = 200;

const settingsArguments = Type.Object({
  Settings: Type.Array(Type.Unknown(), {
    minItems: 1,
    maxItems: settingItemsMax,
    description: 'Items of Apple\'s schema: {"Item": "DeviceName", "DeviceName": "Till 3"}; data is base64',
  }),
});

export const settings: CommandKind = {
  ...operatorCommand,
  name: "Settings",
  // Configurations of applications hold passwords.
  secretArguments: ["Settings"],
  argumentsFor: () => settingsArguments,
  refuse: (args) => {
    if (listItems(args).every((item) => item["Item"] !== undefined)) return [];
    const detail = "Every item is an object with an Item.";
    return [{ kind: "invalid", code: "argument_malformed", field: "Settings", detail }];
  },
  command: (_, args) => ({ RequestType: "Settings", Settings: readItems(args) }),
  acknowledged: (target, args, answer) =>
    onDeviceChannel(target, () => [
      { kind: "storeSettingResults", results: pairResults(args, answer) },
      { kind: "queueCommand", name: "DeviceInformation", arguments: {} },
    ]),
  show: (args) => ({ Settings: listItems(args).map(showItem) }),
  describe: (args) => {
    const items = Array.isArray(args["Settings"]) ? itemNames(args) : "<redacted>";
    return { Settings: items };
  },
};

function readItems(args: CommandArguments): readonly PlistWritable[] {
  const key = findCommandSchema("Settings")?.keys.find((each) => each.key === "Settings");
  const items = readJsonValue(key, args["Settings"]);
  return Array.isArray(items) ? (items as readonly PlistWritable[]) : [];
}

/** Names of what cannot be a secret, whatever item it is in. */
const harmlessMembers: readonly string[] = ["Item", "Identifier", "DeviceName", "HostName", "TimeZone"];
const shownTextCharactersMax = 255;

/** What a setting switches on or off may be seen, and how things are called. */
function showItem(item: Item): Record<string, unknown> {
  const members = Object.entries(item).map(([key, value]) => {
    if (typeof value === "boolean") return [key, value];
    const isHarmless = typeof value === "string" && harmlessMembers.includes(key);
    return [key, isHarmless ? value.slice(0, shownTextCharactersMax) : "<redacted>"];
  });
  return Object.fromEntries(members);
}

/** Names alone: values may be anything. */
function itemNames(args: CommandArguments): string[] {
  return listItems(args).map(({ Item: item }) => (typeof item === "string" ? item.slice(0, 64) : ""));
}

type Item = Readonly<Record<string, unknown>>;

function listItems(args: CommandArguments): readonly Item[] {
  const items: unknown = args["Settings"];
  if (!Array.isArray(items)) return [];
  return items.map((item: unknown): Item => (typeof item === "object" && item !== null ? { ...item } : {}));
}

/**
 * Devices answer the items in their order; one without a result of its own shares that of the whole command, which is
 * `Acknowledged`.
 */
function pairResults(args: CommandArguments, answer: PlistDictionary): ItemResult[] {
  const results = decodeSettingResults(answer);
  const items = listItems(args);
  return itemNames(args).map((item, index) => {
    const result = results[index];
    const identifier = items[index]?.["Identifier"];
    return {
      item,
      identifier: result?.identifier ?? (typeof identifier === "string" ? identifier : null),
      status: result === undefined ? "Acknowledged" : result.status,
      errorChain: result?.errorChain ?? null,
    };
  });
}
