/** Reads a property list in XML as far as it is written. */
import { type Cursor, type FoundValue, type Frame, nextSteps, type Scan } from "./place.ts";

const piece = /<!--[\s\S]*?-->|<[?!][^>]*>|<(\/?)([A-Za-z]+)[^<>]*?(\/?)>|[^<]+|</g;

const simpleElement = /^<(?:(?:true|false)\s*\/>|(string|integer|real|date|data)>[^<]*<\/\1>)/;

type Open = { readonly tag: string; readonly start: number };

/** @param at Where the cursor is. */
export function scanPlist(text: string, at: number): Scan {
  const values: FoundValue[] = [];
  const frames: Frame[] = [];
  let cursor: Cursor | null = null;
  /** A `key`, `string` or other element without elements that is open. */
  let open: Open | null = null;
  for (const match of text.matchAll(piece)) {
    const [written, slash, tag = ""] = match;
    const [start, end] = [match.index, match.index + match[0].length];
    const isSelfClosed = match[3] === "/";
    if (cursor === null && at > start && at <= end && tag === "" && frames.length > 0) {
      cursor = cursorIn(text, { at, start, end, open, frame: frames.at(-1) });
    }
    if (tag === "") {
      if (open !== null) note(written.trim(), open, { frames, values });
      continue;
    }
    const isContainer = tag === "dict" || tag === "array";
    if (slash === "/") {
      if (isContainer) close(frames);
      else if (open !== null) finish(open, frames);
      // Between two tags without anything.
      open = null;
    } else if (isContainer) {
      const steps = nextSteps(frames.at(-1)) ?? [];
      values.push({ steps, start, scalar: null });
      if (isSelfClosed) step(frames.at(-1));
      else frames.push({ isList: tag === "array", steps, member: tag === "array" ? 0 : null });
    } else if (tag !== "plist") {
      open = isSelfClosed ? null : { tag, start };
      if (tag !== "key") {
        values.push({ steps: nextSteps(frames.at(-1)) ?? [], start, scalar: isSelfClosed ? tag : null });
        if (isSelfClosed) step(frames.at(-1));
      }
    }
    if (cursor === null && at === end) {
      cursor = cursorIn(text, { at, start: end, end, open, frame: frames.at(-1) });
    }
  }
  return { values, cursor };
}

/** Text of an element: the name of the next value, or the value that was just begun. */
function note(
  content: string,
  open: Open,
  { frames, values }: { readonly frames: readonly Frame[]; readonly values: FoundValue[] },
): void {
  const frame = frames.at(-1);
  if (open.tag === "key") {
    if (frame !== undefined && !frame.isList) frame.member = content;
    return;
  }
  const last = values.at(-1);
  if (last !== undefined) values[values.length - 1] = { ...last, scalar: content };
}

function finish({ tag }: Open, frames: readonly Frame[]): void {
  if (tag !== "key") step(frames.at(-1));
}

function close(frames: Frame[]): void {
  frames.pop();
  step(frames.at(-1));
}

function step(frame: Frame | undefined): void {
  if (frame !== undefined) frame.member = frame.isList ? Number(frame.member) + 1 : null;
}

type Spot = {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly open: Open | null;
  readonly frame: Frame | undefined;
};

function cursorIn(text: string, { at, start, end, open, frame }: Spot): Cursor | null {
  if (frame === undefined) return null;
  const { isList, member, steps: container } = frame;
  if (open === null) {
    const role = isList || member !== null ? "value" : "key";
    // Directly before a value: a suggestion takes its place.
    const before = role === "value" ? simpleElement.exec(text.slice(at)) : null;
    return { container, role, member, prefix: "", from: at, to: at + (before?.[0].length ?? 0) };
  }
  const isKey = open.tag === "key";
  const closing = new RegExp(`^\\s*</${open.tag}>`).exec(text.slice(end));
  const prefix = text.slice(start, at).trim();
  const to = closing === null ? at : end + closing[0].length;
  return {
    container,
    role: isKey ? "key" : "value",
    member: isKey ? null : member,
    prefix,
    from: open.start,
    to,
  };
}
