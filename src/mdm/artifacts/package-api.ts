/** The operators' door to packages (http-api 2.16). */
import { type Static, type TSchema, Type } from "typebox";
import type { FileDeps } from "#mdm/files/file-operations.ts";
import { sha256Pattern } from "#mdm/files/stored-file.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import type { Brought, ReadPackage } from "./brought-file-operations.ts";
import { type Package, packageNameCharactersMax, packageUnknown } from "./package.ts";
import {
  bringPackage,
  createPackage,
  deletePackage,
  findPackage,
  type PackageInput,
  updatePackage,
} from "./package-operations.ts";
import { listPackages } from "./package-store.ts";
import { packageFactsView, packageSignatureView } from "./package-wire.ts";

const labels = {
  name: Type.String({ minLength: 1, maxLength: packageNameCharactersMax }),
  description: Type.Optional(Type.String()),
};

const CreateBody = Type.Object({
  ...labels,
  source_uri: Type.String({ minLength: 1, maxLength: 2048, description: "s3:, https: or pomona: URI" }),
  sha256: Type.String({ pattern: sha256Pattern }),
});

const UpdateBody = Type.Object({
  ...labels,
  source_uri: Type.Optional(Type.String({ description: "Cannot be changed" })),
  sha256: Type.Optional(Type.String({ description: "Cannot be changed" })),
});

const View = Type.Object({
  id: Type.String({ format: "uuid" }),
  name: Type.String(),
  description: Type.String(),
  type: choice(["PKG", "IPA"]),
  source_uri: Type.String(),
  sha256: Type.String(),
  size: Type.Integer(),
  ...packageFactsView,
  created_at: timestamp(),
  updated_at: timestamp(),
  ...packageSignatureView,
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(row: Package) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    type: row.type,
    source_uri: row.sourceUri,
    sha256: row.sha256,
    size: row.size,
    filename: row.filename,
    product_id: row.productId,
    product_version: row.productVersion,
    bundles: row.bundles,
    manifest: row.manifest,
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
    signature: row.signature,
  };
}

function inputOf(body: Static<typeof UpdateBody>, present: { readonly description: string }): PackageInput {
  const { name, description = present.description, source_uri: sourceUri = "", sha256 = "" } = body;
  return { name, description, sourceUri, sha256 };
}

async function requirePackage(...[reader, id]: Parameters<typeof findPackage>): Promise<Package> {
  const found = await findPackage(reader, id);
  if (found === null) throw new OperationRefused(packageUnknown);
  return found;
}

const list = { path: "/api/mdm/packages/", view: "packages" } as const;
const one = { path: "/api/mdm/packages/:uuid/", view: "package" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** List, create, read, update, delete. */
export const packageEndpoints: readonly Endpoint<FileDeps>[] = [
  readEndpoint<FileDeps, typeof Query>({
    ...list,
    method: "GET",
    operationId: "listPackages",
    access: "mdm.view_package",
    summary: "Lists packages",
    query: Query,
    response: oneAnswer,
    list: "envelope",
    handle: async (_deps, op, { query, page }) => {
      const { count, rows } = await listPackages(op.tx, { ...query, page });
      return { count, rows: rows.map(view) };
    },
  }),
  writeEndpoint<FileDeps, TSchema, typeof CreateBody, Brought<ReadPackage>>({
    ...list,
    method: "POST",
    operationId: "createPackage",
    access: "mdm.add_package",
    summary: "Makes a package of a file that is fetched",
    body: CreateBody,
    response: { status: 201, schema: View },
    prepare: (deps, op, { body }) => bringPackage(op, deps, inputOf(body, { description: "" })),
    handle: async (_deps, op, { body, prepared }) =>
      view(await createPackage(op, inputOf(body, { description: "" }), prepared)),
  }),
  readEndpoint<FileDeps>({
    ...one,
    method: "GET",
    operationId: "findPackage",
    access: "mdm.view_package",
    summary: "Shows a package",
    response: oneAnswer,
    handle: async (_deps, op, { params }) => view(await requirePackage(op.tx, params.uuid)),
  }),
  writeEndpoint<FileDeps, TSchema, typeof UpdateBody>({
    ...one,
    method: "PUT",
    operationId: "updatePackage",
    access: "mdm.change_package",
    summary: "Changes the name and the description of a package",
    body: UpdateBody,
    response: oneAnswer,
    handle: async (_deps, op, { params, body }) => {
      const present = await requirePackage(op.tx, params.uuid);
      return view(await updatePackage(op, params.uuid, inputOf(body, present)));
    },
  }),
  writeEndpoint<FileDeps>({
    ...one,
    method: "DELETE",
    operationId: "deletePackage",
    access: "mdm.delete_package",
    summary: "Deletes a package that no declaration refers to",
    response: { status: 204, schema: null },
    handle: async (_deps, op, { params }) => {
      await deletePackage(op, params.uuid);
    },
  }),
];
