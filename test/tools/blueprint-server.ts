/** The endpoints of blueprints over HTTP for a test file, with the desired-state changes they told of. */
import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "vitest";
import { blueprintEndpoints } from "#mdm/blueprints/blueprint-api.ts";
import { blueprintArtifactEndpoints } from "#mdm/blueprints/blueprint-artifact-api.ts";
import { blueprintChangeEndpoints } from "#mdm/blueprints/blueprint-change-api.ts";
import { deviceBlueprintEndpoints } from "#mdm/blueprints/device-blueprint-api.ts";
import { filevaultConfigEndpoints } from "#mdm/blueprints/filevault-config-api.ts";
import { recoveryPasswordConfigEndpoints } from "#mdm/blueprints/recovery-password-config-api.ts";
import { softwareUpdateEnforcementEndpoints } from "#mdm/blueprints/software-update-enforcement-api.ts";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type ApiServer, useApiServer } from "./api-server.ts";
import type { TestDatabase } from "./test-database.ts";

export type Json = Readonly<Record<string, unknown>> & { readonly id: number };

export type BlueprintServer = ApiServer & {
  readonly create: (list: string, body: Readonly<Record<string, unknown>>) => Promise<Json>;
  /** The audit events of an object, oldest first. */
  readonly auditsOf: (objectKey: string, pk: number) => Promise<readonly Json[]>;
  /** What was told since the last call. */
  readonly takeChanges: () => readonly DesiredStateChange[];
  readonly newTag: (name: string) => Promise<number>;
  readonly newArtifact: (type?: string, platforms?: readonly string[]) => Promise<string>;
};

/** Starts the server before the tests of a file and closes it after them. */
export function useBlueprintServer(database: TestDatabase): BlueprintServer {
  const changes: DesiredStateChange[] = [];
  const deps = {
    sealer: createSealer(new Secret(randomBytes(32))),
    noteDesiredStateChange: async (_: unknown, change: DesiredStateChange) => void changes.push(change),
  };
  const server = useApiServer(database, () => [
    ...bindEndpoints(deps, blueprintEndpoints),
    ...bindEndpoints(deps, blueprintChangeEndpoints),
    ...bindEndpoints(deps, deviceBlueprintEndpoints),
    ...bindEndpoints(deps, blueprintArtifactEndpoints),
    ...bindEndpoints(deps, filevaultConfigEndpoints),
    ...bindEndpoints(deps, recoveryPasswordConfigEndpoints),
    ...bindEndpoints(deps, softwareUpdateEnforcementEndpoints),
  ]);
  return {
    ...server,
    create: async (list, body) => {
      const answer = await server.call("POST", `/api/mdm/${list}/`, { body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body as Json;
    },
    auditsOf: async (objectKey, pk) => {
      const rows = await database.database.many<{ payload: Json }>(sql`
        select payload from events
         where type = 'zentral_audit' and objects -> ${objectKey}::text ? ${String(pk)}::text order by sequence`);
      return rows.map(({ payload }) => payload);
    },
    takeChanges: () => changes.splice(0),
    newTag: (name) => insertTag(database, name),
    newArtifact: (type = "Profile", platforms = ["macOS"]) => insertArtifact(database, type, platforms),
  };
}

async function insertTag({ database }: TestDatabase, name: string): Promise<number> {
  const { id } = await database.one<{ id: number }>(sql`
    insert into tags (name, slug, color) values (${name}, ${name}, '0079bf') returning id`);
  return id;
}

async function insertArtifact(
  database: TestDatabase,
  type: string,
  platforms: readonly string[],
): Promise<string> {
  const id = randomUUID();
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`artifact ${id}`}, ${type}, 'Device', ${platforms}, false, true, 0, 'No', ${op.at}, ${op.at})`),
  );
  return id;
}
