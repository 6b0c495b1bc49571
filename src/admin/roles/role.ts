/**
 * A role is a named set of permission codenames that accounts hold.
 * Operators make roles; a new account has none and may do nothing.
 * It never knows endpoints: which codenames mean something is the business of the endpoint table.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";

export type RoleId = Id<"Role">;

export type Role = {
  readonly id: RoleId;
  readonly name: string;
  readonly permissions: readonly string[];
  /** Of the roles that come with the server: their name there; people copy them instead of changing them. */
  readonly builtIn: string | null;
};

/** Longest name and most codenames: the reference has 100 of them for this API and few more beside. */
export const roleNameCharactersMax = 150;
export const rolePermissionsMax = 1000;

/**
 * `<app>.<verb>_<model>`: the four verbs on a model, and custom ones such as `mdm.disown_depdevice` (http-api
 * 1.5).
 */
const codenamePattern = /^[a-z][a-z0-9]{0,31}\.[a-z]{1,31}(_[a-z0-9]{1,63}){1,6}$/;

/** Whether a text has the shape of a permission codename. */
export function isPermissionCodename(text: string): boolean {
  return codenamePattern.test(text);
}

/** Refuses what is no role: no name, or something among the permissions that is no codename. */
export function refuseRole(role: {
  readonly name: string;
  readonly permissions: readonly string[];
}): Refusal | null {
  const invalid = (field: string, detail: string): Refusal => ({
    kind: "invalid",
    code: `role_${field}`,
    field,
    detail,
  });
  if (role.name === "" || role.name.length > roleNameCharactersMax) {
    return invalid("name", `A role needs a name of at most ${roleNameCharactersMax} characters.`);
  }
  if (role.permissions.length > rolePermissionsMax) {
    return invalid("permissions", `A role holds at most ${rolePermissionsMax} permissions.`);
  }
  const wrong = role.permissions.find((text) => !isPermissionCodename(text));
  return wrong === undefined
    ? null
    : invalid("permissions", `"${wrong.slice(0, 100)}" is not a permission codename.`);
}

/** What is said of a role that is not there. */
export function roleUnknown(name: string): Refusal {
  const detail = `Role "${name.slice(0, roleNameCharactersMax)}" does not exist.`;
  return { kind: "invalid", code: "role_unknown", field: "role", detail };
}

/** What an account may do: superusers everything, others what their roles hold (http-api 1.4). */
export function hasPermission(
  account: { readonly isSuperuser: boolean; readonly permissions: ReadonlySet<string> },
  codename: string,
): boolean {
  return account.isSuperuser || account.permissions.has(codename);
}

/**
 * Resolves what an operator wrote: codenames, `all`, or `all-view` for every permission to view.
 *
 * @param known The codenames that endpoints ask for.
 * @returns The codenames, sorted and each once; unknown ones stay, later versions may know them.
 */
export function expandPermissions(words: readonly string[], known: readonly string[]): string[] {
  const expanded = words.flatMap((word) => {
    if (word === "all") return known;
    return word === "all-view" ? known.filter((codename) => /\.view_/.test(codename)) : [word];
  });
  return [...new Set(expanded)].sort();
}
