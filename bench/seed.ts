/**
 * Fills a database with enrolled devices and their history by SQL: enrolling 100,000 devices in earnest would take
 * hours. Columns are named one by one; what a column added later defaults to is what a seeded row has.
 */
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import type { Fleet } from "./plan.ts";

/** What the rows of the fleet belong to, made through the API before. */
export type Owner = {
  readonly otaEnrollmentId: number;
  readonly pushCertificateId: number;
  readonly metaBusinessUnitId: number;
};

/** A device of the fleet whose certificate will be pinned. */
export type SeededDevice = { readonly id: number; readonly udid: string; readonly serialNumber: string };

/** A certificate to pin; the device of the session secret shows it. */
export type Pin = {
  readonly deviceId: number;
  readonly fingerprint: Buffer;
  readonly notAfter: Date;
  readonly sessionSecret: string;
};

/** A command that waits for its answer. */
export type SentCommand = { readonly uuid: string; readonly deviceId: number };

/** Ids begin here, so that rows made by the server itself are told apart. */
const firstId = 1_000_000;
/** Rows of the history in one statement. */
const historyRowsPerStatement = 1_000_000;
/** From so many rows on, indexes are made afterwards: row by row they would take most of the time. */
const indexLaterRows = 200_000;
/** The history reaches so far back. */
const historyDays = 75;

const daysAgo = (at: Date, days: number): Date => new Date(at.getTime() - days * 86_400_000);

export type SeedOptions = {
  readonly owner: Owner;
  /** From so many rows of history on, its indexes are made afterwards. */
  readonly indexesLaterFrom?: number;
};

/** Enrolls a fleet. The certificates pinned are random until {@link pinCertificates} says otherwise. */
export async function seedFleet(
  client: pg.Client,
  fleet: Fleet,
  { owner, indexesLaterFrom = indexLaterRows }: SeedOptions,
): Promise<void> {
  const at = new Date();
  // Nothing here is worth waiting for the disk; the server's own connections are as durable as ever.
  await client.query("set synchronous_commit = off");
  await client.query("set maintenance_work_mem = '512MB'");
  await insertDevices(client, fleet, { owner, at });
  await makePartitions(client, at);
  const isIndexedLater = fleet.devices * fleet.historicCommands >= indexesLaterFrom;
  await insertHistory(client, fleet, { at, isIndexedLater });
  await client.query("vacuum analyze");
  await client.query("checkpoint");
}

async function insertDevices(
  client: pg.Client,
  { devices }: Fleet,
  { owner, at }: { readonly owner: Owner; readonly at: Date },
): Promise<void> {
  const numbers = "generate_series(1, $1::integer) n";
  const enrolledAt = daysAgo(at, historyDays + 5);
  await client.query(
    `insert into enrollment_secrets (id, purpose, secret_hash, secret_sealed, meta_business_unit_id, quota,
                                     request_count, created_at)
     overriding system value
     select ${firstId} + n, 'ota_enrollment_session', sha256(('bench secret ' || n)::bytea), '\\x00', $2, 1, 1, $3
       from ${numbers}`,
    [devices, owner.metaBusinessUnitId, enrolledAt],
  );
  // One statement: session and device refer to each other, and are looked at when it ends.
  await client.query(
    `with sessions as (
       insert into enrollment_sessions (id, kind, status, ota_enrollment_id, enrollment_secret_id, device_id,
                                        created_at, updated_at)
       overriding system value
       select ${firstId} + n, 'ota', 'COMPLETED', $2, ${firstId} + n, ${firstId} + n, $4::timestamptz, $4
         from ${numbers}
     )
     insert into devices (id, udid, serial_number, name, model, platform, os_version, build_version, session_id,
                          push_certificate_id, supervised, authenticated_at, token, push_magic, cert_fingerprint,
                          cert_not_valid_after, device_information, device_information_updated_at, security_info,
                          security_info_updated_at, applications_updated_at, profiles_updated_at,
                          certificates_updated_at, created_at, updated_at)
     overriding system value
     select ${firstId} + n, upper(md5('bench device ' || n)::uuid::text), 'BENCH' || lpad(n::text, 7, '0'),
            'iPhone ' || n, 'iPhone', 'iOS', '26.1', '23B85', ${firstId} + n, $3::integer, false, $4,
            sha256(('bench token ' || n)::bytea), md5('bench magic ' || n)::uuid::text,
            sha256(('bench certificate ' || n)::bytea), $5::timestamptz, '{}', $6::timestamptz, '{}',
            $6, $6, $6, $6, $4, $4
       from ${numbers}`,
    // Reported and seen just now: nothing is due, and the sweep for silent devices leaves them alone.
    [devices, owner.otaEnrollmentId, owner.pushCertificateId, enrolledAt, daysAgo(at, -300), at],
  );
  await client.query(
    `insert into device_identities (fingerprint, device_id, enrollment_session_id, state, not_after, pinned_at)
     select cert_fingerprint, id, session_id, 'pinned', cert_not_valid_after, $1 from devices where id > ${firstId}`,
    [enrolledAt],
  );
  await client.query(
    `insert into device_activity (device_id, last_ip, last_seen_at)
     select id, '192.0.2.1', $1 from devices where id > ${firstId}`,
    [at],
  );
  for (const table of ["enrollment_secrets", "enrollment_sessions", "devices"]) {
    await client.query(
      `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`,
    );
  }
}

/** PostgreSQL's code for a partition that overlaps another one. */
const overlapCode = "42P17";

/** A server makes partitions for what is to come; a history needs those of the past. Without partitions, nothing. */
async function makePartitions(client: pg.Client, at: Date): Promise<void> {
  const { rows } = await client.query(
    "select from pg_partitioned_table where partrelid = 'command_history'::regclass",
  );
  if (rows.length === 0) return;
  const month = daysAgo(at, historyDays + 1);
  month.setUTCDate(1);
  while (month <= at) {
    const first = month.toISOString().slice(0, 10);
    month.setUTCMonth(month.getUTCMonth() + 1);
    const end = month.toISOString().slice(0, 10);
    const name = `command_history_bench_${first.replaceAll("-", "")}`;
    try {
      await client.query(
        `create table ${name} partition of command_history for values from ('${first}') to ('${end}')`,
      );
    } catch (error) {
      // The server has made the one of this month.
      if (!(error instanceof pg.DatabaseError) || error.code !== overlapCode) throw error;
    }
  }
}

/** In the order of time, devices taking turns, as a history grows. */
async function insertHistory(
  client: pg.Client,
  { devices, historicCommands }: Fleet,
  { at, isIndexedLater }: { readonly at: Date; readonly isIndexedLater: boolean },
): Promise<void> {
  if (historicCommands === 0) return;
  const later = isIndexedLater ? await takeIndexes(client) : [];
  const step = Math.max(1, Math.floor(historyRowsPerStatement / devices));
  for (let first = 1; first <= historicCommands; first += step) {
    const last = Math.min(historicCommands, first + step - 1);
    await client.query(
      `insert into command_history (uuid, device_id, name, request_type, sent_at, delivery_count, status, result_time,
                                    created_at, updated_at)
       select gen_random_uuid(), ${firstId} + n, 'InstallProfile', 'InstallProfile', t, 1, 'Acknowledged',
              t + interval '2 seconds', t, t + interval '2 seconds'
         from generate_series($2::integer, $3::integer) h
        cross join lateral (select $4::timestamptz + make_interval(secs => $5::double precision * h) as t) times
        cross join generate_series(1, $1::integer) n`,
      [devices, first, last, daysAgo(at, historyDays), ((historyDays - 1) * 86_400) / historicCommands],
    );
  }
  for (const statement of later) await client.query(statement);
}

/** Drops the keys, references and indexes of the history: row by row they would take most of the time. @returns the statements that make them again. */
async function takeIndexes(client: pg.Client): Promise<string[]> {
  const { rows: constraints } = await client.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'command_history'::regclass and contype in ('p', 'u', 'f') and conparentid = 0`,
  );
  for (const { name } of constraints)
    await client.query(`alter table command_history drop constraint ${name}`);
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid = 'command_history'::regclass`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  return [
    ...constraints.map(
      ({ name, definition }) => `alter table command_history add constraint ${name} ${definition}`,
    ),
    // Of a partitioned table: on every partition.
    ...indexes.map(({ definition }) => definition.replace(" ON ONLY ", " ON ")),
  ];
}

/** Devices at even distances through the whole fleet. */
export async function listSpreadDevices(
  client: pg.Client,
  fleet: Fleet,
  count: number,
): Promise<SeededDevice[]> {
  const wanted = Math.min(count, fleet.devices);
  const ids = Array.from(
    { length: wanted },
    (_, index) => firstId + 1 + Math.floor((index * fleet.devices) / wanted),
  );
  const { rows } = await client.query<{ id: number; udid: string; serial_number: string }>(
    "select id, udid, serial_number from devices where id = any($1) order by id",
    [ids],
  );
  return rows.map(({ id, udid, serial_number: serialNumber }) => ({ id, udid, serialNumber }));
}

/** Puts real certificates in the place of random ones. */
export async function pinCertificates(client: pg.Client, pins: readonly Pin[]): Promise<void> {
  const columns = [
    pins.map(({ deviceId }) => deviceId),
    pins.map(({ fingerprint }) => fingerprint),
    pins.map(({ notAfter }) => notAfter),
    pins.map(({ sessionSecret }) => createHash("sha256").update(sessionSecret).digest()),
  ];
  const given = `unnest($1::integer[], $2::bytea[], $3::timestamptz[], $4::bytea[])
                 as p(device_id, fingerprint, not_after, secret_hash)`;
  await client.query(
    `with identities as (
       update device_identities i set fingerprint = p.fingerprint, not_after = p.not_after
         from ${given} where i.device_id = p.device_id
     ), secrets as (
       update enrollment_secrets s set secret_hash = p.secret_hash from ${given} where s.id = p.device_id
     )
     update devices d set cert_fingerprint = p.fingerprint, cert_not_valid_after = p.not_after
       from ${given} where d.id = p.device_id`,
    columns,
  );
}

/** Queues commands that were handed out a minute ago, `count` of them in turn over the devices. */
export async function seedSentCommands(
  client: pg.Client,
  devices: readonly SeededDevice[],
  count: number,
): Promise<SentCommand[]> {
  const commands = Array.from({ length: count }, (_, index) => ({
    uuid: uuidOf(randomBytes(16)),
    // The list is not empty: a fleet has one device at least.
    deviceId: (devices[index % devices.length] as SeededDevice).id,
  }));
  await client.query(
    `insert into commands (uuid, device_id, name, request_type, arguments, state, priority, sent_at, delivery_count,
                           created_at, updated_at)
     select uuid, device_id, 'DeviceInformation', 'DeviceInformation', '{}', 'sent', 10, $3::timestamptz, 1, $3, $3
       from unnest($1::uuid[], $2::integer[]) as c(uuid, device_id)`,
    [
      commands.map(({ uuid }) => uuid),
      commands.map(({ deviceId }) => deviceId),
      new Date(Date.now() - 60_000),
    ],
  );
  return commands;
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}

/** What is really in the tables, for the report. */
export type TableFacts = {
  readonly devices: number;
  readonly historicCommands: number;
  readonly historyBytes: number;
  readonly databaseBytes: number;
};

/** Counts what was seeded. */
export async function countTables(client: pg.Client): Promise<TableFacts> {
  const { rows } = await client.query<Record<"devices" | "commands" | "history" | "bytes", string>>(
    `select (select count(*) from devices) as devices, (select count(*) from command_history) as commands,
            coalesce((select sum(pg_total_relation_size(relid)) from pg_partition_tree('command_history')),
                     pg_total_relation_size('command_history')) as history,
            pg_database_size(current_database()) as bytes`,
  );
  const [row] = rows;
  return {
    devices: Number(row?.devices),
    historicCommands: Number(row?.commands),
    historyBytes: Number(row?.history ?? 0),
    databaseBytes: Number(row?.bytes),
  };
}
