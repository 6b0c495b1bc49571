/** Reads property lists in XML in the browser, as far as the forms can show them. */

const integerText = /^[+-]?\d{1,15}$/;

/** The dictionary of a property list; null for what is none, or holds what no form shows. */
export function readPlistDictionary(text: string): Readonly<Record<string, unknown>> | null {
  const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
  const dict = root.tagName === "plist" ? root.firstElementChild : null;
  if (dict === null || dict.tagName !== "dict" || root.querySelector("parsererror") !== null) return null;
  try {
    return readDictionary(dict);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readDictionary(element: Element): Readonly<Record<string, unknown>> {
  const members: [string, unknown][] = [];
  const children = [...element.children];
  for (let index = 0; index < children.length; index += 2) {
    const [key, value] = [children[index], children[index + 1]];
    if (key?.tagName !== "key" || value === undefined)
      throw new RangeError("A dictionary is keys and values");
    members.push([key.textContent, readValue(value)]);
  }
  return Object.fromEntries(members);
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
