/** The error texts of http-api 1.7, each in one place. Clients show them, so they are exact. */

export const requiredText = "This field is required.";
export const nullText = "This field may not be null.";
export const blankText = "This field may not be blank.";
export const stringText = "Not a valid string.";
export const nullCharacterText = "Null characters are not allowed.";
export const integerText = "A valid integer is required.";
export const integerTooLongText = "String value too large.";
export const numberText = "A valid number is required.";
export const booleanText = "Must be a valid boolean.";
export const uuidText = "Must be a valid UUID.";
export const emptyListText = "This list may not be empty.";
export const jsonText = "Value must be valid JSON.";
export const noDataText = "No data provided";
export const patternText = "This value does not match the required pattern.";
export const urlText = "Enter a valid URL.";
export const emailText = "Enter a valid email address.";
export const datetimeText =
  "Datetime has wrong format. Use one of these formats instead: " +
  "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
export const timeText = "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].";

/** Most characters of a hostile value that an error text repeats. */
export const quotedCharactersMax = 200;

export const choiceText = (value: unknown): string => `"${quoted(value)}" is not a valid choice.`;
export const relationTypeText = (value: unknown): string =>
  `Incorrect type. Expected pk value, received ${typeName(value)}.`;
export const relationUuidText = (value: unknown): string => `“${quoted(value)}” is not a valid UUID.`;
export const listText = (value: unknown): string =>
  `Expected a list of items but got type "${typeName(value)}".`;
export const mapText = (value: unknown): string =>
  `Expected a dictionary of items but got type "${typeName(value)}".`;
export const objectText = (value: unknown): string =>
  `Invalid data. Expected a dictionary, but got ${typeName(value)}.`;
export const surrogateText = (text: string): string => {
  const [unit = ""] = /[\ud800-\udfff]/.exec(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "")) ?? [];
  return `Surrogate characters are not allowed: U+${unit.charCodeAt(0).toString(16).toUpperCase()}.`;
};
export const maxLengthText = (limit: number): string =>
  `Ensure this field has no more than ${limit} characters.`;
export const minLengthText = (limit: number): string => `Ensure this field has at least ${limit} characters.`;
export const minimumText = (limit: number): string =>
  `Ensure this value is greater than or equal to ${limit}.`;
export const maximumText = (limit: number): string => `Ensure this value is less than or equal to ${limit}.`;
export const minItemsText = (limit: number): string => `Ensure this field has at least ${limit} elements.`;
export const maxItemsText = (limit: number): string =>
  `Ensure this field has no more than ${limit} elements.`;
/** Constraints that the catalogue has no text for. */
export const otherText = "This value is not valid.";

/** Filters of lists speak differently from bodies (http-api 1.11). */
export const filterUuidText = "Enter a valid UUID.";
export const filterNumberText = "Enter a number.";
export const filterChoiceText = (value: string): string =>
  `Select a valid choice. ${quoted(value)} is not one of the available choices.`;
export const filterRelationText = "Select a valid choice. That choice is not one of the available choices.";
export const filterListValueText = (value: string): string => `“${quoted(value)}” is not a valid value.`;

/** The names clients know the JSON types by: Python's, as the reference is written in it. */
export function typeName(value: unknown): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "str" : "dict";
}

/** A hostile value as an error text repeats it. */
export function quoted(value: unknown): string {
  const text =
    typeof value === "string" ? value : typeof value === "object" ? typeName(value) : plainText(value);
  return text.length <= quotedCharactersMax ? text : `${text.slice(0, quotedCharactersMax)}…`;
}

function plainText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}
