// Apple's schema as editors of profiles and declarations need it: which types there are, for whom, and what is in them.
// The console builds its forms from it, and other clients may; nothing here is stored.
// A key says its platforms only where they differ from those of what it is in.
import type {
  MessageSchema,
  SchemaKey,
  SchemaPlatform,
  Support,
  SupportedOs,
} from "#protocol/apple-schema/schema.ts";
import { declarationFamily, profileFamily, type SchemaFamily } from "#protocol/apple-schema/schema-tables.ts";
import type { Refusal } from "#platform/errors.ts";
import { schemaTitle } from "./schema-titles.ts";

export const documentKinds = ["profile", "declaration"] as const;
/** What a type is for: a payload of a configuration profile, or a declaration. */
export type DocumentKind = (typeof documentKinds)[number];

/** What one platform says of a type or of a key. */
export type PlatformSupport = {
  readonly platform: SchemaPlatform;
  readonly introduced: string | null;
  readonly deprecated: string | null;
  readonly removed: string | null;
  readonly supervised: boolean;
};

export type CatalogKey = {
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  /** Null for any value. */
  readonly values: readonly (string | number | boolean)[] | null;
  readonly min: number | null;
  readonly max: number | null;
  /** A regular expression the whole text matches. */
  readonly format: string | null;
  readonly asset_types: readonly string[];
  /** Null: those of what the key is in. */
  readonly platforms: readonly PlatformSupport[] | null;
  readonly keys: readonly CatalogKey[];
};

export type CatalogEntry = {
  readonly type: string;
  readonly title: string;
  readonly release: string;
  readonly platforms: readonly PlatformSupport[];
  readonly channels: readonly ("Device" | "User")[];
};

/** What can be the name of a type; a path with anything else is none of ours. */
const typeName = /^[\w.-]{1,200}$/;

/** Refuses a name that no type has. */
export function refuseType(type: string): Refusal {
  return typeName.test(type) ? typeUnknown : { ...typeUnknown, detail: "Not found." };
}

const typeUnknown: Refusal = {
  kind: "not_found",
  code: "schema_type_unknown",
  detail: "No Schema matches the given query.",
};

/** Two entries of the family of profiles are in every profile, and no payload of their own. */
const everyProfile = ["TopLevel", "CommonPayloadKeys"];

/** The entries of a kind, by type. */
export function listCatalog(kind: DocumentKind): CatalogEntry[] {
  const { names, find } = familyOf(kind);
  return names()
    .filter((type) => !everyProfile.includes(type))
    .flatMap((type) => {
      const schema = find(type);
      return schema === null ? [] : [entryOf(type, schema)];
    });
}

/** One type with its keys; null for one that Apple's release does not have. */
export function findCatalogEntry(
  kind: DocumentKind,
  type: string,
): (CatalogEntry & { readonly keys: readonly CatalogKey[] }) | null {
  const schema = everyProfile.includes(type) ? null : familyOf(kind).find(type);
  if (schema === null) return null;
  return { ...entryOf(type, schema), keys: schema.keys.map((key) => keyOf(key, schema.on)) };
}

function familyOf(kind: DocumentKind): SchemaFamily {
  return kind === "profile" ? profileFamily : declarationFamily;
}

function entryOf(type: string, schema: MessageSchema): CatalogEntry {
  const supports = Object.values(schema.on).filter((support) => support !== null);
  const isForUsers = supports.some(
    ({ userchannel, sharedipad }) => userchannel === true || sharedipad?.userchannel === true,
  );
  const isForDevices = supports.some(({ devicechannel }) => devicechannel !== false);
  return {
    type,
    title: schemaTitle(type),
    release: schema.release,
    platforms: platformsOf(schema.on),
    channels: [...(isForDevices ? (["Device"] as const) : []), ...(isForUsers ? (["User"] as const) : [])],
  };
}

function platformsOf(on: SupportedOs): PlatformSupport[] {
  return (Object.entries(on) as [SchemaPlatform, Support | null][]).flatMap(([platform, support]) =>
    support === null
      ? []
      : [
          {
            platform,
            introduced: support.introduced ?? null,
            deprecated: support.deprecated ?? null,
            removed: support.removed ?? null,
            supervised: support.supervised === true,
          },
        ],
  );
}

function keyOf(key: SchemaKey, around: SupportedOs): CatalogKey {
  const own = key.on === undefined ? around : withOwn(around, key.on);
  return {
    key: key.key,
    type: key.type,
    required: key.required === true,
    default: key.default ?? null,
    values: key.values ?? null,
    min: key.range?.min ?? null,
    max: key.range?.max ?? null,
    format: key.format ?? null,
    asset_types: key.assetTypes ?? [],
    platforms: key.on === undefined ? null : platformsOf(own),
    keys: (key.keys ?? []).map((inner) => keyOf(inner, own)),
  };
}

/** A key says what differs from what it is in; a platform that is missing there stays missing. */
function withOwn(around: SupportedOs, own: SupportedOs): SupportedOs {
  return Object.fromEntries(
    (Object.entries(around) as [SchemaPlatform, Support | null][]).map(([platform, support]) => {
      const said = own[platform];
      return [platform, support === null || said === null ? null : { ...support, ...said }];
    }),
  );
}
