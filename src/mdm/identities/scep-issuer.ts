/**
 * A SCEP issuer: where devices get their certificates, with the key they shall make and the challenge they shall bring.
 * The built-in one is provisioned at start and read-only; operators see it and choose it for enrollments.
 * It never holds a key of its own: the authority does.
 */
import { type Static, Type } from "typebox";
import type { Uuid } from "#platform/ids.ts";

export type ScepIssuerId = Uuid<"ScepIssuer">;

export type ScepIssuer = {
  readonly id: ScepIssuerId;
  readonly provisioningUid: string | null;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly keySize: number;
  readonly keyUsage: number;
  readonly backend: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const builtInProvisioningUid = "built-in";
export const builtInBackend = "BUILT_IN";

/** The built-in issuer as it is at first start; its URL follows the base URL at each further one. */
export const builtInScepIssuer = {
  provisioningUid: builtInProvisioningUid,
  name: "Built-in CA",
  description: "The certificate authority of this server",
  keySize: 2048,
  keyUsage: 5,
  backend: builtInBackend,
} as const;

/** Where the SCEP server answers, below the base URL. */
export const scepPath = "/scep/";

/** The URL that devices are given. */
export function scepUrl(baseUrl: URL): string {
  return new URL(scepPath, baseUrl).href;
}

/** What clients see of an issuer. Of a provisioned one, backend and settings stay out (http-api 2.3). */
export const ScepIssuerView = Type.Object({
  id: Type.String({ format: "uuid" }),
  provisioning_uid: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  description: Type.String(),
  version: Type.Integer(),
  created_at: Type.String(),
  updated_at: Type.String(),
  url: Type.String(),
  key_size: Type.Integer(),
  key_usage: Type.Integer(),
});
export type ScepIssuerView = Static<typeof ScepIssuerView>;

export const ScepIssuerFilter = Type.Object({ name: Type.Optional(Type.String()) });
export type ScepIssuerFilter = Static<typeof ScepIssuerFilter>;
