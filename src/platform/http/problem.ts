/** Every refusal of the API becomes a status and a body here and nowhere else (http-api 1.6). */
import type { Refusal } from "../errors.ts";

export type Problem = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

const detail = (status: number, text: string, headers?: Readonly<Record<string, string>>): Problem => ({
  status,
  body: { detail: text },
  ...(headers === undefined ? {} : { headers }),
});

export const notFoundProblem = detail(404, "Not found.");
export const notAcceptableProblem = detail(406, "Could not satisfy the request Accept header.");
export const forbiddenProblem = detail(403, "You do not have permission to perform this action.");
export const passwordChangeProblem = detail(403, "You must change your password first.");
/** A 403; the text begins as http-api 1.2 says. */
export const csrfProblem = (text: string): Problem => detail(403, text);
export const serverErrorProblem: Problem = { status: 500, body: { error: "Server Error (500)" } };

/** A 401; the texts are those of http-api 1.2. */
export const unauthenticatedProblem = (text: string): Problem =>
  detail(401, text, { "www-authenticate": "Token" });
export const methodNotAllowedProblem = (method: string): Problem =>
  detail(405, `Method "${method}" not allowed.`);
export const mediaTypeProblem = (type: string): Problem =>
  detail(415, `Unsupported media type "${type.slice(0, 200)}" in request.`);
export const parseProblem = (reason: string): Problem => detail(400, `JSON parse error - ${reason}`);
export const bodyTooLargeProblem = (bytesMax: number): Problem =>
  detail(400, `The request body has more than ${bytesMax} bytes.`);
export const malformedRequestProblem = detail(400, "Malformed request.");

/**
 * The answer to what an operation refused; the first refusal leads, others on fields are reported with it.
 */
export function problemOf(refusals: readonly [Refusal, ...Refusal[]]): Problem {
  const [leading] = refusals;
  switch (leading.kind) {
    case "invalid":
      return leading.field === undefined ? detail(400, leading.detail) : fieldProblem(refusals);
    case "conflict":
      return leading.field === undefined ? { status: 400, body: [leading.detail] } : fieldProblem(refusals);
    case "not_found":
      return detail(404, leading.detail);
    case "forbidden":
      return detail(403, leading.detail);
    case "too_large":
      return detail(400, leading.detail);
    case "too_many":
      return detail(429, leading.detail, retryHeaders(leading));
    default:
      return leading.kind satisfies never;
  }
}

function retryHeaders({ retrySeconds }: Refusal): Readonly<Record<string, string>> | undefined {
  return retrySeconds === undefined ? undefined : { "retry-after": String(Math.ceil(retrySeconds)) };
}

type Errors = { [name: string]: string[] | Errors };

function fieldProblem(refusals: readonly Refusal[]): Problem {
  const errors: Errors = Object.create(null) as Errors;
  for (const { field, detail: text } of refusals)
    if (field !== undefined) addError(errors, field.split("."), text);
  return { status: 400, body: errors };
}

/** Puts a text at a dotted path: `enrollment_secret.quota` is a nested object. */
function addError(errors: Errors, [name = "", ...rest]: readonly string[], text: string): void {
  const present = errors[name];
  if (rest.length === 0 && (present === undefined || Array.isArray(present))) {
    errors[name] = [...(present ?? []), text];
    return;
  }
  const isObject = present !== undefined && !Array.isArray(present);
  const inner = isObject ? present : (Object.create(null) as Errors);
  if (Array.isArray(present)) inner["non_field_errors"] = present;
  errors[name] = inner;
  addError(inner, rest.length === 0 ? ["non_field_errors"] : rest, text);
}
