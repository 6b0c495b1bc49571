/**
 * Payloads of events, made fit to be stored. Some of what is in them was chosen by devices and strangers: a status
 * report may be as large as a body, and nested as deep as somebody likes.
 */

/** Longest payload as JSON text; what is longer keeps its small members and says which it lost. */
export const payloadCharactersMax = 64 * 1024;
/** Longest member, as JSON text, that a payload beyond the limit keeps. */
export const keptMemberCharactersMax = 1024;
/** Deepest nesting; what is deeper is replaced by {@link tooDeep}. PostgreSQL's own limit is its stack. */
export const payloadDepthMax = 32;

export const tooDeep = "[nested too deep]";
/** Most names that a marker lists. */
const truncatedNamesMax = 20;

type Payload = Readonly<Record<string, unknown>>;

/**
 * A payload within the limits: the same one when it was. Beyond the limit of length, members that are long are left
 * out, and `truncated` names them: type, status and reason of an event are always short, and stay.
 */
export function boundPayload(payload: Payload): Payload {
  const cut = isFit(payload, payloadDepthMax) ? payload : (cutDepth(payload, payloadDepthMax) as Payload);
  if (JSON.stringify(cut).length <= payloadCharactersMax) return cut;
  const kept: [string, unknown][] = [];
  const truncated: string[] = [];
  let room = payloadCharactersMax / 2;
  for (const [name, value] of Object.entries(cut)) {
    const length = name.length + (JSON.stringify(value) ?? "").length;
    if (length <= Math.min(room, keptMemberCharactersMax)) {
      kept.push([name, value]);
      room -= length;
    } else if (truncated.length < truncatedNamesMax) truncated.push(name.slice(0, keptMemberCharactersMax));
  }
  return Object.fromEntries([...kept, ["truncated", truncated]]);
}

/** Whether there is nothing to cut, as nearly always: a copy of a long report takes longer than a look at it. */
function isFit(value: unknown, depth: number): boolean {
  if (typeof value === "bigint" || value instanceof Uint8Array) return false;
  if (typeof value !== "object" || value === null || "toJSON" in value) return true;
  return depth > 0 && Object.values(value).every((member) => isFit(member, depth - 1));
}

/** Also tells bytes and big integers in a way that JSON has; what says itself how it is told (dates, secrets) does. */
function cutDepth(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || ("toJSON" in value && !Buffer.isBuffer(value)))
    return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (depth === 0) return tooDeep;
  if (Array.isArray(value)) return value.map((item) => cutDepth(item, depth - 1));
  // fromEntries defines members of its own, even one that is called `__proto__`.
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, cutDepth(member, depth - 1)]),
  );
}
