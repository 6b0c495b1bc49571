/** The metrics of the server: the reference's families by their names (console-ops 5.1), and ours. */
import { countCommands, countLiveCommands } from "#mdm/commands/command-count-store.ts";
import { ageBucketsDays, countDevices, type DeviceCount } from "#mdm/devices/device-count-store.ts";
import { countSessions } from "#mdm/enrollments/enrollment-count-store.ts";
import { countPushRequests, listPushCertificateEnds } from "#mdm/push/push-count-store.ts";
import type { PushCounter } from "#mdm/push/push-sender.ts";
import type { MeterDeps, ReconcileMeter } from "#mdm/reconcile/reconcile-meter.ts";
import type { Database } from "#platform/db/database.ts";
import type { EventBuffer } from "#platform/events/event-buffer.ts";
import type { ObserveRequest } from "#platform/http/http-server.ts";
import type { ObserveHandshake } from "#platform/http/tls-handshakes.ts";
import { countJobs } from "#platform/jobs/job-store.ts";
import { type AggregateFamily, createAggregates, type Sample } from "#platform/metrics/aggregates.ts";
import { createMetrics, type MetricsText } from "#platform/metrics/metrics.ts";
import { noStopwatch, type Stopwatch } from "#platform/metrics/stopwatch.ts";
import type { OperationSource } from "#platform/operation.ts";

/** How the reference writes a missing value. */
const missing = "_";

const yesOrNo = (value: boolean | null): string => (value === null ? missing : String(value));
const sample = (labels: Sample["labels"], value: number): Sample => ({ labels, value });

/** What the database is asked for, in rounds; none of these queries belongs to a request. */
export const aggregateFamilies: readonly AggregateFamily[] = [
  {
    name: "zentral_mdm_enrollment_sessions_total",
    help: "Enrollment sessions by type and status",
    labelNames: ["type", "status", "realm"],
    read: async (reader) =>
      (await countSessions(reader)).map(({ kind, status, count }) =>
        sample({ type: kind.toUpperCase(), status, realm: missing }, count),
      ),
  },
  {
    name: "zentral_mdm_commands_total",
    help: "Commands by channel, name and what the device said last",
    labelNames: ["channel", "name", "status", "artifact", "version"],
    read: async (reader) =>
      (await countCommands(reader)).map(({ channel, name, status, artifactVersion, count }) =>
        sample(
          {
            channel,
            name,
            status: status ?? missing,
            artifact: missing,
            version: artifactVersion ?? missing,
          },
          count,
        ),
      ),
  },
  {
    name: "zentral_mdm_devices",
    help: "Devices seen within so many days; +Inf counts all",
    labelNames: ["blueprint", "platform", "supervised", "blocked", "le"],
    read: async (reader, at) => (await countDevices(reader, at)).flatMap(deviceSamples),
  },
  {
    name: "pomona_commands_live",
    help: "Commands that wait for their device, by state",
    labelNames: ["state"],
    read: async (reader) =>
      (await countLiveCommands(reader)).map(({ state, count }) => sample({ state }, count)),
  },
  {
    name: "pomona_push_requests",
    help: "Pushes to be sent: due, or waiting for their time or for an attempt under way",
    labelNames: ["state"],
    read: async (reader, at) => states(await countPushRequests(reader, at)),
  },
  {
    name: "pomona_jobs",
    help: "Background jobs: due, waiting for their time, running, failed for good",
    labelNames: ["state"],
    read: async (reader, at) => states(await countJobs(reader, at)),
  },
  {
    name: "pomona_push_certificate_not_after_seconds",
    help: "End of each push certificate, seconds since 1970",
    labelNames: ["name"],
    read: async (reader) =>
      (await listPushCertificateEnds(reader)).map(({ name, notAfter }) =>
        sample({ name }, notAfter.getTime() / 1000),
      ),
  },
];

function states(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([state, count]) => sample({ state }, count));
}

function deviceSamples(row: DeviceCount): Sample[] {
  const labels = {
    blueprint: row.blueprintId === null ? missing : String(row.blueprintId),
    platform: row.platform,
    supervised: yesOrNo(row.supervised),
    blocked: yesOrNo(row.isBlocked),
  };
  const buckets = ageBucketsDays.map((days, index) =>
    sample({ ...labels, le: String(days) }, row.seenWithin[index] ?? 0),
  );
  return [...buckets, sample({ ...labels, le: "+Inf" }, row.count)];
}

/** What of the server is looked at. */
export type Measured = {
  readonly source: OperationSource;
  /** The database as the device path uses it: its statements are counted apart. */
  readonly deviceDatabase: Database;
  readonly eventBuffer: EventBuffer;
};

/** What the parts of the server report to. */
export type Meters = {
  readonly stopwatchOf: (door: "checkin" | "connect") => Stopwatch<string>;
  readonly observeRequest: ObserveRequest | null;
  readonly observeHandshake: ObserveHandshake | null;
  readonly countPush: PushCounter;
  readonly reconcile: MeterDeps;
  readonly render: () => Promise<MetricsText>;
};

/** Meters of a server that nobody scrapes: they cost nothing. */
export const noMeters: Meters = {
  stopwatchOf: () => noStopwatch,
  observeRequest: null,
  observeHandshake: null,
  countPush: () => undefined,
  reconcile: {},
  render: async () => ({ contentType: "text/plain", body: "" }),
};

/** Builds the meters of a server. */
export function createMeters(measured: Measured): Meters {
  const metrics = createMetrics();
  metrics.aggregates(createAggregates(measured.source, aggregateFamilies), aggregateFamilies);
  measureProcess(metrics, measured);
  const push = metrics.counter({
    name: "apns_notification_sent",
    help: "Notifications by target and what became of them: success, failure, no_client",
    labelNames: ["target", "status"],
  });
  const request = metrics.histogram({
    name: "pomona_http_request_seconds",
    help: "Requests from their first byte to the end of their answer",
    labelNames: ["route", "method", "status"],
  });
  const handshake = metrics.histogram({
    name: "pomona_tls_handshake_seconds",
    help: "TLS handshakes of an own https listener, with the peer's part and the network's",
  });
  const stopwatchOf = metrics.stopwatch<string>({
    name: "pomona_device_request_stage_seconds",
    help: "Time of device requests by stage: cms, parse, database, encode; without TLS and transport",
  });
  return {
    stopwatchOf,
    observeRequest: ({ route, method, status, seconds }) =>
      request({ route, method, status: String(status) }, seconds),
    observeHandshake: (seconds) => handshake({}, seconds),
    countPush: (target, status) => push({ target, status }),
    reconcile: { reconcileMeter: createReconcileMeter(metrics) },
    render: metrics.render,
  };
}

type Metrics = ReturnType<typeof createMetrics>;

function createReconcileMeter(metrics: Metrics): ReconcileMeter {
  const plan = metrics.counter({
    name: "pomona_plans_total",
    help: "Plans made when a device or user connected: it was not known to have all it should have",
  });
  const step = metrics.counter({
    name: "pomona_plan_steps_total",
    help: "Commands that plans made: synchronisation, installation, removal",
    labelNames: ["kind"],
  });
  const wave = metrics.counter({
    name: "pomona_wave_devices_total",
    help: "Devices that changes were compared for: examined, and of these woken",
    labelNames: ["outcome"],
  });
  const manifest = metrics.counter({
    name: "pomona_manifests_total",
    help: "Manifests of declarations that were asked for: known (hit), or made anew (miss)",
    labelNames: ["cache"],
  });
  const request = metrics.counter({
    name: "pomona_declarative_requests_total",
    help: "Requests of declarative management by endpoint",
    labelNames: ["endpoint"],
  });
  return {
    countPlan: () => plan({}),
    countStep: (kind) => step({ kind }),
    countWave: ({ examined, woken }) => {
      wave({ outcome: "examined" }, examined);
      wave({ outcome: "woken" }, woken);
    },
    countManifest: (isKnown) => manifest({ cache: isKnown ? "hit" : "miss" }),
    countDeclarativeRequest: (endpoint) => request({ endpoint }),
  };
}

function measureProcess(metrics: Metrics, { source, deviceDatabase, eventBuffer }: Measured): void {
  const { pool } = source.database;
  metrics.total({
    name: "pomona_device_statements_total",
    help: "SQL statements of device requests, without BEGIN and COMMIT",
    read: deviceDatabase.statementCount,
  });
  metrics.total({
    name: "pomona_statements_total",
    help: "SQL statements of the whole server, without BEGIN and COMMIT",
    read: source.database.statementCount,
  });
  metrics.total({
    name: "pomona_events_dropped_total",
    help: "Buffered events given up because the database could not take them",
    read: eventBuffer.droppedCount,
  });
  metrics.gauge({
    name: "pomona_events_waiting",
    help: "Buffered events not written yet",
    read: () => [sample({}, eventBuffer.waitingCount())],
  });
  metrics.gauge({
    name: "pomona_database_connections",
    help: "Connections of the pool, and callers that wait for one",
    labelNames: ["state"],
    read: () =>
      states({
        busy: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: pool.waitingCount,
      }),
  });
}
