/** Watches a server refuse: the answer, the one event and the line in the log, and that no row changed. */
import { pino } from "pino";
import { type Database } from "#platform/db/database.ts";
import { identifier, joinSql, sql } from "#platform/db/sql.ts";
import type { Logger } from "#platform/log.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import type { TestApp } from "./test-app.ts";

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A logger whose lines can be read. */
export function createReadableLog(): { readonly log: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as LogLine);
  return { log: pino({ level: "info", base: null }, { write }), lines };
}

export type Refused = {
  readonly status: number;
  /** Of the event, without its `status`. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly serialNumber: string | null;
  /** The code in the log. */
  readonly code: unknown;
};

/** What is expected of every refusal, told by what is there. */
export type RefusalWatch = {
  /**
   * Sends one hostile request.
   *
   * @throws {Error} When it leaves anything but one event of the type with `status` `failure` and one line in
   *   the log, changes a row, or costs more than {@link refusalCpuSecondsMax}.
   */
  readonly watch: (eventType: string, send: () => Promise<WireAnswer>) => Promise<Refused>;
};

/** Work of this process, which is the server too; time would measure the machine. What is bounded takes a tenth of it. */
const refusalCpuSecondsMax = 5;

/** Rows of these tables say that something was asked, not that it was done; and the clock's jobs note their runs. */
const tablesOfRecords = ["events", "device_activity", "schedules"];

export function createRefusalWatch(app: TestApp["app"], lines: readonly LogLine[]): RefusalWatch {
  const { database } = app.foundation;
  return {
    watch: async (eventType, send) => {
      await app.drainPushes();
      await app.flush();
      const before = await digestRows(database);
      const { sequence } = await database.one<{ sequence: string }>(
        sql`select coalesce(max(sequence), 0) as sequence from events`,
      );
      const linesBefore = lines.length;
      const begun = process.cpuUsage();
      const { status } = await send();
      const { user, system } = process.cpuUsage(begun);
      const cpuSeconds = (user + system) / 1_000_000;
      if (cpuSeconds > refusalCpuSecondsMax)
        throw new Error(`The refusal cost ${cpuSeconds} s of the processor`);
      await app.flush();
      const events = await database.many<EventRow>(sql`
        select payload, serial_number from events where sequence > ${sequence} and type = ${eventType}`);
      const told = lines.slice(linesBefore).filter(({ requestId }) => requestId !== undefined);
      const after = await digestRows(database);
      const changed = [...after].filter(([table, digest]) => before.get(table) !== digest);
      if (changed.length > 0)
        throw new Error(`Rows changed in ${changed.map(([table]) => table).join(", ")}`);
      return { status, ...soleEvent(events), code: codeOf(told) };
    },
  };
}

type EventRow = {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly serialNumber: string | null;
};

function soleEvent(events: readonly EventRow[]): EventRow {
  const [event] = events;
  if (event === undefined || events.length !== 1) throw new Error(`${events.length} events were recorded`);
  const { status, ...payload } = event.payload;
  if (status !== "failure") throw new Error(`The event says "${String(status)}"`);
  return { payload, serialNumber: event.serialNumber };
}

/** Doors name the reason in `reason`, the OTA door in `code`, beside its text. */
function codeOf(lines: readonly LogLine[]): unknown {
  const refusals = lines.filter(({ msg }) => String(msg).endsWith("refused"));
  const [line] = refusals;
  if (line === undefined || refusals.length !== 1 || lines.some(({ level }) => Number(level) >= 50)) {
    throw new Error(`The log says ${JSON.stringify(lines)}`);
  }
  return line["code"] ?? line["reason"];
}

/** A digest of all rows of each table, but those that only say what was asked. */
export async function digestRows(database: Database): Promise<ReadonlyMap<string, string>> {
  const tables = await database.many<{ name: string }>(sql`
    select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> all(${tablesOfRecords})`);
  const each = tables.map(
    ({ name }) => sql`
      select ${name}::text as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest
        from ${identifier(name)} t`,
  );
  const rows = await database.many<{ name: string; digest: string }>(joinSql(each, sql` union all `));
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}
