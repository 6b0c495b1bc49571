/** The paths of the API: the endpoints of each, and what is prepared for them once. */
import { type PathEndpoints, allowedMethods } from "./api-access.ts";
import type { BoundEndpoint } from "./endpoint.ts";
import { type InputValidator, createAjv, createInputValidator } from "./validate-input.ts";

export type ApiPath = {
  readonly path: string;
  readonly endpoints: PathEndpoints;
  readonly allow: string;
  /** The endpoint that reads the object named in the path, to tell an unknown one from bad input. */
  readonly lookup: BoundEndpoint | null;
  readonly validators: ReadonlyMap<BoundEndpoint, InputValidator>;
};

/**
 * Puts endpoints together by their paths.
 *
 * @throws {TypeError} When the endpoint table contradicts itself.
 */
export function apiPaths(endpoints: readonly BoundEndpoint[]): ApiPath[] {
  const ajv = createAjv();
  const byPath = Map.groupBy(endpoints, ({ path }) => path);
  const operationIds = new Set(endpoints.map(({ operationId }) => operationId));
  if (operationIds.size < endpoints.length) throw new TypeError("Two endpoints have the same operationId");
  return [...byPath].map(([path, own]) => {
    if (!/^\/api\/([a-z0-9_]+\/|:id\/|:uuid\/|:key\/)+$/.test(path))
      throw new TypeError(`Not a path of the API: "${path}"`);
    const byMethod: PathEndpoints = new Map(own.map((endpoint) => [endpoint.method, endpoint]));
    if (byMethod.size < own.length) throw new TypeError(`Two endpoints have the same method on "${path}"`);
    const lookup = byPath
      .get(objectPath(path) ?? "")
      ?.find(({ method, mode }) => method === "GET" && mode === "read");
    const validators = own.flatMap((endpoint) =>
      endpoint.body === undefined ? [] : [[endpoint, createInputValidator(ajv, endpoint.body)] as const],
    );
    return {
      path,
      endpoints: byMethod,
      allow: allowedMethods(byMethod),
      lookup: lookup ?? null,
      validators: new Map(validators),
    };
  });
}

/** The path of the object that a path is about: `/api/mdm/devices/:id/` of `/api/mdm/devices/:id/lock/`. */
function objectPath(path: string): string | null {
  return /^.*\/:(?:id|uuid|key)\//.exec(path)?.[0] ?? null;
}

/** Whether bodies are to be read as they arrive. */
export function isUploadPath({ endpoints }: ApiPath): boolean {
  return [...endpoints.values()].some(({ isUpload }) => isUpload === true);
}
