/** Substitutions of a configuration file: `{{ env:NAME }}`, `{{ file:PATH }}` and filters (console-ops 3.1). */

/** What substitutions draw on; injected so that reading a file stays testable. */
export type SubstitutionSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a text file; relative paths are its business. */
  readonly readFile: (path: string) => string;
};

/** Stands where a substitution failed, so that nobody complains about its value a second time. */
export const brokenValue = Symbol("a substitution that failed");

/** Deepest nesting of a configuration; real ones have six levels. */
export const configDepthMax = 32;
/** Longest content of one substitution: a chain of certificates has about 24 KB. */
export const substitutedCharactersMax = 256 * 1024;
/** Most filters of one expression. */
export const filterCountMax = 8;

const expression = /^\s*\{\{\s*([a-z_]+)\s*:([^|{}]*)((?:\|[^|{}]*)*)\}\}\s*$/;
const cloudTypes: Readonly<Record<string, string>> = {
  secret: "secret managers of cloud providers",
  param: "parameter stores of cloud providers",
  bucket_file: "buckets of cloud providers",
};

/** Adds the place to a problem: a path such as `api.fqdn`. */
export type ReportProblem = (path: string, detail: string) => void;

/** Writes a member of an object behind the path of that object: `apps["zentral.contrib.mdm"].metrics`. */
export function memberPath(path: string, key: string): string {
  if (!/^\w+$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 100))}]`;
  return path === "" ? key : `${path}.${key}`;
}

/**
 * Replaces every string that is an expression by what it stands for; what comes out is not looked at again.
 *
 * @param value Decoded JSON.
 * @returns A copy; {@link brokenValue} where a problem was reported. No problem quotes what was substituted.
 */
export function substitute(value: unknown, sources: SubstitutionSources, report: ReportProblem): unknown {
  const walk = (node: unknown, path: string, depth: number): unknown => {
    if (depth > configDepthMax) {
      report(path, `is nested deeper than ${configDepthMax}`);
      return brokenValue;
    }
    if (typeof node === "string") return substituteText(node, sources, (detail) => report(path, detail));
    if (Array.isArray(node)) return node.map((item, index) => walk(item, `${path}[${index}]`, depth + 1));
    if (typeof node !== "object" || node === null) return node;
    const members = Object.entries(node).map(
      ([key, member]) => [key, walk(member, memberPath(path, key), depth + 1)] as const,
    );
    // fromEntries defines members, so that one called `__proto__` is a key like any other.
    return Object.fromEntries(members);
  };
  return walk(value, "", 0);
}

function substituteText(
  text: string,
  sources: SubstitutionSources,
  report: (detail: string) => void,
): unknown {
  const match = expression.exec(text);
  if (match === null) {
    if (!/\{\{[\s\S]*\}\}/.test(text)) return text;
    report("a substitution must be the whole string and look like {{ env:NAME }} or {{ file:PATH }}");
    return brokenValue;
  }
  const [, type = "", key = "", filters = ""] = match;
  try {
    const content = readSource(type, key.trim(), sources);
    if (content.length > substitutedCharactersMax) {
      throw new Error(`stands for more than ${substitutedCharactersMax} characters`);
    }
    return applyFilters(content, filters);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    return brokenValue;
  }
}

function readSource(type: string, key: string, sources: SubstitutionSources): string {
  if (key === "") throw new Error(`"${type}:" needs a name behind the colon`);
  if (type === "file") return sources.readFile(key);
  if (type === "env") {
    const value = sources.environment[key];
    if (value === undefined) throw new Error(`the environment has no variable "${key}"`);
    return value;
  }
  const cloud = cloudTypes[type];
  if (cloud !== undefined) {
    throw new Error(
      `"${type}:" reads ${cloud}, which is not supported; use {{ env:NAME }} or {{ file:PATH }}`,
    );
  }
  throw new Error(`"${type}:" is no substitution; there are env and file`);
}

function applyFilters(value: unknown, filters: string): unknown {
  const names = filters.split("|").slice(1);
  if (names.length > filterCountMax) throw new Error(`has more than ${filterCountMax} filters`);
  return names.reduce<unknown>((current, name) => applyFilter(current, name.trim()), value);
}

function applyFilter(value: unknown, filter: string): unknown {
  if (filter === "jsondecode") return decodeJson(requireText(value, filter));
  if (filter === "base64decode") return decodeBase64(requireText(value, filter));
  const key = /^element\s*:\s*(.+)$/.exec(filter)?.[1];
  if (key !== undefined) return findElement(value, key);
  throw new Error(`"${filter}" is no filter; there are jsondecode, base64decode and element:KEY`);
}

function requireText(value: unknown, filter: string): string {
  if (typeof value !== "string") throw new Error(`the filter ${filter} needs text`);
  return value;
}

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a secret.
    throw new Error("the filter jsondecode got something that is not JSON");
  }
}

function decodeBase64(text: string): string {
  const compact = text.replace(/\s+/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw new Error("the filter base64decode got something that is not base64");
  }
  return Buffer.from(compact, "base64").toString("utf8");
}

function findElement(value: unknown, key: string): unknown {
  const isContainer = typeof value === "object" && value !== null;
  if (!isContainer || !Object.hasOwn(value, key)) throw new Error(`the filter element finds no "${key}"`);
  return (value as Readonly<Record<string, unknown>>)[key];
}
