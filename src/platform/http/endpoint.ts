/**
 * Endpoints of the operators' API are values: routes, validation, permissions, OpenAPI, contract tests and clients
 * all derive from the table that `app.ts` puts together. Nothing is registered by side effect.
 */
import type { Static, TSchema } from "typebox";
import type { Operation, ReadOperation } from "../operation.ts";
import type { PageRequest } from "../page.ts";
import type { Caller, Credentials } from "./authenticate.ts";
import type { Upload } from "./upload.ts";

export type { Page, PageRequest } from "../page.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/**
 * Who may call: one or more permission codenames that the account must all hold (`mdm.view_enrolleddevice`),
 * `authenticated` for any account, `public` for nobody in particular. `session` is an account that uses the console;
 * `any_session` also one that must change its password before anything else.
 */
export type Access =
  | string
  | readonly string[]
  | { readonly special: "authenticated" | "public" | "session" | "any_session" };

/**
 * Path parameters: `:id` is an integer, `:uuid` a lower-case UUID; the router gives 404 for anything else. `:key` is
 * text of one segment, percent-decoded, that the endpoint reads itself.
 */
export type PathParameters = { readonly id: number; readonly uuid: string; readonly key: string };

export type EndpointInput<Query, Body> = {
  readonly params: PathParameters;
  readonly query: Query;
  readonly body: Body;
  /** All rows of a list that is not paginated; of a keyset, only its limit counts. */
  readonly page: PageRequest;
  /** Null at public endpoints. */
  readonly caller: Caller | null;
  /** What the request said of its caller: for the endpoints that begin and end sessions. */
  readonly credentials: Credentials;
};

/** What preparation gets: the input as far as it was validated, and the file of an upload. */
export type PrepareInput<Query, Body> = EndpointInput<Query, Body> & { readonly upload: Upload | null };

type EndpointFacts<Query extends TSchema, Body extends TSchema> = {
  readonly method: Method;
  /** With `:id`, `:uuid` or `:key`; always with a trailing slash. */
  readonly path: string;
  readonly operationId: string;
  /** Zentral's view name without its prefix, for audit events. */
  readonly view: string;
  readonly access: Access;
  readonly summary: string;
  readonly description?: string;
  /** Query parameters beyond limit and offset. Filters are single strings; repeatable ones are arrays. */
  readonly query?: Query;
  readonly body?: Body;
  /** The request is one file (`multipart/form-data`) instead of JSON; `prepare` reads it to its end. */
  readonly isUpload?: boolean;
  readonly response: {
    readonly status: 200 | 201 | 204;
    /** Of lists: of one row, or the array of rows. */
    readonly schema: TSchema | null;
    /** For handlers that return a `FileAnswer`. */
    readonly contentType?: string;
  };
  /** `envelope`: handle returns a {@link Page}. `array`: the rows. `keyset`: a {@link Keyset}, for lists that grow. */
  readonly list?: "envelope" | "array" | "keyset";
  /** The {@link Page} may say that its count is only a minimum. */
  readonly mayCountLess?: true;
};

/** A page that continues from a row: the parameter of each link that leads away from it, or null for none. */
export type Keyset<Row> = {
  readonly rows: readonly Row[];
  readonly next: readonly [name: string, value: string] | null;
  readonly previous: readonly [name: string, value: string] | null;
};

export type ReadEndpointDefinition<Deps, Query extends TSchema> = EndpointFacts<Query, TSchema> & {
  readonly handle: (
    deps: Deps,
    op: ReadOperation,
    input: EndpointInput<Static<Query>, unknown>,
  ) => Promise<unknown>;
};

export type WriteEndpointDefinition<
  Deps,
  Query extends TSchema,
  Body extends TSchema,
  Prepared = undefined,
> = EndpointFacts<Query, Body> & {
  /** What takes long and must hold no transaction meanwhile, such as fetching a file. It runs once, before `handle`. */
  readonly prepare?: (
    deps: Deps,
    op: ReadOperation,
    input: PrepareInput<Static<Query>, Static<Body>>,
  ) => Promise<Prepared>;
  readonly handle: (
    deps: Deps,
    op: Operation,
    input: EndpointInput<Static<Query>, Static<Body>> & { readonly prepared: Prepared },
  ) => Promise<unknown>;
};

/** An endpoint whose dependencies are still open; {@link bindEndpoints} closes them. */
export type Endpoint<Deps> = EndpointFacts<TSchema, TSchema> &
  (
    | {
        readonly mode: "read";
        readonly handle: (deps: Deps, op: ReadOperation, input: never) => Promise<unknown>;
      }
    | {
        readonly mode: "write";
        readonly prepare?: (deps: Deps, op: ReadOperation, input: never) => Promise<unknown>;
        readonly handle: (deps: Deps, op: Operation, input: never) => Promise<unknown>;
      }
  );

/** An endpoint ready to be served. */
export type BoundEndpoint = EndpointFacts<TSchema, TSchema> &
  (
    | {
        readonly mode: "read";
        readonly run: (op: ReadOperation, input: EndpointInput<unknown, unknown>) => Promise<unknown>;
      }
    | {
        readonly mode: "write";
        /** Null when there is nothing to prepare. */
        readonly prepare:
          | ((op: ReadOperation, input: PrepareInput<unknown, unknown>) => Promise<unknown>)
          | null;
        readonly run: (
          op: Operation,
          input: EndpointInput<unknown, unknown> & { readonly prepared?: unknown },
        ) => Promise<unknown>;
      }
  );

/** An endpoint that only reads: it runs without a transaction of its own. */
export function readEndpoint<Deps, Query extends TSchema = TSchema>(
  definition: ReadEndpointDefinition<Deps, Query>,
): Endpoint<Deps> {
  return {
    ...definition,
    mode: "read",
    handle: definition.handle as Endpoint<Deps>["handle"],
  } as Endpoint<Deps>;
}

/** An endpoint that writes: one transaction, committed when `handle` returns and rolled back when it throws. */
export function writeEndpoint<
  Deps,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Prepared = undefined,
>(definition: WriteEndpointDefinition<Deps, Query, Body, Prepared>): Endpoint<Deps> {
  return {
    ...definition,
    mode: "write",
    handle: definition.handle as Endpoint<Deps>["handle"],
  } as Endpoint<Deps>;
}

/** Gives the endpoints of a slice their dependencies. */
export function bindEndpoints<Deps>(deps: Deps, endpoints: readonly Endpoint<Deps>[]): BoundEndpoint[] {
  return endpoints.map((endpoint) => {
    const { handle, prepare, ...facts } = { prepare: null, ...endpoint };
    // The schemas of the definition are what the input was validated against, which the types cannot carry here.
    type Call = (deps: Deps, op: unknown, input: unknown) => Promise<unknown>;
    const close = (call: unknown) => (op: unknown, input: unknown) => (call as Call)(deps, op, input);
    return {
      ...facts,
      run: close(handle),
      ...(endpoint.mode === "write" ? { prepare: prepare === null ? null : close(prepare) } : {}),
    } as BoundEndpoint;
  });
}
