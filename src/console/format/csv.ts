/** Rows as a CSV file (RFC 4180). Spreadsheets run what begins with certain characters: an apostrophe stops them. */
export function writeCsv(rows: readonly (readonly (string | null)[])[]): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: string | null): string {
  const text = value ?? "";
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
