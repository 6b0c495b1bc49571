/** Uploads with progress: what `fetch` cannot tell. */
import { failureTexts } from "../texts/failures.ts";
import { ApiFailure, readFailure } from "./failure.ts";
import { currentCsrfToken } from "./client.ts";

export type UploadedFile = {
  readonly uri: string;
  readonly sha256: string;
  readonly size: number;
  readonly filename: string;
};

/**
 * Sends a file to the server's store.
 *
 * @param onProgress From 0 to 1.
 * @throws {ApiFailure} As every request.
 */
export function uploadFile(file: File, onProgress: (share: number) => void): Promise<UploadedFile> {
  const body = new FormData();
  body.append("file", file);
  const request = new XMLHttpRequest();
  const answered = new Promise<UploadedFile>((resolve, reject) => {
    request.addEventListener("load", () => {
      const answer = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer as UploadedFile);
      else reject(readFailure(request.status, answer));
    });
    request.addEventListener("error", () => reject(new ApiFailure(0, failureTexts.unreachable)));
  });
  request.upload.addEventListener("progress", ({ loaded, total }) =>
    onProgress(total === 0 ? 1 : loaded / total),
  );
  request.open("POST", "/api/mdm/files/");
  request.setRequestHeader("Accept", "application/json");
  const token = currentCsrfToken();
  if (token !== null) request.setRequestHeader("X-CSRFToken", token);
  request.send(body);
  return answered;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy may answer with a page of its own.
    return null;
  }
}
