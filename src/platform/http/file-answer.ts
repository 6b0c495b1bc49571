/** An endpoint's answer that is a file instead of JSON. */

/** Return one from an endpoint's `handle`; the HTTP layer sends the bytes as an attachment. */
export class FileAnswer {
  readonly contentType: string;
  readonly filename: string;
  readonly bytes: Buffer;
  constructor({ contentType, filename, bytes }: { contentType: string; filename: string; bytes: Buffer }) {
    this.contentType = contentType;
    this.filename = filename;
    this.bytes = bytes;
  }
}
