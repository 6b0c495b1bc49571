/** Places in a text that somebody writes, however unfinished it is. */

export type Step = string | number;

/** A value that was found in the text. */
export type FoundValue = {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Of words and numbers; null for others, and for what is not finished. */
  readonly scalar: string | null;
};

/** Where the cursor is: in a name of a dictionary's member, or in the value of one. */
export type Cursor = {
  /** Of the dictionary or list around it. */
  readonly container: readonly Step[];
  readonly role: "key" | "value";
  /** The member whose value it is; null for names. */
  readonly member: Step | null;
  /** What of a name or value stands before the cursor. */
  readonly prefix: string;
  /** What a suggestion replaces. */
  readonly from: number;
  readonly to: number;
};

export type Scan = { readonly values: readonly FoundValue[]; readonly cursor: Cursor | null };

/** A place as the server writes it: `PayloadContent[0].Rules`. */
export function pathText(steps: readonly Step[]): string {
  return steps.reduce<string>(
    (path, step) => (typeof step === "number" ? `${path}[${step}]` : path === "" ? step : `${path}.${step}`),
    "",
  );
}

/** The line of a place, from 1; of what is around it when it is not in the text itself. */
export function lineOf(text: string, scan: Scan, path: string): number | null {
  const places = new Map(scan.values.map(({ steps, start }) => [pathText(steps), start]));
  for (let left = path; left !== ""; left = left.replace(/(?:\.[^.[\]]*|\[\d+\]|^[^.[\]]*)$/, "")) {
    const start = places.get(left);
    if (start !== undefined) return text.slice(0, start).split("\n").length;
  }
  return null;
}

/** Frames of what is open while a text is read. */
export type Frame = { readonly isList: boolean; readonly steps: readonly Step[]; member: Step | null };

/** The place of the next value in a frame; null where a name is missing. */
export function nextSteps(frame: Frame | undefined): readonly Step[] | null {
  if (frame === undefined) return [];
  return frame.member === null ? null : [...frame.steps, frame.member];
}
