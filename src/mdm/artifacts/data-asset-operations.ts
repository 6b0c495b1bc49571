/** What is done with data assets (http-api 2.11). */
import { readFile, stat } from "node:fs/promises";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { type FileDeps, fetchFile, storeInlineFile } from "#mdm/files/file-operations.ts";
import { FileRefusedError, fileRefusal } from "#mdm/files/stored-file.ts";
import { ArchiveError, readFileRanges } from "#platform/archive/ranges.ts";
import { readZipDirectory } from "#platform/archive/zip.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { readXmlPlist } from "#protocol/plist/read-xml.ts";
import { PlistError, plistBytesMax } from "#protocol/plist/value.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import { invalidBase64 } from "./base64-source.ts";
import { type Brought, bringFile, requireBrought } from "./brought-file-operations.ts";
import {
  type DataAsset,
  type DataAssetFile,
  dataAssetFacts,
  type DataAssetType,
  refuseDataAssetFile,
  sameAsLatest,
} from "./data-asset.ts";
import { findLatestFileSha256, listDataAssetRows, writeDataAssetRow } from "./data-asset-store.ts";
import {
  type AuditPayload,
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "./version-payload-operations.ts";

export type DataAssetDeps = DesiredStateDeps & FileDeps;

export type DataAssetWrite = {
  readonly input: ArtifactVersionInput;
  readonly type: DataAssetType;
  readonly file: DataAssetFile;
  readonly brought: Brought<null>;
};

const kind = "data asset";

const fieldOf = ({ hasSource }: DataAssetFile): string => (hasSource ? "source" : "file_uri");

/** Brings the file of a data asset, before the transaction that writes it. */
export async function bringDataAsset(
  op: ReadOperation,
  deps: FileDeps,
  { type, file }: Pick<DataAssetWrite, "type" | "file">,
): Promise<Brought<null>> {
  const unclear = refuseDataAssetFile(file);
  if (unclear !== null) return { refusals: [unclear] };
  const { source, fileUri, fileSha256 } = file;
  const read = (path: string): Promise<null> => checkFile(path, type);
  const outageDetail = "Could not download the data asset.";
  const brought = await bringFile(op, { field: fieldOf(file), outageDetail }, async () => {
    if (source !== null) return storeInlineFile(deps, op, { bytes: source, sha256: fileSha256, read });
    const extensions = [dataAssetFacts[type].extension];
    return fetchFile(deps, op, { uri: fileUri ?? "", sha256: fileSha256 ?? "", extensions, read });
  });
  return file.hasSource ? onHashField(brought) : brought;
}

/** With an inline file, it is the digest that is wrong. */
function onHashField(brought: Brought<null>): Brought<null> {
  if ("file" in brought) return brought;
  const moved = brought.refusals.map((refusal) =>
    refusal.detail === "Hash mismatch" ? fileRefusal("file_sha256", refusal.detail) : refusal,
  );
  return { refusals: moved };
}

/** Makes a version with a data asset. */
export async function createDataAsset(
  op: Operation,
  deps: DataAssetDeps,
  write: DataAssetWrite,
): Promise<ArtifactVersion> {
  return createVersionWithPayload(op, deps, payloadWrite(op, write));
}

/** Changes a version and its data asset in place. */
export async function updateDataAsset(
  op: Operation,
  deps: DataAssetDeps,
  { id, ...write }: DataAssetWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  return updateVersionWithPayload(op, deps, { id, ...payloadWrite(op, write) });
}

/** Deletes a version with its data asset; the file goes when nobody else refers to it. */
export async function deleteDataAsset(op: Operation, deps: DataAssetDeps, id: string): Promise<void> {
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload });
}

/** The data assets of versions; versions without one are missing from the answer. */
export async function listDataAssets(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<DataAsset[]> {
  return listDataAssetRows(reader, ids);
}

function payloadWrite(op: Operation, { input, type, file, brought }: DataAssetWrite): PayloadWrite {
  return {
    kind,
    input,
    fieldRefusals: [file.hasSource && file.source === null ? invalidBase64("source") : null],
    auditPayload,
    writePayload: async ({ id, artifact }) => {
      const { sha256, size, filename } = requireBrought(brought);
      if ((await findLatestFileSha256(op.tx, artifact.id, id)) === sha256) {
        throw new OperationRefused(sameAsLatest(fieldOf(file)));
      }
      // Of an inline file only its bytes are known, even when somebody uploaded the same under a name.
      const name = file.hasSource ? "" : filename;
      await writeDataAssetRow(op.tx, { id, type, fileSha256: sha256, fileSize: size, filename: name });
    },
  };
}

async function checkFile(path: string, type: DataAssetType): Promise<null> {
  try {
    if (type === "ZIP") await readFileRanges(path, readZipDirectory);
    else await checkPlist(path);
    return null;
  } catch (error) {
    if (!(error instanceof ArchiveError || error instanceof PlistError)) throw error;
    throw new FileRefusedError(`Invalid ${type} file`, { cause: error });
  }
}

/** XML alone: devices are told that it is. */
async function checkPlist(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size > plistBytesMax) throw new FileRefusedError("Invalid PLIST file");
  readXmlPlist(await readFile(path));
}

const auditPayload: AuditPayload = async (op, id) => {
  const [asset] = await listDataAssetRows(op.tx, [id]);
  if (asset === undefined) return null;
  const { type, filename, fileSha256, fileSize } = asset;
  return { type, filename, file_sha256: fileSha256, file_size: fileSize };
};
