/** Facts of targets as plans need them, what they were last planned against, and the manifests they were promised. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { DeviceId, DeviceUserId } from "#mdm/devices/device.ts";
import type { PlanFacts, StoredPlan } from "./plan-key.ts";
import type { SnapshotItem, TargetKey } from "./target.ts";

/** A target as it is planned: the device's facts, and the channel's own. */
export type TargetRow = PlanFacts & {
  readonly deviceId: DeviceId;
  readonly deviceUserId: DeviceUserId | null;
  readonly isDeclarative: boolean;
  /** Of the device, or of the user. */
  readonly createdAt: Date;
  /** Null for a target that was never planned. */
  readonly stored: (StoredPlan & StoredDeclarations & { readonly desiredDigest: Buffer | null }) | null;
};

/** What a target was promised, and what it says it can. */
export type StoredDeclarations = {
  readonly declarationsToken: string;
  readonly offeredToken: string;
  readonly clientCapabilities: unknown;
  /** Not asked to synchronise before this time; null for at any. */
  readonly syncRetryAt: Date | null;
};

type Row = Omit<TargetRow, "stored"> &
  StoredPlan &
  StoredDeclarations & { readonly hasPlan: boolean; readonly desiredDigest: Buffer | null };

const targetColumns = sql`
  d.id as device_id, t.id as device_user_id, d.platform, d.os_version, d.os_version_extra, d.serial_number,
  d.awaiting_configuration, d.user_enrollment, d.blueprint_id, b.revision::text as blueprint_revision,
  t.is_declarative, t.created_at,
  array(select m.tag_id from machine_tags m where m.serial_number = d.serial_number order by m.tag_id) as tag_ids,
  p.id is not null as has_plan, p.plan_key, p.due_at as plan_due_at, p.desired_digest, p.declarations_token,
  p.offered_token, p.client_capabilities, p.sync_retry_at`;

/** Devices that are managed, and each of their channels. */
const targets = sql`
  devices d
  cross join lateral (
    select null::integer as id, d.created_at, d.declarative_management as is_declarative
    union all
    select u.id, u.created_at, u.declarative_management from device_users u where u.device_id = d.id) t
  left join blueprints b on b.id = d.blueprint_id
  left join target_plans p on p.device_id = d.id and p.device_user_id is not distinct from t.id`;

/** One target; null when it is gone. */
export async function findTarget(reader: Reader, target: TargetKey): Promise<TargetRow | null> {
  const row = await reader.maybe<Row>(sql`
    select ${targetColumns} from ${targets}
     where d.id = ${target.deviceId} and t.id is not distinct from ${target.deviceUserId}`);
  return row === null ? null : readRow(row);
}

/** Which devices to go through. */
export type TargetSelection =
  | { readonly kind: "blueprint"; readonly blueprintId: number }
  | { readonly kind: "machines"; readonly serialNumbers: readonly string[] }
  | { readonly kind: "devices"; readonly deviceIds: readonly number[] };

/** The channels of the next managed devices of a selection, by id. All channels of a device come together. */
export async function listTargets(
  reader: Reader,
  selection: TargetSelection,
  page: { readonly afterDeviceId: number; readonly devicesMax: number },
): Promise<TargetRow[]> {
  const rows = await reader.many<Row>(sql`
    select ${targetColumns} from ${targets}
     where d.id in (select s.id from devices s
                     where ${selected(selection)} and s.id > ${page.afterDeviceId} and s.checkout_at is null
                     order by s.id limit ${page.devicesMax})
     order by d.id, t.id nulls first`);
  return rows.map(readRow);
}

function selected(selection: TargetSelection): Sql {
  switch (selection.kind) {
    case "blueprint":
      return sql`s.blueprint_id = ${selection.blueprintId}`;
    case "machines":
      return sql`s.serial_number = any(${selection.serialNumbers}::text[])`;
    case "devices":
      return sql`s.id = any(${selection.deviceIds}::integer[])`;
    default:
      return selection satisfies never;
  }
}

function readRow(row: Row): TargetRow {
  const { hasPlan, planKey, planDueAt, desiredDigest, declarationsToken, offeredToken, ...rest } = row;
  const { clientCapabilities, syncRetryAt, ...facts } = rest;
  const declarations = { declarationsToken, offeredToken, clientCapabilities, syncRetryAt };
  const stored = { planKey, planDueAt, desiredDigest, ...declarations };
  return { ...facts, stored: hasPlan ? stored : null };
}

export type FinishedPlan = {
  readonly planKey: string;
  readonly blueprintId: number | null;
  readonly revision: string | null;
  readonly dueAt: Date | null;
  readonly desiredDigest: Buffer;
};

/** Writes down that a target was planned and nothing was left to do. */
export async function upsertTargetPlan(
  tx: Tx,
  { deviceId, deviceUserId }: TargetKey,
  { plan, at }: { readonly plan: FinishedPlan; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    insert into target_plans as p (device_id, device_user_id, plan_key, blueprint_id, revision, due_at, desired_digest,
                                   created_at, updated_at)
    values (${deviceId}, ${deviceUserId}, ${plan.planKey}, ${plan.blueprintId}, ${plan.revision}, ${plan.dueAt},
            ${plan.desiredDigest}, ${at}, ${at})
    on conflict on constraint target_plans_unique do update
      set plan_key = excluded.plan_key, blueprint_id = excluded.blueprint_id, revision = excluded.revision,
          due_at = excluded.due_at, desired_digest = excluded.desired_digest, updated_at = excluded.updated_at`);
}

/** What of a target's declarations changes; absent members stay. */
export type DeclarationsPatch = Partial<StoredDeclarations>;

/** Writes what a target was promised or can; the target is planned again. */
export async function patchTargetDeclarations(
  tx: Tx,
  { deviceId, deviceUserId }: TargetKey,
  { patch, at }: { readonly patch: DeclarationsPatch; readonly at: Date },
): Promise<void> {
  const { declarationsToken, offeredToken, syncRetryAt } = patch;
  const capabilities =
    patch.clientCapabilities === undefined ? undefined : JSON.stringify(patch.clientCapabilities);
  const changes = [
    sql`plan_key = null, updated_at = excluded.updated_at`,
    ...(declarationsToken === undefined ? [] : [sql`declarations_token = excluded.declarations_token`]),
    ...(offeredToken === undefined ? [] : [sql`offered_token = excluded.offered_token`]),
    ...(syncRetryAt === undefined ? [] : [sql`sync_retry_at = excluded.sync_retry_at`]),
    ...(capabilities === undefined ? [] : [sql`client_capabilities = excluded.client_capabilities`]),
  ];
  await tx.run(sql`
    insert into target_plans as p (device_id, device_user_id, declarations_token, offered_token, client_capabilities,
                                   sync_retry_at, created_at, updated_at)
    values (${deviceId}, ${deviceUserId}, ${declarationsToken ?? ""}, ${offeredToken ?? ""},
            ${capabilities ?? null}::jsonb, ${syncRetryAt ?? null}, ${at}, ${at})
    on conflict on constraint target_plans_unique do update set ${joinSql(changes, sql`, `)}`);
}

/** Has a target planned again at its next connect. */
export async function clearTargetPlan(tx: Tx, { deviceId, deviceUserId }: TargetKey): Promise<void> {
  await tx.run(sql`
    update target_plans set plan_key = null
     where device_id = ${deviceId} and device_user_id is not distinct from ${deviceUserId}
       and plan_key is not null`);
}

/** Has all channels of devices planned again at their next connects. */
export async function clearDevicePlans(tx: Tx, deviceIds: readonly number[]): Promise<void> {
  await tx.run(sql`
    update target_plans p set plan_key = null
      from (select id from target_plans where device_id = any(${deviceIds}::integer[]) and plan_key is not null
             order by id for update) o
     where p.id = o.id`);
}

/** A manifest that was promised to some target. */
export type StoredManifest = {
  readonly declarationsToken: string;
  readonly blueprintId: number;
  /** By identifier. */
  readonly items: Readonly<Record<string, SnapshotItem>>;
};

/** A manifest is noted as promised again after this long; what many promise at once writes its row once. */
export const advertisedIntervalSeconds = 3600;

/** Keeps a manifest that is promised now. */
export async function upsertManifest(tx: Tx, manifest: StoredManifest, at: Date): Promise<void> {
  await tx.run(sql`
    insert into declaration_manifests as m (declarations_token, blueprint_id, items, created_at, advertised_at)
    values (${manifest.declarationsToken}, ${manifest.blueprintId}, ${JSON.stringify(manifest.items)}::jsonb, ${at},
            ${at})
    on conflict (declarations_token) do update set advertised_at = excluded.advertised_at
      where m.advertised_at < excluded.advertised_at - make_interval(secs => ${advertisedIntervalSeconds})`);
}

/** What a manifest promised under an identifier; the first of the tokens that has it. */
export function findPromisedItem(
  reader: Reader,
  { tokens, identifier }: { readonly tokens: readonly string[]; readonly identifier: string },
): Promise<(SnapshotItem & { readonly blueprintId: number }) | null> {
  return reader.maybe(sql`
    select m.blueprint_id, m.items -> ${identifier}::text ->> 'section' as section,
           m.items -> ${identifier}::text ->> 'serverToken' as server_token,
           m.items -> ${identifier}::text ->> 'versionId' as version_id,
           m.items -> ${identifier}::text -> 'declaration' as declaration
      from unnest(${tokens}::text[]) with ordinality as w (token, place)
      join declaration_manifests m on m.declarations_token = w.token
     where m.items ? ${identifier}::text
     order by w.place limit 1`);
}

/** Deletes manifests that were promised to nobody lately and that no target holds. @returns How many. */
export function deleteForgottenManifests(
  tx: Tx,
  { advertisedBefore, limit }: { readonly advertisedBefore: Date; readonly limit: number },
): Promise<number> {
  return tx.run(sql`
    delete from declaration_manifests m
     where m.declarations_token in (
       select o.declarations_token from declaration_manifests o
        where o.advertised_at < ${advertisedBefore}
          and not exists (select from target_plans p where p.declarations_token = o.declarations_token)
          and not exists (select from target_plans p where p.offered_token = o.declarations_token)
        order by o.advertised_at limit ${limit})`);
}
