/** What the door of the console asks of the API. */
import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import { api, unwrap } from "../api/client.ts";

export function logIn(body: { readonly username: string; readonly password: string }) {
  return unwrap(api.POST("/api/session/", { body }));
}

/** Confirms a login with the code of an authenticator. */
export function confirmWithCode(code: string) {
  return unwrap(api.POST("/api/session/second_factor/", { body: { code } }));
}

/** Confirms a login with a passkey; the browser asks for it. */
export async function confirmWithPasskey() {
  const [{ startAuthentication }, options] = await Promise.all([
    import("@simplewebauthn/browser"),
    unwrap(api.POST("/api/session/second_factor/options/", {})),
  ]);
  // The library that made them on the server and the one that reads them here are one family.
  const optionsJSON = options as PublicKeyCredentialRequestOptionsJSON;
  const assertion = { ...(await startAuthentication({ optionsJSON })) };
  return unwrap(api.POST("/api/session/second_factor/", { body: { assertion } }));
}

export function changePassword(body: { readonly current_password: string; readonly new_password: string }) {
  return unwrap(api.PUT("/api/session/password/", { body }));
}
