/** Reads property lists in XML in the browser, as far as the forms can show them. */

import { type PlistKey, PlistSource } from "./plist.ts";

const integerText = /^[+-]?\d{1,15}$/;

/** The dictionary of a property list; null for what is none, or holds what no form shows. */
export function readPlistDictionary(text: string): Readonly<Record<string, unknown>> | null {
  const dict = plistRoot(text);
  try {
    return dict && readDictionary(dict);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The `dict` that a property list is; null for what is none. */
export function plistRoot(text: string): Element | null {
  const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
  const dict = root.tagName === "plist" ? root.firstElementChild : null;
  return dict?.tagName === "dict" && root.querySelector("parsererror") === null ? dict : null;
}

/** The members of a `dict` by name; null when it is not keys and values. */
export function readMembers(dict: Element): ReadonlyMap<string, Element> | null {
  const members = new Map<string, Element>();
  const children = [...dict.children];
  for (let index = 0; index < children.length; index += 2) {
    const [key, value] = [children[index], children[index + 1]];
    if (key?.tagName !== "key" || value === undefined) return null;
    members.set(key.textContent, value);
  }
  return members;
}

/** Members as a form of these keys has them; what the keys do not know, or know otherwise, stays as it stands. */
export function readTypedMembers(
  members: ReadonlyMap<string, Element>,
  keys: readonly PlistKey[],
): Readonly<Record<string, unknown>> {
  const known = new Map(keys.map((key) => [key.key, key]));
  const wildcard = keys.find(({ key }) => /^ANY(?: |$)/.test(key));
  return Object.fromEntries(
    [...members].map(([name, element]) => [name, readTyped(element, known.get(name) ?? wildcard)]),
  );
}

/** Elements that a form shows for the types of the schema. */
const shownAs: Readonly<Record<string, readonly string[]>> = {
  string: ["string"],
  date: ["date"],
  data: ["data"],
  boolean: ["true", "false"],
  integer: ["integer"],
  real: ["real", "integer"],
  array: ["array"],
  dictionary: ["dict"],
};

function readTyped(element: Element, key: PlistKey | undefined): unknown {
  const { tagName } = element;
  if (key === undefined || shownAs[key.type]?.includes(tagName) === false) return PlistSource.of(element);
  const [item, other] = key.keys;
  if (tagName === "array" && item !== undefined && other === undefined) {
    return [...element.children].map((child) => readTyped(child, item));
  }
  const members = tagName === "dict" && item !== undefined ? readMembers(element) : null;
  if (members !== null) return readTypedMembers(members, key.keys);
  const isTyped = key.type === "data" || key.type === "date" || key.type === "real";
  return isTyped || isPlain(element) ? readPlain(element) : PlistSource.of(element);
}

/** Whether nothing of an element is lost when it is written by its value alone. */
function isPlain(element: Element): boolean {
  return (
    element.querySelector("data, date, real") === null && !["data", "date", "real"].includes(element.tagName)
  );
}

function readPlain(element: Element): unknown {
  try {
    return readValue(element);
  } catch (error) {
    if (error instanceof RangeError) return PlistSource.of(element);
    throw error;
  }
}

function readDictionary(element: Element): Readonly<Record<string, unknown>> {
  const members = readMembers(element);
  if (members === null) throw new RangeError("A dictionary is keys and values");
  return Object.fromEntries([...members].map(([name, value]) => [name, readValue(value)]));
}

function readValue(element: Element): unknown {
  const text = element.textContent;
  switch (element.tagName) {
    case "dict":
      return readDictionary(element);
    case "array":
      return [...element.children].map(readValue);
    case "true":
    case "false":
      return element.tagName === "true";
    case "integer":
      if (!integerText.test(text.trim())) throw new RangeError("No number a form can show");
      return Number(text);
    case "real":
      return Number(text);
    case "data":
      return text.replace(/\s/g, "");
    case "string":
    case "date":
      return text;
    default:
      throw new RangeError("No element of a property list");
  }
}
