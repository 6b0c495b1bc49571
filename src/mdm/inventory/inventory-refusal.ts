/** The words in which this slice refuses a key that names nothing (http-api 1.7). */

/** The text for one key. */
export function unknownKeyDetail(id: number): string {
  return `Invalid pk "${id}" - object does not exist.`;
}
