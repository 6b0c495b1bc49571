/** One part of a subject. */
export type SubjectPart = { readonly type: string; readonly value: string };

/** Reads `CN=name` a line; a line without `=` has no value, and the API says so. */
export function readSubject(text: string): readonly SubjectPart[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [type = "", ...value] = line.split("=");
      return { type: type.trim(), value: value.join("=").trim() };
    });
}

/** Writes what {@link readSubject} reads. */
export function writeSubject(parts: readonly SubjectPart[]): string {
  return parts.map(({ type, value }) => `${type}=${value}`).join("\n");
}
