/** What is done with enterprise apps (http-api 2.14). */
import { createHash } from "node:crypto";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { FileDeps } from "#mdm/files/file-operations.ts";
import type { Reader } from "#platform/db/database.ts";
import { invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { openText, type SealContext, type Sealer, sealText } from "#platform/sealer.ts";
import { readAppConfiguration } from "./app-configuration.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import {
  type Brought,
  bringFile,
  fetchPackage,
  type ReadPackage,
  requireBrought,
} from "./brought-file-operations.ts";
import * as rules from "./enterprise-app.ts";
import type { EnterpriseApp, EnterpriseAppOptions, EnterpriseAppPackage } from "./enterprise-app.ts";
import {
  type EnterpriseAppRow,
  listEnterpriseAppRows,
  listProductIds,
  writeEnterpriseAppRow,
} from "./enterprise-app-store.ts";
import {
  type AuditPayload,
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "./version-payload-operations.ts";

export type EnterpriseAppDeps = DesiredStateDeps & FileDeps & { readonly sealer: Sealer };

/** What became of the package: null when the version has it already. */
export type BroughtPackage = Brought<ReadPackage> | null;

export type EnterpriseAppWrite = {
  readonly input: ArtifactVersionInput;
  readonly packageUri: string;
  readonly configuration: string | null;
  readonly options: EnterpriseAppOptions;
  readonly brought: BroughtPackage;
};

const kind = "enterprise app";

/** Fetches the package, before the transaction; what a version has already is not fetched again. */
export async function bringEnterpriseApp(
  op: ReadOperation,
  deps: FileDeps,
  wish: { readonly id: string | null; readonly uri: string; readonly sha256: string },
): Promise<BroughtPackage> {
  const { id, uri, sha256 } = wish;
  const [present] = id === null ? [] : await listEnterpriseAppRows(op.tx, [id as ArtifactVersionId]);
  if (present !== undefined && present.packageUri === uri && present.packageSha256 === sha256) return null;
  const outageDetail = "Could not download or validate the enterprise app.";
  return bringFile(op, { field: "package_uri", outageDetail }, () => fetchPackage(deps, op, { uri, sha256 }));
}

/** Makes a version with an app. */
export async function createEnterpriseApp(
  op: Operation,
  deps: EnterpriseAppDeps,
  write: EnterpriseAppWrite,
): Promise<ArtifactVersion> {
  return createVersionWithPayload(op, deps, payloadWrite(op, deps, write));
}

/** Changes a version and its app in place. */
export async function updateEnterpriseApp(
  op: Operation,
  deps: EnterpriseAppDeps,
  { id, ...write }: EnterpriseAppWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  return updateVersionWithPayload(op, deps, { id, ...payloadWrite(op, deps, write) });
}

/** Deletes a version with its app; the package goes when nobody else refers to it. */
export async function deleteEnterpriseApp(op: Operation, deps: EnterpriseAppDeps, id: string): Promise<void> {
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload: auditPayload(deps) });
}

/** The apps of versions, configurations opened; versions without one are missing from the answer. */
export async function listEnterpriseApps(
  reader: Reader,
  { sealer }: Pick<EnterpriseAppDeps, "sealer">,
  ids: readonly ArtifactVersionId[],
): Promise<EnterpriseApp[]> {
  const rows = await listEnterpriseAppRows(reader, ids);
  return rows.map(({ configurationSealed, ...row }) => ({
    ...row,
    configuration:
      configurationSealed === null
        ? null
        : openText(sealer, configurationSealed, sealContext(row.id)).reveal(),
  }));
}

function payloadWrite(op: Operation, deps: EnterpriseAppDeps, write: EnterpriseAppWrite): PayloadWrite {
  const { input, packageUri, options, brought } = write;
  const configuration = readAppConfiguration(write.configuration);
  return {
    kind,
    input,
    fieldRefusals: ["code" in configuration ? configuration : null],
    auditPayload: auditPayload(deps),
    writePayload: async ({ id, artifact }) => {
      invariant("text" in configuration, "a configuration that cannot be read is refused with the fields");
      throwIfRefused(rules.refuseRemoval(options));
      const file = brought === null ? await findPackage(op, id) : packageOf(packageUri, brought);
      throwIfRefused(rules.refuseProduct(file.productId, await listProductIds(op.tx, artifact.id)));
      const configurationSealed =
        configuration.text === null ? null : sealText(deps.sealer, configuration.text, sealContext(id));
      await writeEnterpriseAppRow(op.tx, { id, ...file, ...options, configurationSealed });
    },
  };
}

async function findPackage(op: Operation, id: ArtifactVersionId): Promise<EnterpriseAppPackage> {
  const [present] = await listEnterpriseAppRows(op.tx, [id]);
  invariant(present !== undefined, "a version of the kind has its payload");
  const { packageUri, packageSha256, packageSize, filename } = present;
  const { productId, productVersion, bundles, manifest, signature } = present;
  return {
    packageUri,
    packageSha256,
    packageSize,
    filename,
    productId,
    productVersion,
    bundles,
    manifest,
    signature,
  };
}

function packageOf(packageUri: string, brought: Brought<ReadPackage>): EnterpriseAppPackage {
  const { sha256, size, filename, facts: read } = requireBrought(brought);
  const { productId, productVersion, bundles, signature } = read.facts;
  const { manifest } = read;
  return {
    packageUri,
    packageSha256: sha256,
    packageSize: size,
    filename,
    productId,
    productVersion,
    bundles,
    manifest,
    signature,
  };
}

function sealContext(row: ArtifactVersionId): SealContext {
  return { table: "enterprise_apps", column: "configuration_sealed", row };
}

/** Of the configuration, which may hold licence keys, a digest. */
function auditPayload({ sealer }: Pick<EnterpriseAppDeps, "sealer">): AuditPayload {
  return async (op, id) => {
    const [app] = await listEnterpriseAppRows(op.tx, [id]);
    return app === undefined ? null : auditApp(app, sealer);
  };
}

function auditApp(app: EnterpriseAppRow, sealer: Sealer): Readonly<Record<string, unknown>> {
  const { configurationSealed: sealed } = app;
  const configuration = sealed === null ? null : openText(sealer, sealed, sealContext(app.id)).reveal();
  return {
    package_uri: app.packageUri,
    package_sha256: app.packageSha256,
    package_size: app.packageSize,
    filename: app.filename,
    product_id: app.productId,
    product_version: app.productVersion,
    ios_app: app.iosApp,
    configuration_hash:
      configuration === null ? null : createHash("sha256").update(configuration).digest("hex"),
    install_as_managed: app.installAsManaged,
    remove_on_unenroll: app.removeOnUnenroll,
  };
}
