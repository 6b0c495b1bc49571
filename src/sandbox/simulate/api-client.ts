/** The operators' API as the simulations use it: a token, JSON, and an error that says what the server said. */
import { randomUUID } from "node:crypto";
import type { Secret } from "#platform/secret.ts";
import type { Transport, WireAnswer } from "../devices/transport.ts";

/** An object of the API; its members are checked where they are used. */
export type ApiObject = Readonly<Record<string, unknown>>;

export class ApiError extends Error {
  readonly status: number;

  constructor(request: string, answer: WireAnswer) {
    super(`${request} was answered with ${answer.status}: ${answer.body.toString("utf8", 0, 500)}`);
    this.name = "ApiError";
    this.status = answer.status;
  }
}

export type ApiClient = {
  /** One object. */
  readonly read: (path: string) => Promise<ApiObject>;
  /** The first page of a list, envelope or array. */
  readonly list: (path: string) => Promise<readonly ApiObject[]>;
  readonly create: (path: string, body: ApiObject) => Promise<ApiObject>;
  readonly update: (path: string, body: ApiObject) => Promise<ApiObject>;
  /** A file; with `body`, one that is made by asking for it. */
  readonly download: (path: string, body?: ApiObject) => Promise<Buffer>;
  /** Sends a file as a form does. */
  readonly upload: (
    path: string,
    file: { readonly name: string; readonly bytes: Buffer },
  ) => Promise<ApiObject>;
};

/** Makes a client. All its calls throw {@link ApiError} on an answer that is not a success. */
export function createApiClient(baseUrl: string, token: Secret<string>, transport: Transport): ApiClient {
  const send = async (method: "GET" | "POST" | "PUT", path: string, content?: Content): Promise<Buffer> => {
    const answer = await transport.send({
      url: new URL(path, baseUrl).href,
      method,
      headers: {
        authorization: `Token ${token.reveal()}`,
        ...(content === undefined ? {} : { "content-type": content.type }),
      },
      ...(content === undefined ? {} : { body: content.bytes }),
    });
    if (answer.status < 200 || answer.status >= 300) throw new ApiError(`${method} ${path}`, answer);
    return answer.body;
  };
  const call = (method: "GET" | "POST" | "PUT", path: string, body?: ApiObject): Promise<Buffer> =>
    send(method, path, body === undefined ? undefined : jsonContent(body));
  return {
    read: async (path) => expectObject(parse(await call("GET", path))),
    list: async (path) => expectList(parse(await call("GET", path))),
    create: async (path, body) => expectObject(parse(await call("POST", path, body))),
    update: async (path, body) => expectObject(parse(await call("PUT", path, body))),
    download: (path, body) => call(body === undefined ? "GET" : "POST", path, body),
    upload: async (path, file) => expectObject(parse(await send("POST", path, formContent(file)))),
  };
}

type Content = { readonly type: string; readonly bytes: Buffer };

function jsonContent(body: ApiObject): Content {
  return { type: "application/json", bytes: Buffer.from(JSON.stringify(body)) };
}

function formContent({ name, bytes }: { readonly name: string; readonly bytes: Buffer }): Content {
  const boundary = `part-${randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

function parse(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString("utf8"));
}

function isObject(value: unknown): value is ApiObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function expectObject(value: unknown): ApiObject {
  if (!isObject(value)) throw new TypeError("The API answered something else than an object");
  return value;
}

function expectList(value: unknown): readonly ApiObject[] {
  const results = isObject(value) ? value["results"] : value;
  if (!Array.isArray(results)) throw new TypeError("The API answered something else than a list");
  return results.map(expectObject);
}

/** A member that must be text. */
export function textOf(object: ApiObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new TypeError(`The API answered no text at "${key}"`);
  return value;
}

/** A member that must be a number. */
export function numberOf(object: ApiObject, key: string): number {
  const value = object[key];
  if (typeof value !== "number") throw new TypeError(`The API answered no number at "${key}"`);
  return value;
}
