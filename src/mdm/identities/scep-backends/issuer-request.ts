/** One HTTP request to an issuer and its answer, as values: the backends write and read them, one sender sends them. */
import { ScepIssuerError, undecodableText } from "./scep-issuer-error.ts";

export type IssuerRequest = {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Credentials among them: never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeoutSeconds: number;
  /** Further tries after the first one. */
  readonly retries: number;
};

export type IssuerAnswer = { readonly status: number; readonly body: Buffer };

/** Sends a request. @throws {ScepIssuerError} `Request error: …` when there is no answer worth reading. */
export type SendIssuerRequest = (request: IssuerRequest) => Promise<IssuerAnswer>;

/** For backends whose settings do not say: the reference's values for DigiCert. */
export const issuerRequestDefaults = { timeoutSeconds: 15, retries: 3 } as const;

/** Whether an issuer did what it was asked. */
export function isSuccess({ status }: IssuerAnswer): boolean {
  return status >= 200 && status < 300;
}

/** @throws {ScepIssuerError} For a status that is no success. */
export function expectSuccess(answer: IssuerAnswer): IssuerAnswer {
  if (!isSuccess(answer)) throw new ScepIssuerError(`Request error: HTTP ${answer.status}`);
  return answer;
}

/** Reads the object that an issuer answered. @throws {ScepIssuerError} `Could not decode response.` */
export function readJsonObject({ body }: IssuerAnswer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    // The parser's message quotes the body, which may hold a challenge.
    throw new ScepIssuerError(undecodableText);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ScepIssuerError(undecodableText);
  }
  return value as Readonly<Record<string, unknown>>;
}
