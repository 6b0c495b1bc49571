/** The members every version has on the wire, for the slices that have payloads (http-api 2.9). */
import { type Static, Type } from "typebox";
import { orderingDescription } from "#platform/http/parse-ordering.ts";
import { foreignUuid, integerMax, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import { versionOrderings } from "./artifact-version-store.ts";
import { itemScopeFields, itemScopeViewFields, readItemScope, viewItemScope } from "./item-scope-fields.ts";

/** Members of a request; to be spread into the body of a payload. */
export const versionBlockFields = {
  artifact: foreignUuid(),
  ...itemScopeFields({ shardModuloMin: 1 }),
  version: Type.Integer({ minimum: 1, maximum: integerMax }),
};

/** Members of an answer; to be spread into the view of a payload. */
export const versionBlockView = {
  id: Type.String({ format: "uuid" }),
  artifact: Type.String({ format: "uuid" }),
  ...itemScopeViewFields,
  version: Type.Integer(),
  created_at: timestamp(),
  updated_at: timestamp(),
};

const Block = Type.Object(versionBlockFields);
const BlockView = Type.Object(versionBlockView);

/** Reads the members of a request; what it omits is reset (http-api 1.9). */
export function readVersionBlock(body: Static<typeof Block>): ArtifactVersionInput {
  return { artifactId: asUuid(body.artifact), version: body.version, scope: readItemScope(body) };
}

/** The members of an answer, filled. */
export function viewVersionBlock(version: ArtifactVersion): Static<typeof BlockView> {
  return {
    id: version.id,
    artifact: version.artifact.id,
    ...viewItemScope(version.scope),
    version: version.version,
    created_at: wireTime(version.createdAt),
    updated_at: wireTime(version.updatedAt),
  };
}

/** The query of a list of versions. */
export const VersionListQuery = Type.Object({
  artifact: Type.Optional(Type.String({ format: "uuid", description: "Versions of one artifact." })),
  ordering: Type.Optional(Type.String({ description: orderingDescription(versionOrderings) })),
});
