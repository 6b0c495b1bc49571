/** The operators' door to data assets (http-api 2.11). */
import { type Static, Type } from "typebox";
import { sha256Pattern } from "#mdm/files/stored-file.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import { readVersionBlock, versionBlockFields, versionBlockView } from "./artifact-version-api.ts";
import { base64CharactersMax, readBase64 } from "./base64-source.ts";
import type { Brought } from "./brought-file-operations.ts";
import { type DataAssetFile, dataAssetTypes } from "./data-asset.ts";
import {
  bringDataAsset,
  createDataAsset,
  type DataAssetDeps,
  type DataAssetWrite,
  deleteDataAsset,
  listDataAssets,
  updateDataAsset,
} from "./data-asset-operations.ts";
import { versionEndpoints } from "./version-endpoints-api.ts";

const Body = Type.Object({
  ...versionBlockFields,
  type: choice(dataAssetTypes),
  source: Type.Optional(
    nullable(Type.String({ maxLength: base64CharactersMax, description: "base64, instead of file_uri" })),
  ),
  file_uri: Type.Optional(
    nullable(Type.String({ maxLength: 2048, description: "s3:, https: or pomona: URI, instead of source" })),
  ),
  file_sha256: Type.Optional(nullable(Type.String({ pattern: sha256Pattern }))),
});

const View = Type.Object({
  ...versionBlockView,
  type: choice(dataAssetTypes),
  file_sha256: Type.String(),
  file_size: Type.Integer(),
  filename: Type.String(),
});

/** Empty is as good as absent. */
const presentOf = (text: string | null | undefined): string | null => text || null;

function fileOf(body: Static<typeof Body>): DataAssetFile {
  const source = presentOf(body.source);
  return {
    source: source === null ? null : readBase64(source),
    hasSource: source !== null,
    fileUri: presentOf(body.file_uri),
    fileSha256: presentOf(body.file_sha256),
  };
}

function writeOf(body: Static<typeof Body>, brought: Brought<null>): DataAssetWrite {
  return { input: readVersionBlock(body), type: body.type, file: fileOf(body), brought };
}

/** List, create, read, update, delete. */
export const dataAssetEndpoints = versionEndpoints<DataAssetDeps, typeof Body, Brought<null>>({
  kind: "data asset",
  plural: "data_assets",
  singular: "data_asset",
  body: Body,
  view: View,
  prepare: (deps, op, { body }) => {
    const file = fileOf(body);
    // What is no base64 is refused with the fields, and brings nothing.
    if (file.hasSource && file.source === null) return Promise.resolve({ refusals: [] });
    return bringDataAsset(op, deps, { type: body.type, file });
  },
  create: (deps, op, body, prepared) => createDataAsset(op, deps, writeOf(body, prepared)),
  update: (deps, op, { id, body, prepared }) => updateDataAsset(op, deps, { id, ...writeOf(body, prepared) }),
  remove: (deps, op, id) => deleteDataAsset(op, deps, id),
  viewPayloads: async (_deps, reader, ids) => {
    const assets = await listDataAssets(reader, ids);
    return new Map(
      assets.map(({ id, type, fileSha256, fileSize, filename }) => [
        id,
        { type, file_sha256: fileSha256, file_size: fileSize, filename },
      ]),
    );
  },
});
