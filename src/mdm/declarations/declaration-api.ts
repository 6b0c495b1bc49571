/** The operators' door to declarations (http-api 2.13). */
import { Type } from "typebox";
import {
  readVersionBlock,
  versionBlockFields,
  versionBlockView,
} from "#mdm/artifacts/artifact-version-api.ts";
import { versionEndpoints } from "#mdm/artifacts/version-endpoints-api.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import {
  createDeclaration,
  deleteDeclaration,
  listDeclarationSources,
  updateDeclaration,
} from "./declaration-operations.ts";

const Body = Type.Object({
  ...versionBlockFields,
  source: Type.Unknown({
    description:
      "The declaration: an object with Type, Identifier, ServerToken and Payload, or its JSON text",
  }),
});

const View = Type.Object({
  ...versionBlockView,
  source: Type.Object({
    Type: Type.String(),
    Identifier: Type.String(),
    ServerToken: Type.String(),
    Payload: Type.Record(Type.String(), Type.Unknown()),
  }),
});

/** List, create, read, update, delete. */
export const declarationEndpoints: readonly Endpoint<DesiredStateDeps>[] = versionEndpoints<
  DesiredStateDeps,
  typeof Body
>({
  kind: "declaration",
  plural: "declarations",
  singular: "declaration",
  body: Body,
  view: View,
  create: (deps, op, body) =>
    createDeclaration(op, deps, { input: readVersionBlock(body), source: body.source }),
  update: (deps, op, { id, body }) =>
    updateDeclaration(op, deps, { id, input: readVersionBlock(body), source: body.source }),
  remove: (deps, op, id) => deleteDeclaration(op, deps, id),
  viewPayloads: async (_, reader, ids) => {
    const sources = await listDeclarationSources(reader, ids);
    return new Map([...sources].map(([id, source]) => [id, { source }]));
  },
});
