/**
 * Holds answers to the schemas that the API document promises; tests switch it on, production has no use for
 * it.
 */
import type { ValidateFunction } from "ajv";
import type { TSchema } from "typebox";
import type { BoundEndpoint } from "./endpoint.ts";
import { fieldOf } from "./field-shape.ts";
import { createAjv } from "./validate-input.ts";

/** Throws when an answer is not what its endpoint promises; gets one row of lists, or the whole answer. */
export type AnswerCheck = (endpoint: BoundEndpoint, answer: unknown) => void;

/** Prepares the check; schemas are compiled at their first use. */
export function createAnswerCheck(): AnswerCheck {
  const ajv = createAjv();
  const compiled = new WeakMap<TSchema, ValidateFunction>();
  return (endpoint, answer) => {
    const { schema } = endpoint.response;
    if (schema === null) return;
    const { shape } = fieldOf(schema);
    const promised = endpoint.list !== undefined && shape.kind === "list" ? shape.items : schema;
    const validate = compiled.get(promised) ?? ajv.compile(promised);
    compiled.set(promised, validate);
    // As the client will see it: dates and secrets have become text, absent members are gone.
    const sent: unknown = JSON.parse(JSON.stringify(answer));
    const problems = [
      ...extraMembers(promised, sent),
      ...(validate(sent) ? [] : [ajv.errorsText(validate.errors)]),
    ];
    if (problems.length > 0)
      throw new Error(`${endpoint.operationId} answers what it does not promise: ${problems.join("; ")}`);
  };
}

/** Members that the schema does not name: the document would not show them. */
function extraMembers(schema: TSchema, answer: unknown): string[] {
  const { shape } = fieldOf(schema);
  if (shape.kind === "list" && Array.isArray(answer))
    return answer.flatMap((item) => extraMembers(shape.items, item));
  if (shape.kind !== "object" || typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) => {
    const member = shape.properties[name];
    return member === undefined ? [`unknown member "${name}"`] : extraMembers(member, value);
  });
}
