/** The roles that come with the server (console-ops 7.1, 32), as sets of what its endpoints ask for. */

export type BuiltInRole = {
  /** What the database knows it by. */
  readonly builtIn: string;
  readonly name: string;
  readonly permissions: readonly string[];
};

/** What helpdesk people do to devices, beside looking. */
const helpdeskPermissions = new Set([
  "mdm.add_devicecommand",
  "mdm.delete_devicecommand",
  "mdm.add_usercommand",
  "mdm.delete_usercommand",
  "mdm.change_enrolleddevice",
  "inventory.add_machinetag",
  "inventory.delete_machinetag",
]);

const isOfAccounts = (codename: string): boolean => codename.startsWith("accounts.");
/** Models are one word; `view_device_lock_pin` reveals a secret (http-api 1.5). */
const isViewOfModel = (codename: string): boolean => /\.view_[a-z0-9]+$/.test(codename);
const isReveal = (codename: string): boolean => /\.view_[a-z0-9]+_/.test(codename);

/**
 * Makes the four roles: Viewer looks, Helpdesk also helps devices and sees their secrets, Operator does everything but
 * accounts, Admin everything.
 *
 * @param known The codenames that endpoints ask for.
 */
export function builtInRoles(known: readonly string[]): BuiltInRole[] {
  const role = (name: string, holds: (codename: string) => boolean): BuiltInRole => ({
    builtIn: name.toLowerCase(),
    name,
    permissions: known.filter(holds).toSorted(),
  });
  const isForViewers = (codename: string): boolean => isViewOfModel(codename) && !isOfAccounts(codename);
  return [
    role("Viewer", isForViewers),
    role("Helpdesk", (each) => isForViewers(each) || isReveal(each) || helpdeskPermissions.has(each)),
    role("Operator", (each) => !isOfAccounts(each)),
    role("Admin", () => true),
  ];
}
