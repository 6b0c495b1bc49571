// The tables of Apple's schema that are too large to be read at every start: parsed when they are first asked for.
import { declarationRelease, declarationSchemasJson } from "./generated/declarations.ts";
import { profileRelease, profileSchemasJson } from "./generated/profiles.ts";
import { statusItemRelease, statusItemSchemasJson } from "./generated/status-items.ts";
import type { MessageSchema } from "./schema.ts";

/** One family of Apple's schema: its release, its names, and what is known of each. */
export type SchemaFamily = {
  /** Apple's release that most of the family follows. */
  readonly release: string;
  /** All names, ascending. */
  readonly names: () => readonly string[];
  /** Null for a name that the release does not have. */
  readonly find: (name: string) => MessageSchema | null;
};

function family(release: string, json: string): SchemaFamily {
  let parsed: ReadonlyMap<string, MessageSchema> | null = null;
  const table = (): ReadonlyMap<string, MessageSchema> => {
    // The generator wrote it from values of this type.
    parsed ??= new Map(Object.entries(JSON.parse(json) as Record<string, MessageSchema>));
    return parsed;
  };
  return { release, names: () => [...table().keys()], find: (name) => table().get(name) ?? null };
}

/** Declarations by type: `com.apple.configuration.passcode.settings`. */
export const declarationFamily: SchemaFamily = family(declarationRelease, declarationSchemasJson);

/**
 * Payloads of profiles by type: `com.apple.wifi.managed`. `TopLevel` is the profile itself, and `CommonPayloadKeys` are
 * in every payload.
 */
export const profileFamily: SchemaFamily = family(profileRelease, profileSchemasJson);

/** Status items by name: `device.operating-system.version`. The one key of each is the item itself. */
export const statusItemFamily: SchemaFamily = family(statusItemRelease, statusItemSchemasJson);
