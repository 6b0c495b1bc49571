/** Turns the words of a command line into one request of the API. */
import type { ApiCommand, CommandFlag } from "./catalog.ts";

export type ApiRequest = {
  readonly method: ApiCommand["method"];
  /** Path and query, below the server's address. */
  readonly target: string;
  /** JSON text, a form with a file, or null. */
  readonly body: string | FormData | null;
};

/** A request whose input is made of flags. */
export type JsonRequest = ApiRequest & { readonly body: string | null };

/** A command that was not given in the right way; its message is all there is to say. */
export class CliUsageError extends Error {}

export type CommandInput = {
  readonly parameters: readonly string[];
  /** By the name on the command line. */
  readonly flags: Readonly<Record<string, string>>;
  /** A JSON object that flags are laid over; `@file` or `-` for standard input. */
  readonly data: string | null;
};

/** Reads a file; `-` is standard input. */
export type ReadFile = (path: string) => string;

/** Builds the request. @throws {CliUsageError} naming the flag whose value cannot be read */
export function buildRequest(command: ApiCommand, input: CommandInput, readFile: ReadFile): JsonRequest {
  let index = 0;
  const path = command.path.replace(/\{\w+\}/g, () => encodeURIComponent(input.parameters[index++] ?? ""));
  const query = new URLSearchParams();
  const body: Record<string, unknown> = { ...readData(input.data, readFile) };
  for (const flag of command.flags) {
    const text = input.flags[flag.flag];
    if (text === undefined) continue;
    const value = readFlag(flag, text, readFile);
    if (flag.place === "body") body[flag.name] = value;
    else for (const item of Array.isArray(value) ? value : [value]) query.append(flag.name, String(item));
  }
  const target = query.size === 0 ? path : `${path}?${query.toString()}`;
  return { method: command.method, target, body: command.hasBody ? JSON.stringify(body) : null };
}

function readData(data: string | null, readFile: ReadFile): Readonly<Record<string, unknown>> {
  if (data === null) return {};
  const value = parseJson(data === "-" ? readFile("-") : fileOrText(data, readFile), "data");
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new CliUsageError("--data must be a JSON object");
}

function readFlag({ kind, flag, choices }: CommandFlag, given: string, readFile: ReadFile): unknown {
  const text = fileOrText(given, readFile);
  if (choices.length > 0 && !choices.includes(text)) {
    throw new CliUsageError(`--${flag} must be one of ${choices.join(", ")}`);
  }
  if (kind === "number") return numberOf(text, flag);
  if (kind === "boolean") return booleanOf(text, flag);
  if (kind === "list") return listOf(text);
  if (kind === "json") return parseJson(text, flag);
  return kind === "any" ? anyOf(text, flag) : text;
}

/** `@file` stands for the content of a file, `@@` for an at sign. */
function fileOrText(text: string, readFile: ReadFile): string {
  if (text.startsWith("@@")) return text.slice(1);
  return text.startsWith("@") ? readFile(text.slice(1)) : text;
}

function numberOf(text: string, flag: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw new CliUsageError(`--${flag} must be a number`);
  return number;
}

function booleanOf(text: string, flag: string): boolean {
  if (text !== "true" && text !== "false") throw new CliUsageError(`--${flag} must be true or false`);
  return text === "true";
}

/** Comma-separated, or a JSON array for items with commas. */
function listOf(text: string): unknown[] {
  if (text.startsWith("[")) {
    const value = parseJson(text, "a list");
    if (Array.isArray(value)) return value;
  }
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}

/** Objects, lists, true, false and null as they are in JSON; digits stay text, because a PIN is none of these. */
function anyOf(text: string, flag: string): unknown {
  return /^(true|false|null|[[{][\s\S]*)$/.test(text) ? parseJson(text, flag) : text;
}

function parseJson(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliUsageError(`--${flag} is not JSON`, { cause: error });
  }
}
