/** What the door of the console asks of the API. */
import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import { api, requestJson, unwrap } from "../api/client.ts";
import type { SessionAnswer } from "./session.ts";

export function logIn(body: { readonly username: string; readonly password: string }) {
  return unwrap(api.POST("/api/session/", { body }));
}

/** Confirms a login with the code of an authenticator. */
export function confirmWithCode(code: string): Promise<SessionAnswer> {
  return requestJson("POST", "/api/session/second_factor/", { code });
}

/** Confirms a login with a passkey; the browser asks for it. */
export async function confirmWithPasskey(): Promise<SessionAnswer> {
  const [{ startAuthentication }, optionsJSON] = await Promise.all([
    import("@simplewebauthn/browser"),
    requestJson<PublicKeyCredentialRequestOptionsJSON>("POST", "/api/session/second_factor/options/"),
  ]);
  const assertion = await startAuthentication({ optionsJSON });
  return requestJson("POST", "/api/session/second_factor/", { assertion });
}

export function changePassword(change: {
  readonly current_password: string;
  readonly new_password: string;
}): Promise<SessionAnswer> {
  return requestJson("PUT", "/api/session/password/", change);
}
