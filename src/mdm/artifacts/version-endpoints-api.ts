/** The five endpoints of a payload of versions: the same for all, but for what the payload is (http-api 2.9). */
import type { Static, TSchema } from "typebox";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import {
  type Endpoint,
  readEndpoint,
  type WriteEndpointDefinition,
  writeEndpoint,
} from "#platform/http/endpoint.ts";
import { asUuid } from "#platform/ids.ts";
import { parseOrdering } from "#platform/http/parse-ordering.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import { VersionListQuery, viewVersionBlock } from "./artifact-version-api.ts";
import {
  type ArtifactVersion,
  type SatelliteKind,
  satelliteFacts,
  versionUnknown,
} from "./artifact-version.ts";
import { findArtifactVersionOfKind, listArtifactVersions } from "./artifact-version-operations.ts";
import { versionOrderings } from "./artifact-version-store.ts";

/** The members a payload adds to the answer, by version. */
export type PayloadViews = ReadonlyMap<ArtifactVersionId, Readonly<Record<string, unknown>>>;

/** What differs between payloads. */
export type VersionResource<Deps, Body extends TSchema, Prepared = undefined> = {
  readonly kind: SatelliteKind;
  /** `profiles`: the last part of the path, and the view of the list. */
  readonly plural: string;
  /** `profile`: the view of one. */
  readonly singular: string;
  /** What clients send: `versionBlockFields` and the payload's own. */
  readonly body: Body;
  /** What is answered: `versionBlockView` and the payload's own. */
  readonly view: TSchema;
  /** What takes long, such as fetching a file; before the transaction. `id` is null for a new version. */
  readonly prepare?: (
    deps: Deps,
    op: ReadOperation,
    input: { readonly id: string | null; readonly body: Static<Body> },
  ) => Promise<Prepared>;
  readonly create: (
    deps: Deps,
    op: Operation,
    body: Static<Body>,
    prepared: Prepared,
  ) => Promise<ArtifactVersion>;
  readonly update: (
    deps: Deps,
    op: Operation,
    change: { readonly id: string; readonly body: Static<Body>; readonly prepared: Prepared },
  ) => Promise<ArtifactVersion>;
  readonly remove: (deps: Deps, op: Operation, id: string) => Promise<unknown>;
  /** Reads the payloads of some versions: one query, however many. */
  readonly viewPayloads: (
    deps: Deps,
    reader: Reader,
    ids: readonly ArtifactVersionId[],
  ) => Promise<PayloadViews>;
};

/** List, create, read, update, delete. */
export function versionEndpoints<Deps, Body extends TSchema, Prepared = undefined>(
  resource: VersionResource<Deps, Body, Prepared>,
): readonly Endpoint<Deps>[] {
  return [...readingEndpoints(resource), ...writingEndpoints(resource)];
}

type Reading<Deps, Body extends TSchema> = Omit<VersionResource<Deps, Body>, "prepare" | "create" | "update">;

function facts<Deps, Body extends TSchema>({ kind, plural, singular, view }: Reading<Deps, Body>) {
  const { model } = satelliteFacts[kind];
  const path = `/api/mdm/${plural}/`;
  return {
    model,
    list: { path, view: plural },
    one: { path: `${path}:uuid/`, view: singular },
    permission: (verb: "view" | "add" | "change" | "delete") => `mdm.${verb}_${model.toLowerCase()}`,
    oneAnswer: { status: 200, schema: view } as const,
  };
}

function readingEndpoints<Deps, Body extends TSchema>(
  resource: Reading<Deps, Body>,
): readonly Endpoint<Deps>[] {
  const { kind } = resource;
  const { model, list, one, permission, oneAnswer } = facts(resource);
  return [
    readEndpoint<Deps, typeof VersionListQuery>({
      ...list,
      method: "GET",
      operationId: `list${model}s`,
      access: permission("view"),
      summary: `Lists ${kind}s`,
      query: VersionListQuery,
      response: oneAnswer,
      list: "envelope",
      handle: async (deps, op, { query, page }) => {
        const orderings = parseOrdering(versionOrderings, query.ordering);
        const { count, rows } = await listArtifactVersions(op.tx, kind, {
          artifactId: query.artifact === undefined ? null : asUuid<"Artifact">(query.artifact),
          orderings,
          page,
        });
        return { count, rows: await viewVersions(resource, { deps, reader: op.tx, versions: rows }) };
      },
    }),
    readEndpoint<Deps>({
      ...one,
      method: "GET",
      operationId: `find${model}`,
      access: permission("view"),
      summary: `Shows a ${kind}`,
      response: oneAnswer,
      handle: async (deps, op, { params }) => {
        const version = await findArtifactVersionOfKind(op.tx, kind, params.uuid);
        if (version === null) throw new OperationRefused(versionUnknown(kind));
        return viewVersion(resource, { deps, reader: op.tx, version });
      },
    }),
  ];
}

type VersionWrite<Deps, Body extends TSchema, Prepared> = WriteEndpointDefinition<
  Deps,
  TSchema,
  Body,
  Prepared
>;

function writingEndpoints<Deps, Body extends TSchema, Prepared = undefined>(
  resource: VersionResource<Deps, Body, Prepared>,
): readonly Endpoint<Deps>[] {
  const { kind, body, prepare } = resource;
  const { model, list, one, permission, oneAnswer } = facts(resource);
  const preparing = (isNew: boolean): Pick<VersionWrite<Deps, Body, Prepared>, "prepare"> =>
    prepare === undefined
      ? {}
      : {
          prepare: (deps, op, { params, body: said }) =>
            prepare(deps, op, { id: isNew ? null : params.uuid, body: said }),
        };
  return [
    writeEndpoint<Deps, TSchema, Body, Prepared>({
      ...list,
      ...preparing(true),
      method: "POST",
      operationId: `create${model}`,
      access: permission("add"),
      summary: `Makes a version of an artifact with a ${kind}`,
      body,
      response: { status: 201, schema: resource.view },
      handle: async (deps, op, input) => {
        const version = await resource.create(deps, op, input.body, input.prepared);
        return viewVersion(resource, { deps, reader: op.tx, version });
      },
    }),
    writeEndpoint<Deps, TSchema, Body, Prepared>({
      ...one,
      ...preparing(false),
      method: "PUT",
      operationId: `update${model}`,
      access: permission("change"),
      summary: `Changes a ${kind} in place: targets that have the version keep what they were given`,
      body,
      response: oneAnswer,
      handle: async (deps, op, { params, body: said, prepared }) => {
        const version = await resource.update(deps, op, { id: params.uuid, body: said, prepared });
        return viewVersion(resource, { deps, reader: op.tx, version });
      },
    }),
    writeEndpoint<Deps>({
      ...one,
      method: "DELETE",
      operationId: `delete${model}`,
      access: permission("delete"),
      summary: `Deletes a ${kind} that no target has and no command names`,
      response: { status: 204, schema: null },
      handle: async (deps, op, { params }) => {
        await resource.remove(deps, op, params.uuid);
      },
    }),
  ];
}

async function viewVersion<Deps, Body extends TSchema>(
  resource: Reading<Deps, Body>,
  { version, ...from }: { readonly deps: Deps; readonly reader: Reader; readonly version: ArtifactVersion },
): Promise<unknown> {
  const [only] = await viewVersions(resource, { ...from, versions: [version] });
  return only;
}

async function viewVersions<Deps, Body extends TSchema>(
  resource: Reading<Deps, Body>,
  from: { readonly deps: Deps; readonly reader: Reader; readonly versions: readonly ArtifactVersion[] },
): Promise<unknown[]> {
  const ids = from.versions.map(({ id }) => id);
  const payloads = await resource.viewPayloads(from.deps, from.reader, ids);
  return from.versions.flatMap((version) => {
    const payload = payloads.get(version.id);
    // A payload that is gone was deleted since the versions were read, with its version.
    if (payload === undefined) return [];
    // In the order of the reference: the payload stands between the artifact and the scope.
    const { id, artifact, ...block } = viewVersionBlock(version);
    return [{ id, artifact, ...payload, ...block }];
  });
}
