/** One may grant only what one holds (console-ops 2.1): nobody rises by giving rights to others, or taking over accounts. */
import type { Refusal } from "#platform/errors.ts";

/** Whoever changes roles and accounts. */
export type Grantor = {
  readonly isSuperuser: boolean;
  readonly hasPermission: (codename: string) => boolean;
};

/** Most permissions that a refusal names. */
const namedMax = 5;

/** Refuses to give what the grantor has not. */
export function refuseGrant(
  grantor: Grantor,
  permissions: readonly string[],
  field: "permissions" | "roles",
): Refusal | null {
  const missing = permissions.filter((codename) => !grantor.hasPermission(codename));
  if (missing.length === 0) return null;
  const named = missing.slice(0, namedMax).join(", ") + (missing.length > namedMax ? ", …" : "");
  return {
    kind: "invalid",
    code: "grant_beyond",
    field,
    detail: `You may grant only what you hold; not ${named}.`,
  };
}

/** Refuses to touch what may do more than the grantor. */
export function refuseTouch(
  grantor: Grantor,
  target: { readonly isSuperuser: boolean; readonly permissions: readonly string[] },
): Refusal | null {
  const isWithin = !target.isSuperuser && target.permissions.every(grantor.hasPermission);
  if (grantor.isSuperuser || isWithin) return null;
  const detail = "You may change only what may do no more than you.";
  return { kind: "forbidden", code: "touch_beyond", detail };
}
