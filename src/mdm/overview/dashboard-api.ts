/** The operators' door to the dashboard: one request, whatever a caller may see. */
import { Type } from "typebox";
import { silentSince } from "#mdm/devices/device-list.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import type { ReadOperation } from "#platform/operation.ts";
import {
  type Expiry,
  expiryHorizon,
  expiryKinds,
  expiryPermissions,
  type Kept,
  keepBriefly,
  sumPlatforms,
} from "./dashboard.ts";
import {
  countDeviceTotals,
  countProgress,
  countQueue,
  countVersions,
  listChanges,
  listExpiries,
  listScheduleFacts,
} from "./dashboard-store.ts";

export type DashboardDeps = {
  /** When the certificate of the public address ends; null when it is a proxy's business. */
  readonly tlsExpiresAt: Date | null;
};

const count = Type.Integer();
const text = Type.String();

const DevicesView = Type.Object({
  enrolled: count,
  pending: Type.Integer({ description: "Known, and not enrolled to the end" }),
  silent: Type.Integer({ description: "Enrolled, and not seen for 7 days" }),
  failing: Type.Integer({
    description: "Enrolled, with a failed artifact, a parked command or a rejected push token",
  }),
  blocked: count,
  checked_out: count,
  platforms: Type.Array(Type.Object({ platform: text, count })),
  os_versions: Type.Array(Type.Object({ platform: text, os_version: text, count })),
});

const ExpiryView = Type.Object({
  kind: choice(expiryKinds),
  id: nullable(text),
  name: text,
  expires_at: timestamp(),
});

const DashboardView = Type.Object({
  devices: nullable(DevicesView),
  blueprints: nullable(
    Type.Array(
      Type.Object({
        id: Type.Integer(),
        name: text,
        targets: Type.Integer({ description: "Devices and their user channels" }),
        converged: count,
        pending: count,
        failed: count,
      }),
    ),
  ),
  expiries: Type.Array(ExpiryView, {
    description: "Within 60 days, and what ended; of each kind only with its permission",
  }),
  queue: nullable(
    Type.Object({
      queued: count,
      sent: count,
      not_now: count,
      parked: Type.Integer({ description: "Handed out again and again, and never answered" }),
      oldest_at: nullable(timestamp()),
      pushes: Type.Integer({ description: "Pushes that wait to be sent" }),
      rejected_tokens: Type.Integer({ description: "Devices and users that Apple takes no push for" }),
    }),
  ),
  schedules: nullable(
    Type.Array(
      Type.Object({
        name: text,
        last_finished_at: nullable(timestamp()),
        last_outcome: nullable(choice(["succeeded", "failed"])),
        next_run_at: nullable(timestamp()),
      }),
    ),
  ),
  changes: nullable(
    Type.Array(
      Type.Object({
        id: Type.String({ format: "uuid" }),
        created_at: timestamp(),
        actor: Type.Object({ kind: text, id: nullable(text), name: nullable(text) }),
        action: text,
        model: text,
        pk: text,
        name: nullable(text),
        machine_serial_number: nullable(text),
      }),
    ),
  ),
});

/** One server's answers, shared by everybody who looks at the same time. */
type Blocks = { readonly [Name in "devices" | "blueprints" | "expiries" | "queue"]: Kept<unknown> };

async function devicesBlock({ tx, at }: ReadOperation): Promise<unknown> {
  const [totals, versions] = await Promise.all([countDeviceTotals(tx, silentSince(at)), countVersions(tx)]);
  const { checkedOut, ...others } = totals;
  return {
    ...others,
    checked_out: checkedOut,
    platforms: sumPlatforms(versions),
    os_versions: versions.map(({ platform, osVersion, count: devices }) => ({
      platform,
      os_version: osVersion,
      count: devices,
    })),
  };
}

async function queueBlock({ tx }: ReadOperation): Promise<unknown> {
  const { notNow, oldestAt, rejectedTokens, ...others } = await countQueue(tx);
  return { ...others, not_now: notNow, oldest_at: wireTime(oldestAt), rejected_tokens: rejectedTokens };
}

async function schedulesBlock({ tx }: ReadOperation): Promise<unknown> {
  const schedules = await listScheduleFacts(tx);
  return schedules.map((schedule) => ({
    name: schedule.name,
    last_finished_at: wireTime(schedule.lastFinishedAt),
    last_outcome: schedule.lastOutcome,
    next_run_at: wireTime(schedule.nextRunAt),
  }));
}

async function changesBlock({ tx }: ReadOperation): Promise<unknown> {
  const changes = await listChanges(tx);
  return changes.map((change) => ({
    id: change.id,
    created_at: wireTime(change.at),
    actor: { kind: change.actorKind, id: change.actorId, name: change.actorName },
    action: change.action,
    model: change.model,
    pk: change.pk,
    name: change.name,
    machine_serial_number: change.serialNumber,
  }));
}

async function allExpiries(op: ReadOperation, { tlsExpiresAt }: DashboardDeps): Promise<Expiry[]> {
  const stored = await listExpiries(op.tx, op.at);
  const isSoon = tlsExpiresAt !== null && tlsExpiresAt < expiryHorizon(op.at);
  const tls: Expiry[] = isSoon
    ? [{ kind: "tls_certificate", id: null, name: "TLS certificate", expiresAt: tlsExpiresAt }]
    : [];
  return [...stored, ...tls].toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
}

function visibleExpiries(expiries: readonly Expiry[], caller: Caller | null): unknown[] {
  return expiries
    .filter(({ kind }) => {
      const permission = expiryPermissions[kind];
      return permission === null || caller?.hasPermission(permission) === true;
    })
    .map(({ kind, id, name, expiresAt }) => ({ kind, id, name, expires_at: wireTime(expiresAt) }));
}

/** What every page of the console tells: its block of the dashboard alone. */
function expiryEndpoint(kept: Kept<unknown>): Endpoint<DashboardDeps> {
  return readEndpoint<DashboardDeps>({
    method: "GET",
    path: "/api/expiries/",
    operationId: "listExpiries",
    view: "expiries",
    access: { special: "authenticated" },
    summary: "What ends soon",
    description:
      "Push certificates, certificate authorities, the TLS certificate of the server, API tokens and enrollments that " +
      "end within 60 days, and certificates that ended, the first to end first; of each kind only with its permission.",
    response: { status: 200, schema: ExpiryView },
    list: "array",
    handle: async (deps, op, { caller }) =>
      visibleExpiries((await kept(op.at, () => allExpiries(op, deps))) as Expiry[], caller),
  });
}

/** The endpoints, with the answers they keep for a moment. */
export function createDashboardEndpoints(): readonly Endpoint<DashboardDeps>[] {
  const blocks: Blocks = {
    devices: keepBriefly(),
    blueprints: keepBriefly(),
    expiries: keepBriefly(),
    queue: keepBriefly(),
  };
  return [
    expiryEndpoint(blocks.expiries),
    readEndpoint<DashboardDeps>({
      method: "GET",
      path: "/api/dashboard/",
      operationId: "readDashboard",
      view: "dashboard",
      access: { special: "authenticated" },
      summary: "How the fleet and the server are",
      description: "Blocks that the caller may not see are null. Counts are up to 5 seconds old.",
      response: { status: 200, schema: DashboardView },
      handle: async (deps, op, { caller }) => {
        const block = (permission: string, read: () => Promise<unknown>): Promise<unknown> =>
          caller?.hasPermission(permission) === true ? read() : Promise.resolve(null);
        const { at } = op;
        const [devices, blueprints, expiries, queue, schedules, changes] = await Promise.all([
          block("mdm.view_enrolleddevice", () => blocks.devices(at, () => devicesBlock(op))),
          block("mdm.view_blueprint", () => blocks.blueprints(at, () => countProgress(op.tx, at))),
          blocks.expiries(at, () => allExpiries(op, deps)) as Promise<Expiry[]>,
          block("mdm.view_devicecommand", () => blocks.queue(at, () => queueBlock(op))),
          block("core.view_schedule", () => schedulesBlock(op)),
          block("core.view_event", () => changesBlock(op)),
        ]);
        return {
          devices,
          blueprints,
          expiries: visibleExpiries(expiries, caller),
          queue,
          schedules,
          changes,
        };
      },
    }),
  ];
}
