/** Files in requests: base64 in a string (http-api 1.8), read as leniently as the reference reads it. */
import type { Refusal } from "#platform/errors.ts";

/** Characters of one file in a request; the body of a request is limited above this. */
export const base64CharactersMax = 16 * 1024 * 1024;

/** Reads base64; characters outside its alphabet are skipped. Null when it ends within a byte. */
export function readBase64(text: string): Buffer | null {
  const kept = text.replace(/[^A-Za-z0-9+/=]/g, "");
  const end = kept.indexOf("=");
  const digits = end < 0 ? kept : kept.slice(0, end);
  const padding = kept.length - digits.length;
  const over = digits.length % 4;
  const isWhole = over === 0 || (over === 2 && padding >= 2) || (over === 3 && padding >= 1);
  return isWhole ? Buffer.from(digits, "base64") : null;
}

/** The refusal of a field that holds no base64. */
export function invalidBase64(field: string): Refusal {
  return { kind: "invalid", code: "base64_invalid", field, detail: "Invalid base64-encoded value" };
}
