/** What a person is told when a command fails. */
import { inspect } from "node:util";
import { ConfigError, settings } from "#platform/config.ts";
import { EmbeddedPostgresError } from "#platform/db/embedded-postgres.ts";
import { OperationRefused } from "#platform/errors.ts";
import { MdmcertsError } from "./mdmcerts/mdmcerts.ts";
import { PasswordError } from "./mdmcerts/password-source.ts";

/** A command that was not asked for in the right way; its message is all there is to say. */
export class UsageError extends Error {}

/** Errors whose message is all there is to say. */
const sentences = [UsageError, EmbeddedPostgresError, MdmcertsError, PasswordError];

/** What a person can do something about is told in a sentence; everything else is a defect, with its stack. */
export function explainError(error: unknown): string {
  if (error instanceof ConfigError) {
    const isEnvironment = error.problems.every(({ name }) => name in settings || name.startsWith("POMONA_"));
    return `The ${isEnvironment ? "environment" : "configuration"} needs mending:\n${error.message}`;
  }
  if (error instanceof OperationRefused) {
    return error.refusals
      .map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`))
      .join("\n");
  }
  if (sentences.some((type) => error instanceof type)) return (error as Error).message;
  if (!(error instanceof Error)) return String(error);
  const system = error.cause as NodeJS.ErrnoException | undefined;
  if (system instanceof EmbeddedPostgresError || typeof system?.code === "string") {
    return `${error.message}: ${system.message}`;
  }
  // With its causes, which the stack alone leaves out.
  return inspect(error);
}
