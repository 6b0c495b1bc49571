/** English is in `src/console/texts` and nowhere else in pages, so that it can be translated in one place. */
import { expect, test } from "vitest";
import { eventTexts } from "../src/console/texts/events.ts";
import { listFiles, readSource, type SyntaxNode } from "./tools/source-tree.ts";

/** Names of products and of formats, which no language translates. */
const names = new Set(["Pomona", "UUID", "UDID", "JSON", "plist"]);

/** What elements say to people, by the names of their properties. */
const said =
  /^(?:label|title|placeholder|description|hint|alt|children|aria-(?:label|description|roledescription)|.*Label)$/;

const isWord = (text: string): boolean => /\p{L}{2}/u.test(text) && !names.has(text.trim());

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as SyntaxNode).type === "string";
}

/** The texts that a syntax tree writes out, in elements and in what they say. */
function writtenTexts(node: SyntaxNode): string[] {
  const here: string[] = [];
  if (node.type === "JSXText" && isWord(String(node["value"]))) here.push(String(node["value"]).trim());
  if (node.type === "JSXAttribute") {
    const { name, value } = node as unknown as { name: { name: unknown }; value: SyntaxNode | null };
    const text = value?.type === "Literal" ? value["value"] : null;
    if (typeof name.name === "string" && said.test(name.name) && typeof text === "string" && isWord(text))
      here.push(text);
  }
  const inner = Object.values(node).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]));
  return [...here, ...inner.filter(isNode).flatMap(writtenTexts)];
}

/** Prose that a syntax tree writes out anywhere but in what programmers are told when something cannot be. */
function writtenProse(node: SyntaxNode): string[] {
  const isForProgrammers = node.type === "ThrowStatement" || node.type === "ImportDeclaration";
  if (isForProgrammers) return [];
  const { value } = node as unknown as { value: unknown };
  const text = node.type === "TemplateElement" ? (value as { cooked: string }).cooked : value;
  const isText = node.type === "Literal" || node.type === "TemplateElement";
  const here = isText && typeof text === "string" && isProse(text) ? [text] : [];
  const inner = Object.values(node).flatMap((member: unknown) => (Array.isArray(member) ? member : [member]));
  return [...here, ...inner.filter(isNode).flatMap(writtenProse)];
}

/** Words side by side; neither markup nor selectors, which have commas between their words. */
const isProse = (text: string): boolean => !text.startsWith("<") && /\p{L}{2}[.:;]? \p{L}/u.test(text);

test("what the console writes of values and events has its English there too", () => {
  const files = listFiles("src/console/format", /(?<!\.test)\.ts$/);
  expect(files).toContain("src/console/format/event-sentence.ts");
  const found = files.flatMap((path) =>
    writtenProse(readSource(path).program).map((text) => `${path}: ${text}`),
  );
  expect(found).toEqual([]);
});

test("a sentence in a function, and in the middle of a template, would be found", () => {
  const { program } = readSource("src/console/texts/events.ts");
  const found = writtenProse(program);
  expect(found).toContain(eventTexts.asked);
  expect(found).toContain(" devices the blueprint “");
});

test("no page of the console has English of its own", () => {
  const files = listFiles("src/console", /\.tsx$/);
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((path) =>
    writtenTexts(readSource(path).program).map((text) => `${path}: ${text}`),
  );
  expect(found).toEqual([]);
});

test("English in an element, and in what it says to screen readers, would be found", () => {
  const { program } = readSource("src/console/pages/NotFoundPage.tsx");
  const text = { type: "JSXText", start: 0, end: 0, value: " To the start " };
  const attribute = {
    type: "JSXAttribute",
    start: 0,
    end: 0,
    name: { type: "JSXIdentifier", name: "aria-label" },
    value: { type: "Literal", value: "Breadcrumb" },
  };
  expect(writtenTexts({ ...program, body: [text, attribute] })).toEqual(["To the start", "Breadcrumb"]);
});
