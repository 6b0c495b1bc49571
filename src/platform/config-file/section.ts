/** Reads the objects of a configuration file: each key once, by its parser, and no key unread. */
import { brokenValue, memberPath, type ReportProblem } from "./substitution.ts";

/** One object of the file. Problems are reported with their path and reading goes on. */
export type Section = {
  /** Whether the file has this key. */
  readonly has: (key: string) => boolean;
  /** The parsed value; the fallback when the key is absent or its value was reported. */
  readonly read: <T, F>(key: string, parse: (value: unknown) => T, fallback: F) => T | F;
  /** An object inside; empty when absent. */
  readonly section: (key: string) => Section;
  /** The objects inside an object whose keys are names. */
  readonly named: (key: string) => readonly (readonly [name: string, section: Section])[];
  /** Like `read`, of a key that must be there. */
  readonly require: <T, F>(key: string, parse: (value: unknown) => T, fallback: F) => T | F;
  /** Every key as it is; nothing is left for `close` to report. */
  readonly rest: () => Readonly<Record<string, unknown>>;
  /** Refuses a key that means something elsewhere, with what to do instead. */
  readonly refuse: (key: string, detail: string) => void;
  /** Reports every key that nobody read. To be called last. */
  readonly close: () => void;
};

/** Most objects of one section whose keys are names. */
export const namedSectionsMax = 1_000;

/** Opens one object of the file. */
export function openSection(value: unknown, path: string, report: ReportProblem): Section {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject && value !== undefined && value !== brokenValue) report(path, "must be an object");
  const members = new Map<string, unknown>(isObject ? Object.entries(value) : []);
  const known = new Set<string>();
  const take = (key: string): unknown => {
    known.add(key);
    return members.get(key);
  };
  const section = (key: string): Section => openSection(take(key), memberPath(path, key), report);
  const read = <T, F>(key: string, parse: (value: unknown) => T, fallback: F): T | F => {
    const member = take(key);
    if (member === undefined || member === brokenValue) return fallback;
    try {
      return parse(member);
    } catch (error) {
      report(memberPath(path, key), error instanceof Error ? error.message : String(error));
      return fallback;
    }
  };
  return {
    has: (key) => members.has(key),
    read,
    require: (key, parse, fallback) => {
      if (!members.has(key)) report(memberPath(path, key), "is required");
      return read(key, parse, fallback);
    },
    rest: () => Object.fromEntries([...members].filter(([, member]) => member !== brokenValue)),
    section,
    named: (key) => listNamed(take(key), memberPath(path, key), report),
    refuse: (key, detail) => {
      if (take(key) !== undefined) report(memberPath(path, key), detail);
    },
    close: () => {
      for (const key of members.keys()) {
        if (!known.has(key))
          report(memberPath(path, key), `is not a key of Pomona; there are ${[...known].join(", ")}`);
      }
    },
  };
}

function listNamed(value: unknown, path: string, report: ReportProblem): [string, Section][] {
  const object = openSection(value, path, report);
  const names =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  if (names.length > namedSectionsMax) {
    report(path, `has more than ${namedSectionsMax} entries`);
    return [];
  }
  return names.map((name) => [name, object.section(name)]);
}

/** Text that is not empty. */
export function parseText(value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") throw new Error("must be text that is not empty");
  return value;
}

/** Text of at most some characters. */
export function textOfAtMost(charactersMax: number): (value: unknown) => string {
  return (value) => {
    const text = parseText(value);
    if (text.length > charactersMax) throw new Error(`must have at most ${charactersMax} characters`);
    return text;
  };
}

/** True or false; a substitution gives text, which the filter jsondecode turns into either. */
export function parseSwitch(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error("must be true or false, without quotes");
  return value;
}

export type Range = { readonly min: number; readonly max: number; readonly isWhole: boolean };

/** A number, or text that is one; outside its range it becomes the nearest one inside (protocol 6.3). */
export function clampedNumber({ min, max, isWhole }: Range): (value: unknown) => number {
  return (value) => {
    const isText = typeof value === "string" && value.trim() !== "";
    const number = isText ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number) || (isWhole && !Number.isInteger(number))) {
      throw new Error(`must be a ${isWhole ? "whole " : ""}number from ${min} to ${max}`);
    }
    return Math.min(max, Math.max(min, number));
  };
}
