/** When a command may be handed out, as every order may say. */
import { Type } from "typebox";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { supersedeKeyCharactersMax } from "./command.ts";

export const timing = {
  not_before: Type.Optional(nullable(timestamp({ description: "Not handed out earlier" }))),
  expires_at: Type.Optional(nullable(timestamp({ description: "Never handed out from then on" }))),
  supersede_key: Type.Optional(
    nullable(
      Type.String({
        minLength: 1,
        maxLength: supersedeKeyCharactersMax,
        description: "Replaces the commands of the target with this key that it does not hold yet",
      }),
    ),
  ),
};

export function timeOf(text: string | null | undefined): Date | null {
  return typeof text === "string" ? new Date(text) : null;
}
