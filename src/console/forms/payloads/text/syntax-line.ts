/** Where a text stops being JSON or XML, as the browser tells it. */
import type { DocumentKind } from "../build-document.ts";

/** The line, from 1; null for a text that is well-formed, and where the browser does not say. */
export function syntaxLine(kind: DocumentKind, text: string): number | null {
  const message = kind === "profile" ? xmlMessage(text) : jsonMessage(text);
  if (message === null) return null;
  const line = /line (\d+)/.exec(message)?.[1];
  if (line !== undefined) return Number(line);
  const position = /position (\d+)/.exec(message)?.[1];
  return position === undefined ? null : text.slice(0, Number(position)).split("\n").length;
}

function jsonMessage(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    // The message is what is asked for.
    return error instanceof Error ? error.message : null;
  }
}

function xmlMessage(text: string): string | null {
  const read = new DOMParser().parseFromString(text, "text/xml");
  return read.querySelector("parsererror")?.textContent ?? null;
}
