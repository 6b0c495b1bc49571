/** Reads JSON as far as it is written. */
import { type Cursor, type FoundValue, type Frame, nextSteps, type Scan } from "./place.ts";

const token = /"(?:[^"\\\n]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/g;

/** @param at Where the cursor is. */
export function scanJson(text: string, at: number): Scan {
  const values: FoundValue[] = [];
  const frames: Frame[] = [];
  let cursor: Cursor | null = null;
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [written] = match;
    const start = match.index;
    // Between two tokens, or in one.
    if (cursor === null && at <= start && at >= end) {
      const found = cursorIn(frames.at(-1), { from: at, to: at, prefix: "" });
      // Directly before a value: a suggestion takes its place.
      const isBefore = at === start && found?.role === "value" && isWord(written);
      cursor = found && { ...found, to: isBefore ? start + written.length : at };
    }
    if (cursor === null && at > start && at <= start + written.length && isWord(written)) {
      const prefix = text.slice(start, at).replace(/^"/, "");
      cursor = cursorIn(frames.at(-1), { from: start, to: start + written.length, prefix });
    }
    take(written, { start, frames, values });
    end = start + written.length;
  }
  return { values, cursor: cursor ?? cursorIn(frames.at(-1), { from: at, to: at, prefix: "" }) };
}

function isWord(written: string): boolean {
  return !/^[{}[\],:]$/.test(written);
}

type Spot = { readonly from: number; readonly to: number; readonly prefix: string };

function cursorIn(frame: Frame | undefined, { from, to, prefix }: Spot): Cursor | null {
  if (frame === undefined) return null;
  const role = frame.isList || frame.member !== null ? "value" : "key";
  return { container: frame.steps, role, member: frame.member, prefix, from, to };
}

function take(
  written: string,
  {
    start,
    frames,
    values,
  }: { readonly start: number; readonly frames: Frame[]; readonly values: FoundValue[] },
): void {
  const frame = frames.at(-1);
  if (written === "}" || written === "]") {
    frames.pop();
    return endMember(frames.at(-1));
  }
  if (written === ",") {
    if (frame?.isList === true) frame.member = Number(frame.member) + 1;
    return endMember(frame);
  }
  if (written === ":") return;
  if (frame !== undefined && !frame.isList && frame.member === null) {
    if (written.startsWith('"')) frame.member = unquoted(written);
    return;
  }
  const steps = nextSteps(frame) ?? [];
  const isOpening = written === "{" || written === "[";
  values.push({ steps, start, scalar: isOpening ? null : unquoted(written) });
  if (isOpening) frames.push({ isList: written === "[", steps, member: written === "[" ? 0 : null });
  else endMember(frame);
}

/** After its value, a member of a dictionary is followed by another name, with or without the comma. */
function endMember(frame: Frame | undefined): void {
  if (frame?.isList === false) frame.member = null;
}

function unquoted(written: string): string {
  return written.startsWith('"') ? written.slice(1, written.endsWith('"') ? -1 : undefined) : written;
}
