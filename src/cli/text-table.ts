/** Answers of the API as text for people: rows as a table, one object as lines. */

/** Most columns of a table; the rest is in `--json` and in `show`. */
export const columnsMax = 8;
/** Longest text of a cell. */
export const cellCharactersMax = 40;

type Row = Readonly<Record<string, unknown>>;

/** Rows below their headings; the columns are the first members that are plain values. */
export function formatTable(rows: readonly unknown[]): string[] {
  const objects = rows.filter(isRow);
  if (objects.length < rows.length) return rows.map((row) => JSON.stringify(row));
  const columns = chooseColumns(objects);
  const table = [
    columns.map((name) => name.toUpperCase()),
    ...objects.map((row) => columns.map((name) => cell(row[name]))),
  ];
  const widths = columns.map((_, index) => Math.max(...table.map((line) => line[index]?.length ?? 0)));
  return table.map((line) =>
    line
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** One line per member. What is nested is shown as JSON. */
export function formatObject(value: unknown): string[] {
  if (!isRow(value)) return [JSON.stringify(value, null, 2)];
  const width = Math.max(0, ...Object.keys(value).map((name) => name.length));
  return Object.entries(value).map(([name, member]) =>
    `${name.padEnd(width)}  ${plainText(member)}`.trimEnd(),
  );
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function chooseColumns(rows: readonly Row[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const plain = [...names].filter((name) =>
    rows.every((row) => typeof row[name] !== "object" || row[name] === null),
  );
  const telling = plain.filter((name) => rows.some((row) => row[name] !== null && row[name] !== ""));
  return telling.slice(0, columnsMax);
}

function cell(value: unknown): string {
  const text = plainText(value);
  return text.length > cellCharactersMax ? `${text.slice(0, cellCharactersMax - 1)}…` : text;
}

/** Without control characters: names come from devices, and a terminal obeys what it is shown. */
function plainText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
