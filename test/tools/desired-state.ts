/** Blueprints and artifacts as rows, for tests of what is made of them. */
import { randomUUID } from "node:crypto";
import type { ArtifactType } from "#mdm/artifacts/artifact.ts";
import type { Channel } from "#mdm/devices/device.ts";
import type { Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";

const at = new Date("2026-01-01T00:00:00Z");

/** A blueprint with the defaults of the API. */
export async function insertBlueprint(tx: Tx, name = `Blueprint ${randomUUID()}`): Promise<number> {
  const { id } = await tx.one<{ id: number }>(sql`
    insert into blueprints (name, inventory_interval, collect_apps, collect_certificates, collect_profiles,
                            legacy_profiles_via_ddm, created_at, updated_at)
    values (${name}, 86400, 0, 0, 0, true, ${at}, ${at}) returning id`);
  return id;
}

export type ArtifactSketch = {
  readonly name?: string;
  readonly type?: ArtifactType;
  readonly channel?: Channel;
  readonly requires?: readonly string[];
  readonly versions?: number;
  /** The payload of declarations. */
  readonly payload?: Readonly<Record<string, unknown>>;
};

export type InsertedArtifact = { readonly id: string; readonly versionIds: readonly string[] };

const everywhere: Sql = sql`
  true, '', '', true, '', '', true, '', '', true, '', '', 100, 100, ${at}::timestamptz, ${at}::timestamptz`;
const scopeColumns: Sql = sql`
  ios, ios_min_version, ios_max_version, ipados, ipados_min_version, ipados_max_version, macos, macos_min_version,
  macos_max_version, tvos, tvos_min_version, tvos_max_version, shard_modulo, default_shard, created_at, updated_at`;

/** An artifact for everybody, by default a configuration with one version. Version ids are in ascending order. */
export async function insertArtifact(tx: Tx, sketch: ArtifactSketch = {}): Promise<InsertedArtifact> {
  const { type = "Configuration", channel = "Device", requires = [], versions = 1, payload = {} } = sketch;
  const id = randomUUID();
  await tx.run(sql`
    insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                           reinstall_interval, reinstall_on_os_update, created_at, updated_at)
    values (${id}, ${sketch.name ?? `Artifact ${id}`}, ${type}, ${channel}, '{iOS,iPadOS,macOS,tvOS}', false, true, 0,
            'No', ${at}, ${at})`);
  for (const required of requires) {
    await tx.run(sql`insert into artifact_requires (artifact_id, requires_id) values (${id}, ${required})`);
  }
  const versionIds: string[] = [];
  for (let version = 1; version <= versions; version++) {
    versionIds.push(await insertVersion(tx, { artifactId: id, version, type, payload }));
  }
  return { id, versionIds };
}

/** A version for everybody, with its payload where the type has one that is not sealed. */
export async function insertVersion(
  tx: Tx,
  wanted: {
    readonly artifactId: string;
    readonly version: number;
    readonly type?: ArtifactType;
    readonly payload?: Readonly<Record<string, unknown>>;
  },
): Promise<string> {
  const { artifactId, version, type = "Configuration", payload = {} } = wanted;
  const id = randomUUID();
  await tx.run(sql`
    insert into artifact_versions (id, artifact_id, version, ${scopeColumns})
    values (${id}, ${artifactId}, ${version}, ${everywhere})`);
  if (type === "Configuration") {
    await tx.run(sql`
      insert into declarations (artifact_version_id, type, identifier, server_token, payload)
      values (${id}, 'com.apple.configuration.passcode.settings', ${artifactId}, ${id},
              ${JSON.stringify(payload)}::jsonb)`);
  }
  if (type === "Enterprise App") await insertEnterpriseApp(tx, id);
  if (type === "Provisioning Profile") {
    await tx.run(sql`
      insert into provisioning_profiles (artifact_version_id, source, name, uuid)
      values (${id}, ${Buffer.from("profile")}, 'Profile', ${randomUUID()})`);
  }
  return id;
}

/** What {@link insertArtifact} puts into an enterprise app. */
export const packagedApplication = { identifier: "com.example.app", shortVersion: "1.2" };

async function insertEnterpriseApp(tx: Tx, versionId: string): Promise<void> {
  const sha256 = "ab".repeat(32);
  await tx.run(sql`
    insert into stored_files (sha256, size, filename, brought_at) values (${sha256}, 3, 'app.pkg', ${at})
    on conflict do nothing`);
  const { identifier: id, shortVersion } = packagedApplication;
  const bundles = [{ id, version: "42", version_str: shortVersion }];
  const asset = { kind: "software-package", url: "", "sha256-size": 3, sha256s: [sha256] };
  const metadata = {
    kind: "software",
    title: "App",
    "bundle-identifier": id,
    "bundle-version": shortVersion,
  };
  const manifest = { items: [{ assets: [asset], metadata }] };
  await tx.run(sql`
    insert into enterprise_apps (artifact_version_id, package_uri, package_sha256, package_size, filename, product_id,
                                 product_version, bundles, manifest, ios_app, install_as_managed, remove_on_unenroll)
    values (${versionId}, 'pomona://files/app', ${sha256}, 3, 'app.pkg', ${id}, ${shortVersion},
            ${JSON.stringify(bundles)}::jsonb, ${JSON.stringify(manifest)}::jsonb, false, false, false)`);
}

/** A reference of a version's declaration. */
export async function insertReference(tx: Tx, versionId: string, artifactId: string): Promise<void> {
  await tx.run(sql`
    insert into declaration_refs (declaration_id, key, artifact_id)
    values (${versionId}, ${["Reference", artifactId]}, ${artifactId})`);
}

/** Links an artifact to a blueprint, for everybody. */
export async function linkArtifact(tx: Tx, blueprintId: number, artifactId: string): Promise<number> {
  const { id } = await tx.one<{ id: number }>(sql`
    insert into blueprint_artifacts (blueprint_id, artifact_id, ${scopeColumns})
    values (${blueprintId}, ${artifactId}, ${everywhere}) returning id`);
  return id;
}

/** Gives devices a blueprint as an operator's choice would; null takes it away. */
export async function assignBlueprint(
  tx: Tx,
  blueprintId: number | null,
  udids: readonly string[],
): Promise<void> {
  await tx.run(sql`update devices set blueprint_id = ${blueprintId} where udid = any(${udids}::text[])`);
}
