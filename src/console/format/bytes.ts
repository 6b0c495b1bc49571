/** Bytes as the API takes them, and identifiers that work on pages without TLS too. */

/** The base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The base64 text of the UTF-8 of a text. */
export function textToBase64(text: string): string {
  return toBase64(new TextEncoder().encode(text));
}

/** The text whose UTF-8 some base64 is; null for bytes that are no text. */
export function base64ToText(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Neither malformed base64 nor binary data is a text; the caller shows it as a file.
    return null;
  }
}

/** A random UUID in capitals, as profiles have. `crypto.randomUUID` exists only on pages with TLS. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5").toUpperCase();
}
