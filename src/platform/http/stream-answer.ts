/** An endpoint's answer that is sent as it is made: exports, and events as they happen. */
import type { Readable } from "node:stream";

/** Return one from an endpoint's `handle`; a stream that fails ends the connection, so that nobody takes it for whole. */
export class StreamAnswer {
  readonly contentType: string;
  /** What browsers save it as; null for what is shown. */
  readonly filename: string | null;
  readonly stream: Readable;
  constructor(answer: { contentType: string; filename: string | null; stream: Readable }) {
    this.contentType = answer.contentType;
    this.filename = answer.filename;
    this.stream = answer.stream;
  }
}
