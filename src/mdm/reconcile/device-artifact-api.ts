/** The operators' door to what a device should have, why, and what it said of it. */
import { Type } from "typebox";
import { artifactTypes } from "#mdm/artifacts/artifact.ts";
import { asUuid } from "#platform/ids.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import {
  explainTarget,
  type ExplainedVerdict,
  findTargetOf,
  retryArtifact,
} from "./device-artifact-operations.ts";
import type { PlanDeps } from "./reconcile-operations.ts";
import { listStatusItems, listStatusReports } from "./status-store.ts";
import { keyOf } from "./target.ts";
import { type TargetArtifact, targetArtifactStatuses } from "./target-artifact.ts";

const verdictStates = [
  "current",
  "to_install",
  "to_update",
  "to_reinstall",
  "to_remove",
  "waiting",
  "failed",
  "excluded",
  "blocked",
  "removed",
  "kept",
] as const satisfies readonly ExplainedVerdict["state"][];

const user = Type.Optional(Type.Integer({ description: "One of its users; without it, the device channel" }));
const TargetQuery = Type.Object({ user });
const ItemsQuery = Type.Object({
  user,
  name: Type.Optional(Type.String({ maxLength: 255, description: "Items whose name begins with this" })),
});

const StoredView = Type.Object({
  artifact_version: Type.String({ format: "uuid" }),
  version: Type.Integer(),
  status: choice(targetArtifactStatuses),
  extra_info: Type.Unknown(),
  installed_at: nullable(timestamp()),
  os_version_at_install_time: nullable(Type.String()),
  unique_install_identifier: Type.String(),
  install_count: Type.Integer(),
  retry_count: Type.Integer(),
  max_retry_count: Type.Integer(),
  retry_at: nullable(timestamp()),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const VerdictView = Type.Object({
  artifact: Type.Object({
    pk: Type.String({ format: "uuid" }),
    name: Type.String(),
    type: choice(artifactTypes),
  }),
  artifact_version: nullable(Type.String({ format: "uuid" })),
  version: nullable(Type.Integer()),
  delivery: choice(["command", "ddm", "none"]),
  state: choice(verdictStates),
  reason: Type.Object({
    code: Type.String(),
    facts: Type.Unknown({ description: "What the code is about, by code: versions, tags, other artifacts" }),
  }),
  reason_text: Type.String(),
  stored: Type.Array(StoredView),
});

const StatusItemView = Type.Object({
  name: Type.String(),
  identifier: Type.String(),
  value: Type.Unknown(),
  reported_at: timestamp(),
});

const StatusReportView = Type.Object({ report: Type.Unknown(), received_at: timestamp() });

const access = "mdm.view_enrolleddevice";

const listArtifactsEndpoint = readEndpoint<PlanDeps, typeof TargetQuery>({
  method: "GET",
  path: "/api/mdm/devices/:id/artifacts/",
  operationId: "listDeviceArtifacts",
  view: "enrolled_device_artifacts",
  access,
  summary: "What a device should have and has, artifact by artifact, and why",
  query: TargetQuery,
  response: { status: 200, schema: VerdictView },
  list: "envelope",
  handle: async (deps, op, { params, query, page }) => {
    const question = { deviceId: params.id, userId: query.user ?? null };
    const { verdicts } = await explainTarget(op, deps, question);
    const shown = verdicts.slice(page.offset, page.offset + page.limit);
    return { count: verdicts.length, rows: shown.map(viewVerdict) };
  },
});

function viewVerdict(verdict: ExplainedVerdict): Record<string, unknown> {
  const { artifactId: pk, name, type, versionId, version, delivery, state } = verdict;
  return {
    artifact: { pk, name, type },
    artifact_version: versionId,
    version,
    delivery,
    state,
    reason: viewReason(verdict.reason),
    reason_text: verdict.sentence,
    stored: verdict.stored.map(viewStored),
  };
}

/** A reason in the words of the wire: `kind` is its code, its other members are facts in snake case. */
function viewReason(reason: object): { code: string; facts: Record<string, unknown> } {
  const { kind, ...members } = reason as { readonly kind: string };
  const shown = Object.entries(members as Record<string, unknown>).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    viewMember(value),
  ]);
  return { code: kind, facts: Object.fromEntries(shown) };
}

function viewMember(value: unknown): unknown {
  if (value instanceof Date) return wireTime(value);
  return typeof value === "object" && value !== null ? viewReason(value) : value;
}

function viewStored(row: TargetArtifact): Record<string, unknown> {
  return {
    artifact_version: row.versionId,
    version: row.version,
    status: row.status,
    extra_info: row.extraInfo,
    installed_at: wireTime(row.installedAt),
    os_version_at_install_time: row.osVersionAtInstallTime,
    unique_install_identifier: row.uniqueInstallIdentifier,
    install_count: row.installCount,
    retry_count: row.retryCount,
    max_retry_count: row.maxRetryCount,
    retry_at: wireTime(row.retryAt),
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
  };
}

const retryEndpoint = writeEndpoint<unknown, typeof TargetQuery>({
  method: "POST",
  path: "/api/mdm/devices/:id/artifacts/:uuid/retry/",
  operationId: "retryDeviceArtifact",
  view: "retry_enrolled_device_artifact",
  access: "mdm.change_enrolleddevice",
  summary: "Try an artifact that failed on a device again, with fresh retries",
  query: TargetQuery,
  response: { status: 204, schema: null },
  handle: async (_, op, { params, query }) => {
    const question = { deviceId: params.id, userId: query.user ?? null };
    await retryArtifact(op, question, asUuid<"Artifact">(params.uuid));
  },
});

const listItemsEndpoint = readEndpoint<unknown, typeof ItemsQuery>({
  method: "GET",
  path: "/api/mdm/devices/:id/status_items/",
  operationId: "listDeviceStatusItems",
  view: "enrolled_device_status_items",
  access,
  summary: "Status items a device reported, all reports together",
  query: ItemsQuery,
  response: { status: 200, schema: StatusItemView },
  list: "envelope",
  handle: async (_, op, { params, query, page }) => {
    const target = await findTargetOf(op.tx, { deviceId: params.id, userId: query.user ?? null });
    const prefix = query.name ?? "";
    const { count, rows } = await listStatusItems(op.tx, keyOf(target), { page, prefix });
    return {
      count,
      rows: rows.map(({ reportedAt, ...item }) => ({ ...item, reported_at: wireTime(reportedAt) })),
    };
  },
});

const listReportsEndpoint = readEndpoint<unknown, typeof TargetQuery>({
  method: "GET",
  path: "/api/mdm/devices/:id/status_reports/",
  operationId: "listDeviceStatusReports",
  view: "enrolled_device_status_reports",
  access,
  summary: "The last status reports of a device, the latest first",
  query: TargetQuery,
  response: { status: 200, schema: StatusReportView },
  list: "envelope",
  handle: async (_, op, { params, query, page }) => {
    const target = await findTargetOf(op.tx, { deviceId: params.id, userId: query.user ?? null });
    const { count, rows } = await listStatusReports(op.tx, keyOf(target), page);
    return {
      count,
      rows: rows.map(({ report, receivedAt }) => ({ report, received_at: wireTime(receivedAt) })),
    };
  },
});

/** Artifacts of a device, with their retry, and its status. */
export const deviceArtifactEndpoints: readonly Endpoint<PlanDeps>[] = [
  listArtifactsEndpoint,
  retryEndpoint,
  listItemsEndpoint,
  listReportsEndpoint,
];
