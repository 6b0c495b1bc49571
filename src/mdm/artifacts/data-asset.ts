// A data asset is a file that configurations refer to: an XML property list, or a zip archive (http-api 2.11).
// Operators bring it inline or by a URI; devices that have the configuration download it.
// What is in it is checked to be of its type, and never read any further.
import type { Refusal } from "#platform/errors.ts";
import type { ArtifactVersionId } from "./artifact.ts";

export const dataAssetTypes = ["PLIST", "ZIP"] as const;

export type DataAssetType = (typeof dataAssetTypes)[number];

export type DataAsset = {
  readonly id: ArtifactVersionId;
  readonly type: DataAssetType;
  readonly fileSha256: string;
  readonly fileSize: number;
  readonly filename: string;
};

/** What is served to devices, and what a file that is fetched must be called. */
export const dataAssetFacts: {
  readonly [Type in DataAssetType]: { readonly extension: string; readonly contentType: string };
} = {
  PLIST: { extension: ".plist", contentType: "text/xml" },
  ZIP: { extension: ".zip", contentType: "application/zip" },
};

/** What operators say of the file of a data asset; null for what is absent. */
export type DataAssetFile = {
  /** Null as well for what was no base64, which is refused with the fields. */
  readonly source: Buffer | null;
  readonly hasSource: boolean;
  readonly fileUri: string | null;
  readonly fileSha256: string | null;
};

/** Refuses a file that is brought in no way, or in two. */
export function refuseDataAssetFile(file: DataAssetFile): Refusal | null {
  const refuse = (field: string, detail: string): Refusal => ({
    kind: "invalid",
    code: "data_asset_file_unclear",
    field,
    detail,
  });
  if (file.hasSource && file.fileUri !== null) {
    return refuse("non_field_errors", "file_uri and source are mutually exclusive");
  }
  if (!file.hasSource && file.fileUri === null)
    return refuse("non_field_errors", "file_uri or source is required");
  if (file.fileUri !== null && file.fileSha256 === null) {
    return refuse("file_sha256", "This field is required with file_uri");
  }
  return null;
}

/** A version that changes nothing would only make devices download it again. */
export function sameAsLatest(field: string): Refusal {
  const detail = "This file is not different from the latest one";
  return { kind: "conflict", code: "data_asset_same", field, detail };
}
