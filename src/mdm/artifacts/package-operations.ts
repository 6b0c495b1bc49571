/** What is done with packages (http-api 2.16). */
import { randomUUID } from "node:crypto";
import type { FileDeps } from "#mdm/files/file-operations.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import { asUuid } from "#platform/ids.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import {
  type Brought,
  bringFile,
  fetchPackage,
  type ReadPackage,
  requireBrought,
} from "./brought-file-operations.ts";
import * as packages from "./package.ts";
import type { Package } from "./package.ts";
import * as store from "./package-store.ts";

export type PackageInput = {
  readonly name: string;
  readonly description: string;
  readonly sourceUri: string;
  readonly sha256: string;
};

/** Fetches the file of a new package, before the transaction. */
export async function bringPackage(
  op: ReadOperation,
  deps: FileDeps,
  { sourceUri, sha256 }: Pick<PackageInput, "sourceUri" | "sha256">,
): Promise<Brought<ReadPackage>> {
  const outageDetail = "Could not download or validate the package.";
  return bringFile(op, { field: "source_uri", outageDetail }, () =>
    fetchPackage(deps, op, { uri: sourceUri, sha256 }),
  );
}

/** Makes a package of a file that was fetched. */
export async function createPackage(
  op: Operation,
  { name, description, sourceUri }: PackageInput,
  brought: Brought<ReadPackage>,
): Promise<Package> {
  const { sha256, size, filename, facts: read } = requireBrought(brought);
  const { productId, productVersion, bundles, signature } = read.facts;
  const next = await store.insertPackage(op.tx, {
    id: asUuid<"Package">(randomUUID()),
    name,
    description,
    type: read.type,
    sourceUri,
    sha256,
    size,
    filename,
    productId,
    productVersion,
    bundles,
    manifest: read.manifest,
    signature,
    createdAt: op.at,
    updatedAt: op.at,
  });
  if (next === null) throw new OperationRefused(packages.packageTaken);
  op.record(packageChanged("created", { next }));
  return next;
}

/** Renames a package; its file is fixed. */
export async function updatePackage(op: Operation, id: string, input: PackageInput): Promise<Package> {
  const previous = await findForUpdate(op, id);
  throwIfRefused(...packages.refuseOtherFile(previous, input));
  const { name, description } = input;
  const next = await store.updatePackageRow(op.tx, { id: previous.id, name, description, updatedAt: op.at });
  op.record(packageChanged("updated", { previous, next }));
  return next;
}

/** Deletes a package that no declaration refers to; the file goes when nobody else refers to it. */
export async function deletePackage(op: Operation, id: string): Promise<void> {
  const previous = await findForUpdate(op, id);
  if ((await store.deletePackageRow(op.tx, previous.id)) === "in_use") {
    throw new OperationRefused(packages.packageInUse);
  }
  op.record(packageChanged("deleted", { previous }));
}

/** Finds a package, for declarations that refer to it and for downloads. */
export async function findPackage(reader: Reader, id: string): Promise<Package | null> {
  return store.findPackage(reader, asUuid<"Package">(id));
}

async function findForUpdate(op: Operation, id: string): Promise<Package> {
  const found = await store.findPackageForUpdate(op.tx, asUuid<"Package">(id));
  if (found === null) throw new OperationRefused(packages.packageUnknown);
  return found;
}

function packageChanged(
  action: AuditFacts["action"],
  { previous, next }: { readonly previous?: Package; readonly next?: Package },
) {
  return auditEvent({
    action,
    model: "mdm.package",
    pk: (next ?? previous)?.id ?? "",
    ...(previous === undefined ? {} : { prevValue: auditPackage(previous) }),
    ...(next === undefined ? {} : { newValue: auditPackage(next) }),
    objectKey: "mdm_package",
    app: "mdm",
  });
}

function auditPackage(row: Package): Readonly<Record<string, unknown>> {
  return {
    pk: row.id,
    name: row.name,
    description: row.description,
    type: row.type,
    source_uri: row.sourceUri,
    sha256: row.sha256,
    size: row.size,
    filename: row.filename,
    product_id: row.productId,
    product_version: row.productVersion,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
