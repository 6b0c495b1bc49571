/** Several changes of a blueprint's links as they come over the wire: looked at by a preview, and made at once. */
import { Type } from "typebox";
import { type ItemScopeBody, itemScopeFields } from "#mdm/artifacts/item-scope-fields.ts";
import { foreignUuid } from "#platform/http/wire-fields.ts";
import { shardModuloMin } from "./blueprint-artifact.ts";

/** A link as it shall be, under the names on the wire. */
export type LinkItem = ItemScopeBody & { readonly artifact: string };

export type LinkChanges = {
  readonly blueprint_artifacts?: readonly LinkItem[];
  /** Artifacts whose link shall go. */
  readonly removed?: readonly string[];
};

/** Items of each list of a change. */
export const changedItemsMax = 500;

const Link = Type.Object({ artifact: foreignUuid(), ...itemScopeFields({ shardModuloMin }) });
const items = { maxItems: changedItemsMax, default: [] };

export const linkChangeFields = {
  blueprint_artifacts: Type.Optional(Type.Array(Link, items)),
  removed: Type.Optional(Type.Array(foreignUuid(), items)),
};
