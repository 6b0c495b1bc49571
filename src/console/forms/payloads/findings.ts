/** What the server says of a document, at the places of the form. */
import { createContext, useContext } from "react";

export type Finding = {
  /** `Payload.MinimumLength`; empty for the whole document. */
  readonly path: string;
  readonly severity: "refuse" | "warn";
  readonly text: string;
};

/** Sentences by path. */
export const FindingsContext = createContext<ReadonlyMap<string, string>>(new Map());

/** Keeps the findings of each place as a sentence. */
export function findingsByPath(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const byPath = new Map<string, string>();
  for (const { path, text } of findings) {
    const before = byPath.get(path);
    byPath.set(path, before === undefined ? sentence(text) : `${before} ${sentence(text)}`);
  }
  return byPath;
}

/** What is said of a field; undefined for nothing. */
export function useFinding(path: string): string | undefined {
  return useContext(FindingsContext).get(path);
}

/** The server's phrases follow a name: "must be of type string". */
function sentence(text: string): string {
  const full = text.endsWith(".") ? text : `${text}.`;
  return full.charAt(0).toUpperCase() + full.slice(1);
}

/** The place of a member, as the server writes it. Names of another form have no findings of their own. */
export function memberPath(path: string, name: string): string {
  return `${path}.${name}`;
}
