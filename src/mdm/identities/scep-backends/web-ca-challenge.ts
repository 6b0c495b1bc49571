/** Challenges on a web page: Microsoft's NDES, and Okta's service that looks like it (spec 8.3). */
import type { WebCaSettings } from "../issuer-backend.ts";
import { type IssuerAnswer, type IssuerRequest, issuerRequestDefaults } from "./issuer-request.ts";
import { ScepIssuerError, challengeMissingText, undecodableText } from "./scep-issuer-error.ts";

export type WebCa = "MICROSOFT_CA" | "OKTA_CA";

const pages: { readonly [Backend in WebCa]: { readonly pattern: RegExp } } = {
  MICROSOFT_CA: { pattern: /challenge password is: <B> ([A-Z0-9]{16,32}) <\/B>/ },
  OKTA_CA: { pattern: /challenge password is: <B> ([A-Za-z0-9_-]{16,32}) <\/B>/ },
};

/** Asks for the page; its user is told by basic authentication (RFC 7617). */
export function webCaRequest({ url, username, password }: WebCaSettings): IssuerRequest {
  const credentials = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { method: "GET", url, headers: { authorization: `Basic ${credentials}` }, ...issuerRequestDefaults };
}

/**
 * Reads the challenge on the page: UTF-16 of Microsoft, windows-1252 of Okta.
 *
 * @throws {ScepIssuerError} `Could not decode response.`, `Could not find challenge in response.`
 */
export function readWebCaChallenge(backend: WebCa, { body }: IssuerAnswer): string {
  const page = decodePage(encodingOf(backend, body), body);
  const challenge = pages[backend].pattern.exec(page)?.[1];
  if (challenge === undefined) throw new ScepIssuerError(challengeMissingText);
  return challenge;
}

/** UTF-16 is little-endian unless its first character says otherwise: Windows writes it so. */
function encodingOf(backend: WebCa, body: Buffer): string {
  if (backend === "OKTA_CA") return "windows-1252";
  return body[0] === 0xfe && body[1] === 0xff ? "utf-16be" : "utf-16le";
}

function decodePage(encoding: string, body: Buffer): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch (error) {
    throw new ScepIssuerError(undecodableText, { cause: error });
  }
}
