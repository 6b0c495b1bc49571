/** What went wrong with a request, in a form that pages and forms can show. */

import { failureTexts } from "../texts/failures.ts";

/** Messages by field, as the server names them; dotted for nested fields. */
export type FieldProblems = Readonly<Record<string, string>>;

export class ApiFailure extends Error {
  /** 0 when no answer came. */
  readonly status: number;
  readonly fields: FieldProblems;

  constructor(status: number, message: string, fields: FieldProblems = {}) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
    this.fields = fields;
  }
}

/** Problems that belong to no single field. */
const formFields = new Set(["detail", "non_field_errors"]);

/**
 * Reads an error answer of the API: an object of messages by field, `detail`, or an array of sentences.
 *
 * @param body The decoded body, whatever it is.
 */
export function readFailure(status: number, body: unknown): ApiFailure {
  if (Array.isArray(body)) return new ApiFailure(status, sentences(body) || fallback(status));
  if (typeof body !== "object" || body === null) return new ApiFailure(status, fallback(status));
  const found = flatten(body as Readonly<Record<string, unknown>>, "");
  const general = found.filter(([name]) => formFields.has(name)).map(([, text]) => text);
  const fields = Object.fromEntries(found.filter(([name]) => !formFields.has(name)));
  const message = general.join(" ") || (found.length > 0 ? failureTexts.fields : fallback(status));
  return new ApiFailure(status, message, fields);
}

function flatten(body: Readonly<Record<string, unknown>>, prefix: string): [string, string][] {
  return Object.entries(body).flatMap(([name, value]): [string, string][] => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (typeof value === "string") return [[path, value]];
    if (Array.isArray(value)) return [[path, sentences(value)]];
    if (typeof value !== "object" || value === null) return [];
    return flatten(value as Readonly<Record<string, unknown>>, path);
  });
}

function sentences(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" ");
}

function fallback(status: number): string {
  if (status === 0) return failureTexts.unreachable;
  if (status === 403) return failureTexts.forbidden;
  if (status === 404) return failureTexts.absent;
  if (status === 429) return failureTexts.tooMany;
  if (status >= 500) return failureTexts.server;
  return failureTexts.other(status);
}
