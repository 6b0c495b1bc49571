import { expect, test } from "vitest";
import { builtInRoles } from "./built-in-roles.ts";

const known = [
  "accounts.add_user",
  "accounts.view_user",
  "core.view_event",
  "inventory.add_machinetag",
  "mdm.add_blueprint",
  "mdm.add_devicecommand",
  "mdm.change_enrolleddevice",
  "mdm.view_device_lock_pin",
  "mdm.view_enrolleddevice",
];
const permissionsOf = (name: string): readonly string[] =>
  builtInRoles(known).find((role) => role.name === name)?.permissions ?? [];

test("viewers look, but see neither secrets nor accounts", () => {
  expect(permissionsOf("Viewer")).toEqual(["core.view_event", "mdm.view_enrolleddevice"]);
});

test("the helpdesk also helps devices, and sees their secrets", () => {
  expect(permissionsOf("Helpdesk")).toEqual([
    "core.view_event",
    "inventory.add_machinetag",
    "mdm.add_devicecommand",
    "mdm.change_enrolleddevice",
    "mdm.view_device_lock_pin",
    "mdm.view_enrolleddevice",
  ]);
});

test("operators do everything but accounts, admins everything", () => {
  expect(permissionsOf("Operator")).toEqual(known.filter((codename) => !codename.startsWith("accounts.")));
  expect(permissionsOf("Admin")).toEqual(known);
});
