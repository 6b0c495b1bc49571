/** What there is to deliver of a version: its payload, as rows; what is sealed stays sealed here. */
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";

/** A version, and the artifact it is of. */
export type DeliverableVersion = {
  readonly versionId: ArtifactVersionId;
  readonly version: number;
  readonly artifactId: ArtifactId;
  readonly artifactName: string;
  readonly type: ArtifactType;
};

export async function findDeliverable(reader: Reader, id: string): Promise<DeliverableVersion | null> {
  return reader.maybe<DeliverableVersion>(sql`
    select v.id as version_id, v.version, a.id as artifact_id, a.name as artifact_name, a.type
      from artifact_versions v join artifacts a on a.id = v.artifact_id where v.id = ${id}`);
}

export type DeliverableDeclaration = {
  readonly artifactId: ArtifactId;
  readonly type: string;
  readonly payload: JsonObject;
  readonly artifactRefs: readonly {
    readonly key: readonly string[];
    readonly artifactId: ArtifactId;
    readonly type: ArtifactType;
  }[];
  readonly packageRefs: readonly { readonly key: readonly string[]; readonly packageId: string }[];
};

/** The declaration of a version with what its references lead to. */
export async function findDeliverableDeclaration(
  reader: Reader,
  id: ArtifactVersionId,
): Promise<DeliverableDeclaration | null> {
  return reader.maybe<DeliverableDeclaration>(sql`
    select v.artifact_id, d.type, d.payload,
           coalesce((select json_agg(json_build_object('key', r.key, 'artifactId', a.id, 'type', a.type))
                       from declaration_refs r join artifacts a on a.id = r.artifact_id
                      where r.declaration_id = d.artifact_version_id), '[]') as artifact_refs,
           coalesce((select json_agg(json_build_object('key', p.key, 'packageId', p.package_id))
                       from package_refs p where p.declaration_id = d.artifact_version_id), '[]') as package_refs
      from declarations d join artifact_versions v on v.id = d.artifact_version_id
     where d.artifact_version_id = ${id}`);
}

export type DeliverableDataAsset = {
  readonly artifactId: ArtifactId;
  readonly type: "PLIST" | "ZIP";
  readonly fileSha256: string;
  readonly fileSize: number;
  readonly filename: string;
};

export async function findDeliverableDataAsset(
  reader: Reader,
  id: ArtifactVersionId,
): Promise<DeliverableDataAsset | null> {
  return reader.maybe<DeliverableDataAsset>(sql`
    select v.artifact_id, p.type, p.file_sha256, p.file_size::float8 as file_size, p.filename
      from data_assets p join artifact_versions v on v.id = p.artifact_version_id
     where p.artifact_version_id = ${id}`);
}

export type DeliverableCertAsset = {
  readonly artifactId: ArtifactId;
  readonly acmeIssuerId: string | null;
  readonly scepIssuerId: string | null;
  readonly subject: readonly { readonly type: string; readonly value: string }[];
  readonly subjectAltName: Readonly<Record<string, string | null>>;
  readonly accessible: "Default" | "AfterFirstUnlock";
};

export async function findDeliverableCertAsset(
  reader: Reader,
  id: ArtifactVersionId,
): Promise<DeliverableCertAsset | null> {
  return reader.maybe<DeliverableCertAsset>(sql`
    select v.artifact_id, p.acme_issuer_id, p.scep_issuer_id, p.subject, p.subject_alt_name, p.accessible
      from cert_assets p join artifact_versions v on v.id = p.artifact_version_id
     where p.artifact_version_id = ${id}`);
}

export type DeliverableProvisioningProfile = { readonly source: Buffer; readonly uuid: string };

export async function findDeliverableProvisioningProfile(
  reader: Reader,
  id: ArtifactVersionId,
): Promise<DeliverableProvisioningProfile | null> {
  return reader.maybe<DeliverableProvisioningProfile>(sql`
    select source, uuid from provisioning_profiles where artifact_version_id = ${id}`);
}

export type DeliverableEnterpriseApp = {
  readonly manifest: JsonObject;
  readonly packageSha256: string;
  readonly filename: string;
  readonly iosApp: boolean;
  readonly configurationSealed: Buffer | null;
  readonly installAsManaged: boolean;
  readonly removeOnUnenroll: boolean;
};

export async function findDeliverableEnterpriseApp(
  reader: Reader,
  id: ArtifactVersionId,
): Promise<DeliverableEnterpriseApp | null> {
  return reader.maybe<DeliverableEnterpriseApp>(sql`
    select manifest, package_sha256, filename, ios_app, configuration_sealed,
           install_as_managed, remove_on_unenroll
      from enterprise_apps where artifact_version_id = ${id}`);
}

export type DeliverablePackage = {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly filename: string;
  readonly type: "IPA" | "PKG";
  readonly manifest: JsonObject;
};

export async function findDeliverablePackage(reader: Reader, id: string): Promise<DeliverablePackage | null> {
  return reader.maybe<DeliverablePackage>(
    sql`select id, name, sha256, filename, type, manifest from packages where id = ${id}`,
  );
}

export type DeliverableCommand = DeliverableVersion & {
  readonly deviceId: number;
  readonly packageSha256: string;
  readonly filename: string;
  /** When it was handed out last. */
  readonly sentAt: Date;
};

/** The enterprise app of a command that a device has, live or finished, with the device. */
export async function findDeliverableCommand(
  reader: Reader,
  uuid: string,
): Promise<DeliverableCommand | null> {
  return reader.maybe<DeliverableCommand>(sql`
    with delivered as (
      select c.device_id, c.artifact_version, c.sent_at from commands c
       where c.uuid = ${uuid} and c.name = 'InstallEnterpriseApplication'
      union all
      select h.device_id, h.artifact_version, h.sent_at from command_history h
       where h.uuid = ${uuid} and h.name = 'InstallEnterpriseApplication'
      limit 1)
    select d.device_id, d.sent_at, e.package_sha256, e.filename,
           v.id as version_id, v.version, a.id as artifact_id, a.name as artifact_name, a.type
      from delivered d
      join artifact_versions v on v.id = d.artifact_version
      join artifacts a on a.id = v.artifact_id
      join enterprise_apps e on e.artifact_version_id = v.id
     where d.sent_at is not null`);
}
