/** English is in `src/console/texts` and nowhere else in pages, so that it can be translated in one place. */
import { expect, test } from "vitest";
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
