/**
 * Which permission a method needs: that of its endpoint, else the one the method would need (http-api 1.5).
 */
import type { Caller } from "./authenticate.ts";
import type { Access, BoundEndpoint, Method } from "./endpoint.ts";

/** The endpoints of one path. */
export type PathEndpoints = ReadonlyMap<Method, BoundEndpoint>;

/** Verb of the permission that each method needs on a model endpoint. */
const verbs: Readonly<Record<string, string>> = {
  GET: "view",
  HEAD: "view",
  OPTIONS: "view",
  POST: "add",
  PUT: "change",
  PATCH: "change",
  DELETE: "delete",
};

/**
 * A permission on a model, whose name is one word. Custom ones, such as `mdm.view_device_lock_pin`, exist for one verb
 * only, so they are what every method of their path needs (http-api 1.5).
 */
const modelPermission = /^([a-z]+)\.([a-z]+)_([a-z0-9]+)$/;

/** The endpoint that serves a method; HEAD is GET without a body. */
export function endpointFor(endpoints: PathEndpoints, method: string): BoundEndpoint | null {
  return endpoints.get((method === "HEAD" ? "GET" : method) as Method) ?? null;
}

/**
 * What a caller must hold to attempt a method, whether the path has it or not: without it the answer is 403,
 * with it and without the method 405.
 */
export function accessFor(endpoints: PathEndpoints, method: string): Access {
  const own = endpointFor(endpoints, method === "OPTIONS" ? "GET" : method);
  if (own !== null) return own.access;
  const reference = endpoints.get("GET") ?? [...endpoints.values()][0];
  if (reference === undefined) return { special: "authenticated" };
  const verb = verbs[method];
  const match = typeof reference.access === "string" ? modelPermission.exec(reference.access) : null;
  if (verb === undefined || match === null || match[2] !== verbs[reference.method]) return reference.access;
  return `${match[1]}.${verb}_${match[3]}`;
}

/** Whether nobody needs to say who they are. */
export function isPublic(access: Access): boolean {
  return typeof access === "object" && "special" in access && access.special === "public";
}

/** Whether only a console session will do. */
export function isForSessions(access: Access): boolean {
  const special = typeof access === "object" && "special" in access ? access.special : null;
  return special === "session" || special === "any_session";
}

/** Whether a caller holds all that is needed. */
export function mayAccess(caller: Caller, access: Access): boolean {
  if (isForSessions(access)) return caller.session !== undefined;
  return codenamesOf(access).every((codename) => caller.hasPermission(codename));
}

/** Whether a caller must change the password before anything else is done for it. */
export function isLockedOut({ session }: Caller, access: Access): boolean {
  const opensLocked = typeof access === "object" && "special" in access && access.special === "any_session";
  return session?.isLocked === true && !opensLocked;
}

/** The codenames that an access rule asks for. */
export function codenamesOf(access: Access): readonly string[] {
  if (typeof access === "string") return [access];
  return "special" in access ? [] : access;
}

/** The `Allow` header, in the order the reference has. */
export function allowedMethods(endpoints: PathEndpoints): string {
  const methods = (["GET", "POST", "PUT", "DELETE"] as const).filter((method) => endpoints.has(method));
  return [...methods, ...(endpoints.has("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
}

/** All codenames that endpoints ask for, sorted; what the words `all` and `all-view` of roles stand for. */
export function listPermissions(endpoints: readonly BoundEndpoint[]): string[] {
  return [...new Set(endpoints.flatMap(({ access }) => codenamesOf(access)))].sort();
}
