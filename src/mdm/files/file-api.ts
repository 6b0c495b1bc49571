/** The operators' door to files: uploads, whose URIs are taken wherever a file is asked for. */
import { Type } from "typebox";
import { invariant } from "#platform/errors.ts";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import type { TSchema } from "typebox";
import { type FileDeps, receiveUpload, recordUpload } from "./file-operations.ts";
import { type StoredFile, uploadedFileUri } from "./stored-file.ts";

const View = Type.Object({
  uri: Type.String({ description: "To be given as package_uri, source_uri or file_uri" }),
  sha256: Type.String(),
  size: Type.Integer(),
  filename: Type.String(),
});

/** Upload. */
export const fileEndpoints: readonly Endpoint<FileDeps>[] = [
  writeEndpoint<FileDeps, TSchema, TSchema, StoredFile>({
    path: "/api/mdm/files/",
    view: "files",
    method: "POST",
    operationId: "uploadFile",
    access: "mdm.add_package",
    summary: "Uploads a file",
    description: "A file that no version and no package refers to is deleted after a day.",
    isUpload: true,
    response: { status: 201, schema: View },
    prepare: async (deps, op, { upload }) => {
      invariant(upload !== null, "an upload has a file");
      return receiveUpload(deps, op, upload);
    },
    handle: async (_deps, op, { prepared }) => {
      recordUpload(op, prepared);
      const { sha256, size, filename } = prepared;
      return { uri: uploadedFileUri(sha256), sha256, size, filename };
    },
  }),
];
