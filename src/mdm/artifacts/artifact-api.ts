/** The operators' door to artifacts (http-api 2.8). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { orderingDescription, parseOrdering } from "#platform/http/parse-ordering.ts";
import { choice, foreignUuid, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import * as rules from "./artifact.ts";
import type { Artifact, ArtifactId, ArtifactInput } from "./artifact.ts";
import { createArtifact, deleteArtifact, updateArtifact } from "./artifact-operations.ts";
import { artifactOrderings, findArtifact, listArtifacts } from "./artifact-store.ts";
import { scopePlatforms } from "./item-scope.ts";

const channels = ["Device", "User"] as const;
const defaults = rules.artifactDefaults;

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: rules.artifactNameCharactersMax }),
  type: choice(rules.artifactTypes),
  channel: choice(channels),
  platforms: Type.Optional(
    Type.Array(choice(scopePlatforms), { minItems: 1, maxItems: 100, default: defaults.platforms }),
  ),
  requires: Type.Optional(Type.Array(foreignUuid(), { maxItems: rules.requirementsMax, default: [] })),
  install_during_setup_assistant: Type.Optional(
    Type.Boolean({ default: defaults.installDuringSetupAssistant }),
  ),
  auto_update: Type.Optional(Type.Boolean({ default: defaults.autoUpdate })),
  reinstall_interval: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: rules.reinstallIntervalDaysMax,
      default: defaults.reinstallInterval,
      description: "Days; 0 for never",
    }),
  ),
  reinstall_on_os_update: Type.Optional(
    choice(rules.reinstallOnOsUpdates, { default: defaults.reinstallOnOsUpdate }),
  ),
});

const View = Type.Object({
  id: Type.String({ format: "uuid" }),
  name: Type.String(),
  type: choice(rules.artifactTypes),
  channel: choice(channels),
  platforms: Type.Array(choice(scopePlatforms)),
  requires: Type.Array(Type.String({ format: "uuid" })),
  install_during_setup_assistant: Type.Boolean(),
  auto_update: Type.Boolean(),
  reinstall_interval: Type.Integer(),
  reinstall_on_os_update: choice(rules.reinstallOnOsUpdates),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const Query = Type.Object({
  name: Type.Optional(Type.String()),
  search: Type.Optional(Type.String({ maxLength: 256, description: "Part of the name." })),
  type: Type.Optional(choice(rules.artifactTypes)),
  channel: Type.Optional(choice(channels)),
  platform: Type.Optional(choice(scopePlatforms)),
  ordering: Type.Optional(Type.String({ description: orderingDescription(artifactOrderings) })),
});

function view(artifact: Artifact): Readonly<Record<keyof Static<typeof View>, unknown>> {
  return {
    id: artifact.id,
    name: artifact.name,
    type: artifact.type,
    channel: artifact.channel,
    platforms: [...artifact.platforms],
    requires: [...artifact.requires],
    install_during_setup_assistant: artifact.installDuringSetupAssistant,
    auto_update: artifact.autoUpdate,
    reinstall_interval: artifact.reinstallInterval,
    reinstall_on_os_update: artifact.reinstallOnOsUpdate,
    created_at: wireTime(artifact.createdAt),
    updated_at: wireTime(artifact.updatedAt),
  };
}

function inputOf(body: Static<typeof Body>): ArtifactInput {
  const { name, type, channel, platforms, requires } = body;
  return {
    name,
    type,
    channel,
    ...(platforms === undefined ? {} : { platforms: [...new Set(platforms)] }),
    ...(requires === undefined ? {} : { requires: [...new Set(requires)].map(asUuid<"Artifact">) }),
    ...(body.install_during_setup_assistant === undefined
      ? {}
      : { installDuringSetupAssistant: body.install_during_setup_assistant }),
    ...(body.auto_update === undefined ? {} : { autoUpdate: body.auto_update }),
    ...(body.reinstall_interval === undefined ? {} : { reinstallInterval: body.reinstall_interval }),
    ...(body.reinstall_on_os_update === undefined
      ? {}
      : { reinstallOnOsUpdate: body.reinstall_on_os_update }),
  };
}

const list = { path: "/api/mdm/artifacts/", view: "artifacts" } as const;
const one = { path: "/api/mdm/artifacts/:uuid/", view: "artifact" } as const;
const oneAnswer = { status: 200, schema: View } as const;
const idOf = (params: { readonly uuid: string }): ArtifactId => asUuid<"Artifact">(params.uuid);

/** List, create, read, update, delete. */
export const artifactEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  readEndpoint<DesiredStateDeps, typeof Query>({
    ...list,
    method: "GET",
    operationId: "listArtifacts",
    access: "mdm.view_artifact",
    summary: "Lists artifacts",
    query: Query,
    response: oneAnswer,
    list: "envelope",
    handle: async (_, op, { query, page }) => {
      const orderings = parseOrdering(artifactOrderings, query.ordering);
      const { count, rows } = await listArtifacts(op.tx, query, { orderings, page });
      return { count, rows: rows.map(view) };
    },
  }),
  writeEndpoint<DesiredStateDeps, typeof Query, typeof Body>({
    ...list,
    method: "POST",
    operationId: "createArtifact",
    access: "mdm.add_artifact",
    summary: "Makes an artifact",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body }) => view(await createArtifact(op, inputOf(body))),
  }),
  readEndpoint<DesiredStateDeps>({
    ...one,
    method: "GET",
    operationId: "findArtifact",
    access: "mdm.view_artifact",
    summary: "Shows an artifact",
    response: oneAnswer,
    handle: async (_, op, { params }) => {
      const artifact = await findArtifact(op.tx, idOf(params));
      if (artifact === null) throw new OperationRefused(rules.artifactUnknown);
      return view(artifact);
    },
  }),
  writeEndpoint<DesiredStateDeps, typeof Query, typeof Body>({
    ...one,
    method: "PUT",
    operationId: "updateArtifact",
    access: "mdm.change_artifact",
    summary: "Changes an artifact",
    body: Body,
    response: oneAnswer,
    handle: async (deps, op, { params, body }) =>
      view(await updateArtifact(op, deps, { id: idOf(params), input: inputOf(body) })),
  }),
  writeEndpoint<DesiredStateDeps>({
    ...one,
    method: "DELETE",
    operationId: "deleteArtifact",
    access: "mdm.delete_artifact",
    summary: "Deletes an artifact with its versions, unless something holds on to it",
    response: { status: 204, schema: null },
    handle: async (deps, op, { params }) => deleteArtifact(op, deps, idOf(params)),
  }),
];
