/** SQL as values: text with parameters, composable, and prepared under a name by the driver (ADR 0002). */
import { createHash } from "node:crypto";

const brand = Symbol("sql");

/** A piece of SQL; its values never become part of the text. */
export type Sql = {
  readonly [brand]: true;
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
};

function isSql(value: unknown): value is Sql {
  return typeof value === "object" && value !== null && brand in value;
}

/** Builds a piece of SQL; interpolated values become parameters, interpolated pieces of SQL are spliced in. */
export function sql(parts: TemplateStringsArray, ...inputs: readonly unknown[]): Sql {
  const strings: string[] = [parts[0] ?? ""];
  const values: unknown[] = [];
  for (const [index, input] of inputs.entries()) {
    const tail = parts[index + 1] ?? "";
    if (isSql(input)) {
      const [head = "", ...rest] = input.strings;
      strings.push((strings.pop() ?? "") + head, ...rest);
      strings.push((strings.pop() ?? "") + tail);
      values.push(...input.values);
    } else {
      values.push(input);
      strings.push(tail);
    }
  }
  return { [brand]: true, strings, values };
}

/** The piece that adds nothing. */
export const emptySql: Sql = sql``;

/** Joins pieces with a separator, `and` for conditions and a comma for assignments. */
export function joinSql(pieces: readonly Sql[], separator: Sql): Sql {
  return pieces.reduce(
    (joined, piece, index) => (index === 0 ? piece : sql`${joined}${separator}${piece}`),
    emptySql,
  );
}

/**
 * Whether a column has a value, null like any other: in the one form that an index answers in both cases, which
 * `is not distinct from` is not.
 */
export function isSame(column: Sql, value: unknown): Sql {
  return value === null ? sql`${column} is null` : sql`${column} = ${value}`;
}

/** A quoted identifier; only for names that are written in our own source. */
export function identifier(name: string): Sql {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`Cannot quote identifier "${name}"`);
  return { [brand]: true, strings: [`"${name}"`], values: [] };
}

/** A time written out, for definitions of tables: they take no parameters. */
export function timeLiteral(at: Date): Sql {
  return { [brand]: true, strings: [`'${at.toISOString()}'`], values: [] };
}

/** What the driver gets: the same text always has the same name, so each connection prepares it once. */
export type Statement = { readonly name: string; readonly text: string; readonly values: unknown[] };

const names = new Map<string, string>();

/** Numbers the parameters and names the statement. */
export function toStatement(piece: Sql): Statement {
  const text = piece.strings.reduce((joined, string, index) => `${joined}$${index}${string}`);
  let name = names.get(text);
  if (name === undefined) {
    name = createHash("sha256").update(text).digest("base64url").slice(0, 22);
    names.set(text, name);
  }
  return { name, text, values: [...piece.values] };
}
