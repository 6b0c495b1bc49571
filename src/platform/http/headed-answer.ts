/** An endpoint's JSON answer that has headers of its own, such as `Set-Cookie`. */

/** Return one from an endpoint's `handle`; the HTTP layer sends the body as JSON, with the headers. */
export class HeadedAnswer {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  constructor(body: unknown, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }
}
