/** Artifact versions with payloads, as rows: for tests of what is delivered, whatever the API takes. */
import { createHash, randomUUID } from "node:crypto";
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import { sql } from "#platform/db/sql.ts";
import type { Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import type { FileStorage } from "#platform/storage/file-storage.ts";

export type Version = { readonly artifactId: ArtifactId; readonly versionId: ArtifactVersionId };

/** The first version of an artifact of its own, for every Mac. */
export async function insertVersion(op: Operation, type: ArtifactType): Promise<Version> {
  const artifactId = asUuid<"Artifact">(randomUUID());
  const versionId = asUuid<"ArtifactVersion">(randomUUID());
  await op.tx.run(sql`
    insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                           reinstall_interval, reinstall_on_os_update, created_at, updated_at)
    values (${artifactId}, ${`artifact ${artifactId}`}, ${type}, 'Device', '{macOS}', false, true, 0, 'No',
            ${op.at}, ${op.at})`);
  await op.tx.run(sql`
    insert into artifact_versions (id, artifact_id, version, ios, ios_min_version, ios_max_version, ipados,
                                   ipados_min_version, ipados_max_version, macos, macos_min_version, macos_max_version,
                                   tvos, tvos_min_version, tvos_max_version, shard_modulo, default_shard,
                                   created_at, updated_at)
    values (${versionId}, ${artifactId}, 1, false, '', '', false, '', '', true, '', '', false, '', '', 100, 100,
            ${op.at}, ${op.at})`);
  return { artifactId, versionId };
}

export async function insertProfile(op: Operation, sealer: Sealer, source: Buffer): Promise<Version> {
  const version = await insertVersion(op, "Profile");
  const context = { table: "profiles", column: "source_sealed", row: version.versionId };
  await op.tx.run(sql`
    insert into profiles (artifact_version_id, source_sealed, source_sha1, filename, payload_identifier, payload_uuid,
                          payload_display_name, payload_description)
    values (${version.versionId}, ${sealer.seal(new Secret(source), context)}, '', '', 'a', 'b', '', '')`);
  return version;
}

export type CertAsset = {
  readonly acmeIssuerId?: string;
  readonly scepIssuerId?: string;
  readonly subject?: readonly { readonly type: string; readonly value: string }[];
  readonly subjectAltName?: Readonly<Record<string, string | null>>;
};

export async function insertCertAsset(op: Operation, asset: CertAsset): Promise<Version> {
  const version = await insertVersion(op, "Certificate Asset");
  const { acmeIssuerId = null, scepIssuerId = null, subject = [], subjectAltName = {} } = asset;
  await op.tx.run(sql`
    insert into cert_assets (artifact_version_id, acme_issuer_id, scep_issuer_id, subject, subject_alt_name, accessible)
    values (${version.versionId}, ${acmeIssuerId}, ${scepIssuerId}, ${JSON.stringify(subject)}::jsonb,
            ${JSON.stringify(subjectAltName)}::jsonb, 'AfterFirstUnlock')`);
  return version;
}

/** A file that nobody stored, as a row: what its digest would be. */
export async function insertStoredFile(op: Operation, content: string, filename: string): Promise<string> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  await op.tx.run(sql`
    insert into stored_files values (${sha256}, ${content.length}, ${filename}, ${op.at}) on conflict do nothing`);
  return sha256;
}

/** Puts the bytes of such a file into the storage. */
export async function storeContent(storage: FileStorage, content: string): Promise<void> {
  await storage.keep(await storage.receive([Buffer.from(content)], { bytesMax: 1_000_000 }));
}

export async function insertDataAsset(op: Operation, content: string, filename: string): Promise<Version> {
  const version = await insertVersion(op, "Data Asset");
  const sha256 = await insertStoredFile(op, content, filename);
  await op.tx.run(sql`
    insert into data_assets (artifact_version_id, type, file_sha256, file_size, filename)
    values (${version.versionId}, 'ZIP', ${sha256}, ${content.length}, ${filename})`);
  return version;
}

/** A manifest as packages have it, without the URL that each delivery adds. */
export const testManifest = {
  items: [
    {
      assets: [{ kind: "software-package", "sha256-size": 7, sha256s: ["ab"] }],
      metadata: { kind: "software", title: "Tool", "bundle-identifier": "com.example.tool" },
    },
  ],
};

export async function insertPackage(op: Operation, content: string): Promise<string> {
  const id = randomUUID();
  const sha256 = await insertStoredFile(op, content, "tool.pkg");
  await op.tx.run(sql`
    insert into packages (id, name, description, type, source_uri, sha256, size, filename, product_id,
                          product_version, bundles, manifest, created_at, updated_at)
    values (${id}, 'Tool', '', 'PKG', '', ${sha256}, ${content.length}, 'tool.pkg', 'com.example.tool', '1', '[]',
            ${JSON.stringify(testManifest)}::jsonb, ${op.at}, ${op.at})`);
  return id;
}

export type EnterpriseApp = {
  readonly content?: string;
  readonly iosApp?: boolean;
  readonly configuration?: Buffer;
  readonly installAsManaged?: boolean;
  readonly removeOnUnenroll?: boolean;
};

export async function insertEnterpriseApp(
  op: Operation,
  sealer: Sealer,
  {
    content = "tool",
    iosApp = false,
    configuration,
    installAsManaged = false,
    removeOnUnenroll = false,
  }: EnterpriseApp,
): Promise<Version> {
  const version = await insertVersion(op, "Enterprise App");
  const sha256 = await insertStoredFile(op, content, "tool.pkg");
  const context = { table: "enterprise_apps", column: "configuration_sealed", row: version.versionId };
  const sealed = configuration === undefined ? null : sealer.seal(new Secret(configuration), context);
  await op.tx.run(sql`
    insert into enterprise_apps (artifact_version_id, package_uri, package_sha256, package_size, filename, product_id,
                                 product_version, bundles, manifest, ios_app, configuration_sealed, install_as_managed,
                                 remove_on_unenroll)
    values (${version.versionId}, '', ${sha256}, ${content.length}, 'tool.pkg', 'com.example.tool', '1', '[]',
            ${JSON.stringify(testManifest)}::jsonb, ${iosApp}, ${sealed}, ${installAsManaged}, ${removeOnUnenroll})`);
  return version;
}
