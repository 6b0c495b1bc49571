/** The state of a text that somebody writes: where the cursor is, and what that place is. */
import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { DocumentKind } from "../build-document.ts";
import { type Cursor, lineOf, type Scan } from "./place.ts";
import { scanJson } from "./scan-json.ts";
import { scanPlist } from "./scan-plist.ts";
import { syntaxLine } from "./syntax-line.ts";
import type { Suggestion } from "./suggest.ts";

export type TextEditorState = {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly scan: Scan;
  readonly setCursor: (at: number) => void;
  readonly change: (text: string) => void;
  readonly take: (cursor: Cursor, suggestion: Suggestion) => void;
  readonly focus: () => void;
  /** The line of a finding; null for one that has none. */
  readonly lineOf: (path: string) => number | null;
  readonly showLine: (line: number) => void;
};

export function useTextEditor(
  kind: DocumentKind,
  text: string,
  change: (text: string) => void,
): TextEditorState {
  const ref = useRef<HTMLTextAreaElement>(null);
  const [at, setCursor] = useState(0);
  const [next, setNext] = useState<number | null>(null);
  const scan = useMemo(() => {
    const place = Math.min(at, text.length);
    return kind === "profile" ? scanPlist(text, place) : scanJson(text, place);
  }, [kind, text, at]);
  useLayoutEffect(() => {
    if (next === null) return;
    ref.current?.focus();
    ref.current?.setSelectionRange(next, next);
    setNext(null);
  }, [next]);
  const take: TextEditorState["take"] = ({ from, to }, { text: put, caret }) => {
    change(text.slice(0, from) + put + text.slice(to));
    setCursor(from + caret);
    setNext(from + caret);
  };
  const showLine = (line: number): void => {
    const area = ref.current;
    if (area === null) return;
    const lines = text.split("\n");
    const found = lines[line - 1] ?? "";
    const end = lines.slice(0, line).join("\n").length;
    // Without its indent: there the value begins, if one does.
    const start = end - found.trimStart().length;
    area.focus();
    area.setSelectionRange(start, end);
    area.scrollTop = (area.scrollHeight * (line - 1)) / lines.length - area.clientHeight / 2;
    setCursor(start);
  };
  return {
    ref,
    text,
    scan,
    setCursor,
    change,
    take,
    focus: () => ref.current?.focus(),
    lineOf: (path) => (path === "" ? syntaxLine(kind, text) : lineOf(text, scan, path)),
    showLine,
  };
}
