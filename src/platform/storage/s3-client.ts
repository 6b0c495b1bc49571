/** The few requests that files need of S3, or of a server that speaks like it: get, put, has, delete, and a signed URL. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { AwsClient } from "aws4fetch";
import type { Secret } from "../secret.ts";
import { childText, readXml } from "../xml.ts";
import { type DownloadFacts, type IncomingFile, StorageError } from "./file-storage.ts";

export type S3Settings = {
  /** Such as `https://s3.eu-central-1.amazonaws.com`; buckets are named in the path. */
  readonly endpoint: URL;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret<string>;
};

export type S3Client = {
  /** The bytes of an object, or null. */
  readonly get: (object: S3Object) => Promise<Readable | null>;
  readonly put: (object: S3Object, file: IncomingFile) => Promise<void>;
  readonly has: (object: S3Object) => Promise<boolean>;
  readonly delete: (object: S3Object) => Promise<void>;
  /** A URL that gives the object to whoever has it, for {@link signedUrlSeconds}. */
  readonly signUrl: (object: S3Object, facts: DownloadFacts) => Promise<string>;
};

export type S3Object = { readonly bucket: string; readonly key: string };

/** Long enough for a device that is told to download and does so later; the URL is told to devices alone. */
export const signedUrlSeconds = 60 * 60;
/** The largest object of one request; more comes in parts of this size. S3 takes 5 GiB, and 10,000 parts. */
export const partBytesDefault = 1024 * 1024 * 1024;
/** A whole transfer of the largest file over a slow line. */
const transferSecondsMax = 6 * 60 * 60;
const answerBytesMax = 64 * 1024;

/** Makes a client. Its functions throw {@link StorageError} `storage_failed` for every answer that is no success. */
export function createS3Client(settings: S3Settings, partBytes: number = partBytesDefault): S3Client {
  const { region, accessKeyId, secretAccessKey } = settings;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    region,
    service: "s3",
  });
  const send: Send = async ({ method, url, headers = {}, body = null }) => {
    const signed = await client.sign(url.href, { method, headers });
    const response = await fetch(signed.url, {
      method,
      headers: { ...Object.fromEntries(signed.headers), ...headers },
      redirect: "error",
      signal: AbortSignal.timeout(transferSecondsMax * 1000),
      ...(body === null ? {} : { body, duplex: "half" }),
    });
    if (response.ok || response.status === 404) return response;
    await response.body?.cancel();
    throw failed(`The object storage answered ${response.status} to ${method}`);
  };
  const urlOf = (object: S3Object, query: Readonly<Record<string, string>> = {}): URL =>
    objectUrl(settings.endpoint, object, query);
  return {
    get: async (object) => {
      const response = await send({ method: "GET", url: urlOf(object) });
      if (response.ok && response.body !== null) return Readable.fromWeb(response.body);
      await response.body?.cancel();
      return null;
    },
    put: async (object, file) => {
      if (file.size > partBytes) return putParts({ send, urlOf, object, partBytes }, file);
      const headers = { "content-length": String(file.size), "x-amz-content-sha256": file.sha256 };
      await expectFound(await send({ method: "PUT", url: urlOf(object), headers, body: bodyOf(file.path) }));
    },
    has: async (object) => (await send({ method: "HEAD", url: urlOf(object) })).ok,
    delete: async (object) => {
      const response = await send({ method: "DELETE", url: urlOf(object) });
      await response.body?.cancel();
    },
    signUrl: async (object, { contentType, filename }) => {
      const url = urlOf(object, {
        "X-Amz-Expires": String(signedUrlSeconds),
        "response-content-type": contentType,
        "response-content-disposition": `attachment; filename="${filename.replace(/[^A-Za-z0-9._ -]/g, "_")}"`,
      });
      return (await client.sign(url.href, { method: "GET", aws: { signQuery: true } })).url;
    },
  };
}

type Send = (request: {
  readonly method: "GET" | "PUT" | "POST" | "HEAD" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ReadableStream | string | null;
}) => Promise<Response>;

function objectUrl(endpoint: URL, { bucket, key }: S3Object, query: Readonly<Record<string, string>>): URL {
  const path = [bucket, ...key.split("/")].map(encodeURIComponent).join("/");
  const url = new URL(`${endpoint.href.replace(/\/$/, "")}/${path}`);
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** The web stream of a part of a file, which fetch sends as it is read. */
function bodyOf(
  path: string,
  range: { readonly start?: number; readonly end?: number } = {},
): ReadableStream {
  return Readable.toWeb(createReadStream(path, range));
}

type PartsUpload = {
  readonly send: Send;
  readonly urlOf: (object: S3Object, query?: Readonly<Record<string, string>>) => URL;
  readonly object: S3Object;
  readonly partBytes: number;
};

async function putParts(upload: PartsUpload, file: IncomingFile): Promise<void> {
  const { send, urlOf, object } = upload;
  const started = await send({ method: "POST", url: urlOf(object, { uploads: "" }) });
  const uploadId = childText(readXml(await answerBytes(started)), "UploadId") ?? "";
  if (uploadId === "") throw failed("The object storage began no upload");
  try {
    const tags = await sendParts(upload, file, uploadId);
    const parts = tags.map(
      (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const headers = { "content-length": String(Buffer.byteLength(body)) };
    const ended = await send({ method: "POST", url: urlOf(object, { uploadId }), headers, body });
    // S3 begins its answer before it knows the end, and may name an error with a status of success.
    const answer = readXml(await answerBytes(ended));
    if (answer.name !== "CompleteMultipartUploadResult")
      throw failed("The object storage completed no upload");
  } catch (error) {
    await send({ method: "DELETE", url: urlOf(object, { uploadId }) });
    throw error;
  }
}

async function sendParts(
  { send, urlOf, object, partBytes }: PartsUpload,
  file: IncomingFile,
  uploadId: string,
) {
  const tags: string[] = [];
  for (let start = 0; start < file.size; start += partBytes) {
    const end = Math.min(start + partBytes, file.size);
    const query = { partNumber: String(tags.length + 1), uploadId };
    const response = await send({
      method: "PUT",
      url: urlOf(object, query),
      headers: { "content-length": String(end - start) },
      body: bodyOf(file.path, { start, end: end - 1 }),
    });
    await expectFound(response);
    tags.push((response.headers.get("etag") ?? "").replaceAll('"', "&quot;"));
  }
  return tags;
}

async function expectFound(response: Response): Promise<void> {
  await response.body?.cancel();
  if (!response.ok) throw failed("The object storage knows no such bucket");
}

async function answerBytes(response: Response): Promise<Buffer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok || bytes.length > answerBytesMax)
    throw failed("The object storage gave no answer that is read");
  return bytes;
}

function failed(message: string): StorageError {
  return new StorageError("storage_failed", message);
}
