/**
 * A client that asks and reads exactly as the reference's Go client does (http-api 4.1), quirks and all. It is written
 * from its behaviour on the wire.
 */
import { decodeGo, encodeGo, type GoType, type GoValues, slice, struct } from "./go-json.ts";
import {
  type GoztlService,
  goztlServices,
  type GoztlServiceName,
  type GoztlVersion,
  requestOf,
} from "./goztl-services.ts";

/** What the client makes of any status that is no success: nothing but this text. */
export class GoztlError extends Error {
  readonly status: number;

  constructor(request: string, status: number, body: string) {
    super(`${request}: ${status} ${body}`);
    this.name = "GoztlError";
    this.status = status;
  }
}

export type GoztlOptions = {
  /** With the prefix of the API and a slash at its end. */
  readonly baseUrl: string;
  readonly token: string;
  readonly version: GoztlVersion;
  /** The whole header, when it is not that of the version (test binaries do not know theirs). */
  readonly userAgent?: string;
};

export type Goztl = {
  readonly version: GoztlVersion;
  readonly findById: (name: GoztlServiceName, id: unknown) => Promise<GoValues>;
  /** The first of the list; null without an error for an empty list. */
  readonly findByName: (name: GoztlServiceName, named: string) => Promise<GoValues | null>;
  readonly list: (name: GoztlServiceName, page?: { readonly limit: number }) => Promise<readonly GoValues[]>;
  readonly create: (name: GoztlServiceName, values: GoValues) => Promise<GoValues>;
  readonly update: (name: GoztlServiceName, id: unknown, values: GoValues) => Promise<GoValues>;
  readonly delete: (name: GoztlServiceName, id: unknown) => Promise<void>;
  /** What OPTIONS says of a member: since version 80, and only of data assets. */
  readonly describeDataAssets: () => Promise<GoValues>;
};

/** Makes a client. Calls throw {@link GoztlError} and GoDecodeError. */
export function createGoztl(options: GoztlOptions): Goztl {
  const { version } = options;
  const call = createCall(options);
  const write = async (given: {
    name: GoztlServiceName;
    id?: unknown;
    values: GoValues;
  }): Promise<GoValues> => {
    const service: GoztlService = goztlServices[given.name];
    const isUpdate = given.id !== undefined;
    const { members, omitted } = requestOf(service, version, isUpdate);
    const path = isUpdate ? `${service.path}${String(given.id)}/` : service.path;
    const body = encodeGo(members, given.values, omitted);
    return decodeObject(service, await call(isUpdate ? "PUT" : "POST", path, body));
  };
  const list = async (name: GoztlServiceName, query: string): Promise<readonly GoValues[]> => {
    const service: GoztlService = goztlServices[name];
    const rows: GoValues[] = [];
    for (let path: string | null = service.path + query; path !== null; ) {
      const page = decodePage(service, version, await call("GET", path));
      rows.push(...page.rows);
      path = page.next === null ? null : nextPath(page.next);
    }
    return rows;
  };
  return {
    version,
    findById: async (name, id) => {
      const service: GoztlService = goztlServices[name];
      return decodeObject(service, await call("GET", `${service.path}${String(id)}/`));
    },
    findByName: async (name, named) =>
      (await list(name, `?${new URLSearchParams({ name: named }).toString()}`))[0] ?? null,
    list: (name, page) => list(name, page === undefined ? "" : `?limit=${page.limit}`),
    create: (name, values) => write({ name, values }),
    update: (name, id, values) => write({ name, id, values }),
    delete: async (name, id) => {
      await call("DELETE", `${goztlServices[name].path}${String(id)}/`);
    },
    describeDataAssets: async () =>
      decodeGo(endpointOptions, JSON.parse(await call("OPTIONS", goztlServices.dataAssets.path))) as GoValues,
  };
}

const endpointOptions: GoType = struct({
  name: "string",
  actions: { map: { map: struct({ type: "string", required: "bool", read_only: "bool" }) } },
});

type Call = (method: string, path: string, body?: string) => Promise<string>;

function createCall({ baseUrl, token, version, userAgent = `goztl/v0.1.${version}` }: GoztlOptions): Call {
  // White space and quotes that a shell left around the token are dropped.
  const cleanToken = token.trim().replace(/^'+|'+$/g, "");
  return async (method, path, body) => {
    const url = new URL(path, baseUrl);
    const headers = new Headers({
      authorization: `Token ${cleanToken}`,
      accept: "application/json",
      "user-agent": userAgent,
    });
    // Deletions have a content type and nothing of it.
    if (method !== "GET" && method !== "OPTIONS") headers.set("content-type", "application/json");
    const sent = body === undefined ? {} : { body };
    const response = await fetch(url, { method, headers, redirect: "error", ...sent });
    const text = await response.text();
    if (!response.ok) throw new GoztlError(`${method} ${url.href}`, response.status, text);
    return text;
  };
}

function decodeObject(service: GoztlService, text: string): GoValues {
  return decodeGo(struct(service.answer), JSON.parse(text)) as GoValues;
}

type Page = { readonly rows: readonly GoValues[]; readonly next: string | null };

function decodePage(service: GoztlService, version: GoztlVersion, text: string): Page {
  const body: unknown = JSON.parse(text);
  const rows = slice(struct(service.answer));
  const shape = listShape(service, version);
  if (shape === "array" || (shape === "either" && Array.isArray(body))) {
    return { rows: decodeGo(rows, body) as GoValues[], next: null };
  }
  const envelope = struct({ count: "int", next: { pointer: "string" }, results: rows });
  const { results, next } = decodeGo(envelope, body) as { results: GoValues[] | null; next: string | null };
  return { rows: results ?? [], next: next === "" ? null : next };
}

/** What each version can read (http-api 1.16, trap 1). */
function listShape({ list }: GoztlService, version: GoztlVersion): "array" | "envelope" | "either" {
  if (version >= 79) return "either";
  if (list !== "switched") return list;
  return version < 77 ? "array" : "envelope";
}

/** Only the path and the query are kept, without the slash before them: below the base URL, `api/` comes twice. */
function nextPath(next: string): string {
  const { pathname, search } = new URL(next);
  return pathname.replace(/^\//, "") + search;
}
