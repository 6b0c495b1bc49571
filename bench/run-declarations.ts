/** Measures declarative management: devices of one blueprint with so many artifacts, asked and reported in both modes. */
import type pg from "pg";
import { createTransport } from "#sandbox/devices/transport.ts";
import { type ApiClient, createApiClient, numberOf } from "#sandbox/simulate/api-client.ts";
import { everyPlatform, makeArtifact } from "#sandbox/simulate/artifact-maker.ts";
import { exampleDeclaration, exampleProfile } from "#sandbox/simulate/example-payloads.ts";
import { forEachAtOnce } from "#sandbox/simulate/wait.ts";
import { declarativeWorkloads, type Mode } from "./plan.ts";
import {
  type FleetOptions,
  type FleetResult,
  inSeededWorld,
  measure,
  printRow,
  type Row,
  rowOf,
  type Seeded,
  startMode,
  withServer,
  type World,
} from "./run-fleet.ts";

/** Every fifth artifact is a profile, which is delivered as a declaration too. */
const artifactsPerProfile = 5;
/** So many artifacts are for every other device only: devices then share a handful of manifests. */
const shardedArtifacts = 2;
const requestsAtOnce = 8;

/** Runs the whole of a blueprint with `artifacts` artifacts. */
export function runDeclarations(options: FleetOptions, artifacts: number): Promise<FleetResult> {
  return inSeededWorld(options, async (world, seeded) => {
    world.print(`Making a blueprint with ${artifacts} artifacts`);
    const blueprintId = await makeBlueprint(world, seeded, artifacts);
    await assignBlueprint(
      world.client,
      blueprintId,
      seeded.participants.slice(0, world.load.declarativeParticipants),
    );
    const rows: Row[] = [];
    for (const mode of options.modes) rows.push(...(await runMode(world, { ...seeded, mode, artifacts })));
    return rows;
  });
}

/** Before the server starts that will be measured: what a change sets off is over by then. */
async function makeBlueprint(world: World, { token }: Seeded, artifacts: number): Promise<number> {
  const server = await startMode(world, "proxy");
  const transport = createTransport();
  try {
    const api = createApiClient(server.baseUrl, token, transport);
    const blueprintId = numberOf(await api.create("/api/mdm/blueprints/", { name: "Bench" }), "id");
    const numbers = Array.from({ length: artifacts }, (_, number) => number);
    await forEachAtOnce(numbers, requestsAtOnce, (number) => makeArtifactOf(api, blueprintId, number));
    return blueprintId;
  } finally {
    transport.close();
    await server.stop();
  }
}

async function makeArtifactOf(api: ApiClient, blueprintId: number, number: number): Promise<void> {
  const isProfile = number % artifactsPerProfile === artifactsPerProfile - 1;
  const shard = number < shardedArtifacts ? { shard_modulo: 100, default_shard: 50 } : {};
  const common = {
    name: `Bench ${number}`,
    scope: { ...everyPlatform, ...shard },
    blueprints: [blueprintId],
  };
  const source = exampleProfile(number).toString("base64");
  await makeArtifact(
    api,
    isProfile
      ? { ...common, type: "Profile", versions: "profiles", payload: { source } }
      : {
          ...common,
          type: "Configuration",
          versions: "declarations",
          payload: { source: exampleDeclaration(number) },
        },
  );
}

/** As rows: through the API every device of them would be woken, in the middle of what is measured. */
async function assignBlueprint(
  client: pg.Client,
  blueprintId: number,
  devices: readonly { readonly id: number }[],
): Promise<void> {
  const ids = devices.map(({ id }) => id);
  await client.query("update devices set blueprint_id = $1 where id = any($2::integer[])", [
    blueprintId,
    ids,
  ]);
  await client.query("vacuum analyze");
}

type DeclarativeMode = Seeded & { readonly mode: Mode; readonly artifacts: number };

async function runMode(world: World, options: DeclarativeMode): Promise<Row[]> {
  const { tables, mode, artifacts } = options;
  const { connections, declarativeSeconds: seconds, declarativeParticipants, idleSeconds } = world.load;
  const participants = options.participants.slice(0, declarativeParticipants);
  return withServer(world, { mode, participants }, async ({ server, load }) => {
    const converged = await load.run({ kind: "converge", connections }, async () => undefined);
    const [failure] = Object.keys(converged.failures);
    if (failure !== undefined) throw new Error(`Devices do not converge: ${failure}`);
    world.print(`${mode}: ${converged.requests} devices have converged in ${converged.seconds.toFixed(1)} s`);
    // PostgreSQL does this by itself within a minute; until then its plans are those of empty tables.
    await world.client.query("vacuum analyze");
    const rows: Row[] = [];
    for (const workload of ["idle", ...declarativeWorkloads] as const) {
      const job =
        workload === "idle"
          ? ({ kind: workload, connections, seconds: idleSeconds / 2, keepsConnections: true } as const)
          : ({ kind: workload, connections, seconds } as const);
      const measured = await measure(world, { server, load, job });
      const subject = { tables, mode, workload, historyEach: 0, artifacts };
      rows.push(rowOf(subject, measured));
      printRow(world, subject, measured);
    }
    return rows;
  });
}
