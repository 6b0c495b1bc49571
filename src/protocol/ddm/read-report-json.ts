// Reads the JSON of a status report into a value that can be kept: hostile depth, size and text are cut out of it, the
// rest stays. A report that is cut is still a report; one that is no JSON object is none.
import type { JsonObject, JsonValue } from "../mdm/json.ts";

/** Bytes of a status report: what fits into the largest check-in message. */
export const statusReportBytesMax = 8 * 1024 * 1024;
/** Containers inside containers. Apple's status items stay below 12. */
export const statusReportDepthMax = 32;
/** Values of a report. A full one of a Mac with 500 applications and certificates has about 20,000. */
export const statusReportNodesMax = 200_000;

/** A report as JSON; `isCut` when something of it was too deep or too much. */
export type ReportJson = { readonly json: JsonObject; readonly isCut: boolean };

type Reading = { nodes: number; isCut: boolean };

/** Null for what is no JSON object, and for more than {@link statusReportBytesMax} bytes. Never throws. */
export function readReportJson(bytes: Uint8Array): ReportJson | null {
  if (bytes.length > statusReportBytesMax) return null;
  const parsed = parseOrNull(new TextDecoder("utf-8").decode(bytes));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const reading: Reading = { nodes: 0, isCut: false };
  const json = keepObject(reading, parsed, 1);
  return { json, isCut: reading.isCut };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a device sends is no error of ours: the caller refuses it.
    return null;
  }
}

function keep(reading: Reading, value: unknown, depth: number): JsonValue | undefined {
  reading.nodes += 1;
  const isContainer = typeof value === "object" && value !== null;
  if (reading.nodes > statusReportNodesMax || (isContainer && depth > statusReportDepthMax)) {
    reading.isCut = true;
    return undefined;
  }
  if (typeof value === "string") return storableText(value);
  // 1e400 is read as infinity, which JSON cannot write.
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || !isContainer) return typeof value === "boolean" ? value : null;
  return Array.isArray(value) ? keepList(reading, value, depth) : keepObject(reading, value, depth);
}

function keepList(reading: Reading, list: readonly unknown[], depth: number): JsonValue[] {
  const kept: JsonValue[] = [];
  for (const item of list) {
    const value = keep(reading, item, depth + 1);
    if (value !== undefined) kept.push(value);
    if (reading.nodes > statusReportNodesMax) break;
  }
  return kept;
}

function keepObject(reading: Reading, object: object, depth: number): JsonObject {
  // No prototype: a key may be `__proto__`.
  const kept: JsonObject = Object.create(null);
  for (const [key, member] of Object.entries(object)) {
    const value = keep(reading, member, depth + 1);
    if (value !== undefined) kept[storableText(key)] = value;
    if (reading.nodes > statusReportNodesMax) break;
  }
  return kept;
}

/** PostgreSQL's `jsonb` refuses NUL and halves of surrogate pairs. */
function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}
