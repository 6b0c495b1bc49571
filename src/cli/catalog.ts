/**
 * The commands of `pomona`, derived from the OpenAPI document of the server: a resource, a verb, what stands in the
 * path, and flags for the rest. Nothing is written down here twice: an endpoint that is new is a command that is new.
 */

/** How a flag's text becomes a value of the request. */
export type FlagKind = "text" | "number" | "boolean" | "list" | "json" | "any";

export type CommandFlag = {
  /** Name on the wire. */
  readonly name: string;
  /** Name on the command line, without dashes in front. */
  readonly flag: string;
  readonly kind: FlagKind;
  readonly isRequired: boolean;
  readonly place: "query" | "body";
  readonly description: string;
  readonly choices: readonly string[];
};

export type ApiCommand = {
  /** Such as `devices`, `push-certificates`, `device-commands`. */
  readonly resource: string;
  /** Such as `list`, `show`, `create`, `lock`. */
  readonly verb: string;
  readonly operationId: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{id}`, `{uuid}` or `{key}`. */
  readonly path: string;
  readonly summary: string;
  readonly permissions: readonly string[];
  readonly parameters: readonly string[];
  readonly flags: readonly CommandFlag[];
  readonly hasBody: boolean;
  readonly isList: boolean;
  /** Whether the answer is a file rather than JSON. */
  readonly isFile: boolean;
};

type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly description?: string;
};
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
};
type ApiOperation = {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly "x-permissions"?: readonly string[];
};
/** The part of an OpenAPI document that commands are made of. */
export type ApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
};

/** Reads the operations of the document as commands, in its order; what is for console sessions alone is none. */
export function readCatalog(document: ApiDocument): ApiCommand[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const wireMethod = method.toUpperCase() as ApiCommand["method"];
      const pathMethod = { method: wireMethod, isBesideRead: "get" in methods };
      return takesToken(operation) ? [commandOf(path, pathMethod, operation)] : [];
    }),
  );
}

/** Whether a token is one of the ways to call; without a rule of its own, the document's holds. */
function takesToken({ security }: ApiOperation): boolean {
  return security === undefined || security.some((way) => "token" in way);
}

/** A method, and whether the same path can also be read. */
type PathMethod = { readonly method: ApiCommand["method"]; readonly isBesideRead: boolean };

function commandOf(path: string, pathMethod: PathMethod, operation: ApiOperation): ApiCommand {
  const { method } = pathMethod;
  const answer = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1].content;
  const isList = isListAnswer(answer);
  const body = operation.requestBody?.content["application/json"]?.schema;
  const parameters = operation.parameters ?? [];
  return {
    ...nameOf(path, pathMethod, isList),
    operationId: operation.operationId,
    method,
    path,
    summary: operation.summary ?? "",
    permissions: operation["x-permissions"] ?? [],
    parameters: parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name),
    flags: [...parameters.filter((parameter) => parameter.in === "query").map(queryFlag), ...bodyFlags(body)],
    hasBody: body !== undefined,
    isList,
    isFile: answer !== undefined && !("application/json" in answer),
  };
}

/** A page has results; some lists are bare arrays. */
function isListAnswer(answer: Content | undefined): boolean {
  const schema = answer?.["application/json"]?.schema;
  return schema?.type === "array" || schema?.properties?.["results"]?.type === "array";
}

/** Applications that stay in the names: accounts have users, and so have devices. */
const namedApplications = new Set(["accounts"]);

/**
 * The words of a command. `/api/mdm/devices/{id}/lock/` is `devices lock`; a collection below another,
 * `/api/mdm/devices/commands/{uuid}/`, is a resource of its own, `device-commands`; what is listed below an object,
 * `/api/mdm/devices/{id}/profiles/`, is named by its noun.
 */
function nameOf(
  path: string,
  { method, isBesideRead }: PathMethod,
  isList: boolean,
): { readonly resource: string; readonly verb: string } {
  const parts = path.split("/").filter((part) => part !== "");
  // "api", then the application, unless the resource follows at once: /api/events/.
  const hasApplication = parts.length > 2 && !isTemplate(parts[2]) && !namedApplications.has(parts[1] ?? "");
  const words = parts.slice(hasApplication ? 2 : 1);
  const firstParameter = words.findIndex(isTemplate);
  const nouns = firstParameter < 0 ? words : words.slice(0, firstParameter);
  const rest = firstParameter < 0 ? [] : words.slice(firstParameter + 1).filter((word) => !isTemplate(word));
  const resource = resourceOf(nouns);
  if (rest.length > 0) return { resource, verb: wordOf(rest.join("-"), { method, isBesideRead }) };
  if (firstParameter >= 0)
    return { resource, verb: { GET: "show", PUT: "update", DELETE: "delete", POST: "run" }[method] };
  return { resource, verb: method === "POST" ? "create" : isList ? "list" : "show" };
}

function isTemplate(part: string | undefined): boolean {
  return part?.startsWith("{") ?? false;
}

/** `devices commands` becomes `device-commands`. */
function resourceOf(nouns: readonly string[]): string {
  const last = nouns.at(-1) ?? "";
  const owners = nouns.slice(0, -1).map((noun) => noun.replace(/s$/, ""));
  return [...owners, last].join("-").replaceAll("_", "-");
}

/** A part of the path as a verb: `lock`; of what can be read there, too, the writing says so: `create-command`. */
function wordOf(part: string, { method, isBesideRead }: PathMethod): string {
  const word = part.replaceAll("_", "-");
  if (method === "DELETE") return `delete-${word}`;
  if (method === "PUT") return `upload-${word}`;
  return method === "POST" && isBesideRead ? `create-${word.replace(/s$/, "")}` : word;
}

function queryFlag({ name, required, description, schema }: Parameter): CommandFlag {
  return {
    name,
    flag: name.replaceAll("_", "-"),
    kind: kindOf(schema),
    isRequired: required ?? false,
    place: "query",
    description: description ?? schema?.description ?? "",
    choices: choicesOf(schema),
  };
}

function bodyFlags(schema: Schema | undefined): CommandFlag[] {
  return Object.entries(schema?.properties ?? {}).map(([name, member]) => ({
    name,
    flag: name.replaceAll("_", "-"),
    kind: kindOf(member),
    isRequired: schema?.required?.includes(name) ?? false,
    place: "body",
    description: member.description ?? "",
    choices: choicesOf(member),
  }));
}

/** Without a type (some endpoints judge their fields themselves) a flag may be anything. */
function kindOf(schema: Schema | undefined): FlagKind {
  if (schema === undefined) return "text";
  const alternatives = schema.anyOf?.filter(({ type }) => type !== "null");
  if (alternatives !== undefined) {
    return alternatives.every((one) => kindOf(one) === kindOf(alternatives[0]))
      ? kindOf(alternatives[0])
      : "text";
  }
  if (schema.type === undefined) return choicesOf(schema).length > 0 ? "text" : "any";
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  if (type === "object") return "json";
  if (type !== "array") return "text";
  return schema.items?.type === "object" || schema.items?.type === "array" ? "json" : "list";
}

function choicesOf(schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const own = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])];
  const all = [...own.map(String), ...(schema.anyOf ?? []).flatMap(choicesOf)];
  return all.filter((choice) => choice !== "null");
}
