/** Reads the arguments of a command from a request: the kind's schema decides, after the target was judged. */
import type { TObject } from "typebox";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import { createAjv, createInputValidator, type InputValidator } from "#platform/http/validate-input.ts";
import type { Target } from "#mdm/devices/device.ts";
import type { CommandArguments, CommandName } from "./command.ts";
import { commandKinds } from "./command-kinds.ts";

const ajv = createAjv();
const validators = new WeakMap<TObject, InputValidator>();

/**
 * How the members of a body are called inside, where the body has names of its own (http-api 2.25). Members of members
 * have dotted names on both sides.
 */
export type ArgumentNames = Readonly<Record<string, string>>;

/**
 * Reads the arguments a target takes; members that do not apply to it are ignored.
 *
 * @param names Names of the body to names of the kind; without it they are the same.
 * @throws {OperationRefused} `argument_malformed`, all of them at once, on the fields as the body calls them.
 */
export function readArguments(
  name: CommandName,
  target: Target,
  { body, names = null }: { readonly body: unknown; readonly names?: ArgumentNames | null },
): CommandArguments {
  const schema = commandKinds[name].argumentsFor(target);
  const read = validatorOf(schema)(names === null ? body : renameMembers(body, names));
  // Coercion made it an object of the schema.
  if (read.isValid) return read.value as CommandArguments;
  const [first, ...further] = refusalsOf(read.errors, names ?? {});
  throw new OperationRefused(first, ...further);
}

/** Turns arguments that were read into what is kept of them. */
export function prepareArguments(name: CommandName, args: CommandArguments): Promise<CommandArguments> {
  return commandKinds[name].prepare?.(args) ?? Promise.resolve(args);
}

/** Gives refusals of a kind the names and the place of the body they came from. */
export function placeRefusals(error: unknown, place: (field: string) => string): unknown {
  if (!(error instanceof OperationRefused)) return error;
  const [first, ...further] = error.refusals.map((refusal) =>
    refusal.field === undefined ? refusal : { ...refusal, field: place(refusal.field) },
  );
  return first === undefined ? error : new OperationRefused(first, ...further);
}

function validatorOf(schema: TObject): InputValidator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = createInputValidator(ajv, schema);
    validators.set(schema, validator);
  }
  return validator;
}

function renameMembers(body: unknown, names: ArgumentNames, place = ""): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const members = Object.entries(body).map(([key, value]: [string, unknown]) => {
    const inner = names[`${place}${key}`]?.split(".").at(-1) ?? key;
    return [inner, renameMembers(value, names, `${place}${key}.`)];
  });
  return Object.fromEntries(members);
}

/** Where a field of the arguments is in a body with names of its own. */
export function nameOfBody(field: string, names: ArgumentNames): string {
  const outer = Object.keys(names).find((name) => names[name] === field);
  if (outer !== undefined) return outer;
  const [first = "", ...rest] = field.split(".");
  return rest.length === 0 ? field : [nameOfBody(first, names), ...rest].join(".");
}

function refusalsOf(
  errors: Readonly<Record<string, unknown>>,
  names: ArgumentNames,
): [Refusal, ...Refusal[]] {
  const refusals = Object.entries(errors).flatMap(([key, found]) =>
    textsOf(found, key).map(([field, detail]): Refusal => {
      return { kind: "invalid", code: "argument_malformed", field: nameOfBody(field, names), detail };
    }),
  );
  const [first, ...further] = refusals;
  if (first === undefined) throw new Error("A validator refused its input without a reason");
  return [first, ...further];
}

/** Errors of lists of objects are nested; each text is on the dotted path of what it is about. */
function textsOf(found: unknown, field: string): [field: string, text: string][] {
  if (typeof found !== "object" || found === null) return [[field, String(found)]];
  return Object.entries(found).flatMap(([step, below]: [string, unknown]) =>
    textsOf(below, typeof below === "string" ? field : `${field}.${step}`),
  );
}
