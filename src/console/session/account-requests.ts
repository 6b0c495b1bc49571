/** What the page of one's own account asks of the API. */
import type { PublicKeyCredentialCreationOptionsJSON } from "@simplewebauthn/browser";
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";

export const verificationDevicesQuery = queryOptions({
  queryKey: ["own", "verification devices"],
  queryFn: () => unwrap(api.GET("/api/session/verification_devices/", {})),
});

export const ownSessionsQuery = queryOptions({
  queryKey: ["own", "sessions"],
  queryFn: () => unwrap(api.GET("/api/session/sessions/", {})),
});

export type VerificationDevice = Awaited<
  ReturnType<NonNullable<(typeof verificationDevicesQuery)["queryFn"]>>
>[number];

type NamedDevice = { readonly name: string; readonly password: string };

/** Makes a passkey with the browser, and tells the server. */
export async function addPasskey({ name, password }: NamedDevice) {
  const [{ startRegistration }, options] = await Promise.all([
    import("@simplewebauthn/browser"),
    unwrap(api.POST("/api/session/passkeys/options/", { body: { password } })),
  ]);
  // The library that made them on the server and the one that reads them here are one family.
  const optionsJSON = options as PublicKeyCredentialCreationOptionsJSON;
  const registration = { ...(await startRegistration({ optionsJSON })) };
  return unwrap(api.POST("/api/session/passkeys/", { body: { name, registration } }));
}

export const beginTotp = (body: NamedDevice) => unwrap(api.POST("/api/session/totp_devices/", { body }));

export const confirmTotp = ({ id, code }: { readonly id: string; readonly code: string }) =>
  unwrap(
    api.POST("/api/session/totp_devices/{uuid}/confirm/", { params: { path: { uuid: id } }, body: { code } }),
  );

export const removeVerificationDevice = ({
  id,
  password,
}: {
  readonly id: string;
  readonly password: string;
}) =>
  unwrap(
    api.POST("/api/session/verification_devices/{uuid}/delete/", {
      params: { path: { uuid: id } },
      body: { password },
    }),
  );

export const endSession = (id: string) =>
  unwrap(api.DELETE("/api/session/sessions/{uuid}/", { params: { path: { uuid: id } } }));
