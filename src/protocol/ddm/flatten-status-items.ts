// Takes the tree of `StatusItems` apart into the items Apple names: `device.operating-system.version`. Lists whose
// elements carry an identifier are told element by element, because devices report only those that changed
// (`_removed` marks one that is gone).
import { statusItemFamily } from "../apple-schema/schema-tables.ts";
import type { JsonObject, JsonValue } from "../mdm/json.ts";
import { quoteHostileText } from "../plist/value.ts";

/** What a report says of one item, or of one element of an item that is a list. */
export type StatusItemChange = {
  /** As Apple writes it: `app.managed.list`. */
  readonly name: string;
  /** Of the element; empty for an item that is no list of identified elements. */
  readonly identifier: string;
  /** True for an element that is gone; its value is null then. */
  readonly isRemoved: boolean;
  readonly value: JsonValue;
};

/** Items and elements of a report; a full one of a busy Mac has about 2,000. */
export const statusItemChangesMax = 10_000;
/** Characters of a name or identifier: both are indexed. */
export const statusItemNameCharactersMax = 255;
/** Characters of one value as JSON. Only `management.declarations` of a thousand declarations comes near. */
export const statusItemValueCharactersMax = 1024 * 1024;

/**
 * What would let others speak to the device, or to Apple about it: known from elsewhere where it is needed, so it is
 * not kept.
 */
export const secretStatusItems: readonly string[] = [
  "mdm.push-magic",
  "mdm.push-token",
  "enhanced-logging.applecare-token",
];

/** Takes what is wrong with an item, and goes on. */
export type Warn = (warning: string) => void;

type Flattening = { readonly changes: Map<string, StatusItemChange>; readonly warn: Warn };

/** Each item and element once; of several with the same name the last counts. Never throws. */
export function flattenStatusItems(items: JsonObject, warn: Warn): readonly StatusItemChange[] {
  const flattening: Flattening = { changes: new Map(), warn };
  for (const [key, value] of Object.entries(items)) flatten(flattening, key, value);
  return [...flattening.changes.values()];
}

/** Tells whether a value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function flatten(flattening: Flattening, name: string, value: JsonValue): void {
  if (secretStatusItems.includes(name)) return;
  if (name.length > statusItemNameCharactersMax) {
    flattening.warn(`StatusItems has an item with the name ${quoteHostileText(name)}, which is too long`);
  } else if (isJsonObject(value) && statusItemFamily.find(name) === null) {
    for (const [key, member] of Object.entries(value)) flatten(flattening, `${name}.${key}`, member);
  } else if (Array.isArray(value) && value.some(isIdentified)) {
    for (const [index, element] of value.entries()) addElement(flattening, `${name}[${index}]`, element);
  } else if (!isEmptyList(name, value)) {
    add(flattening, { name, identifier: "", isRemoved: false, value });
  }
}

function addElement(flattening: Flattening, place: string, element: JsonValue): void {
  const name = place.slice(0, place.lastIndexOf("["));
  const identifier = isJsonObject(element) ? element["identifier"] : undefined;
  const isUsable =
    typeof identifier === "string" &&
    identifier.length > 0 &&
    identifier.length <= statusItemNameCharactersMax;
  if (!isUsable || !isJsonObject(element)) {
    flattening.warn(`StatusItems.${place} has no usable identifier`);
    return;
  }
  const isRemoved = element["_removed"] === true;
  add(flattening, { name, identifier, isRemoved, value: isRemoved ? null : element });
}

function add({ changes, warn }: Flattening, change: StatusItemChange): void {
  const key = JSON.stringify([change.name, change.identifier]);
  if (changes.size >= statusItemChangesMax && !changes.has(key)) {
    warn(`StatusItems has more than ${statusItemChangesMax} items`);
  } else if (JSON.stringify(change.value).length > statusItemValueCharactersMax) {
    warn(`StatusItems.${change.name} is too large`);
  } else {
    changes.set(key, change);
  }
}

/** Of elements that are told one by one none changed. */
function isEmptyList(name: string, value: JsonValue): boolean {
  const [item] = statusItemFamily.find(name)?.keys ?? [];
  const hasElements = item?.keys?.[0]?.keys?.some(({ key }) => key === "identifier") === true;
  return hasElements && Array.isArray(value) && value.length === 0;
}

function isIdentified(element: JsonValue): boolean {
  return isJsonObject(element) && typeof element["identifier"] === "string";
}
