import { expect, test } from "vitest";
import { expandPermissions, hasPermission, isPermissionCodename, refuseRole } from "./role.ts";

test.each([
  "mdm.view_enrolleddevice",
  "mdm.disown_depdevice",
  "inventory.add_tag",
  "mdm.view_device_lock_pin",
])("%s is a codename", (text) => {
  expect(isPermissionCodename(text)).toBe(true);
});

test.each(["", "mdm", "mdm.", "mdm.view", "view_tag", "MDM.view_tag", "mdm.view_tag ", "mdm.view tag", "*"])(
  "%j is no codename",
  (text) => {
    expect(isPermissionCodename(text)).toBe(false);
  },
);

test("superusers may do everything, others what they hold", () => {
  const permissions = new Set(["mdm.view_tag"]);
  expect(hasPermission({ isSuperuser: true, permissions: new Set() }, "mdm.view_tag")).toBe(true);
  expect(hasPermission({ isSuperuser: false, permissions }, "mdm.view_tag")).toBe(true);
  expect(hasPermission({ isSuperuser: false, permissions }, "mdm.add_tag")).toBe(false);
});

test("a role needs a name and a bounded list of codenames", () => {
  expect(refuseRole({ name: "", permissions: [] })).toMatchObject({ field: "name" });
  expect(refuseRole({ name: "n", permissions: ["all"] })).toMatchObject({ field: "permissions" });
  const many = Array.from({ length: 1001 }, (_, index) => `mdm.view_model${index}`);
  expect(refuseRole({ name: "n", permissions: many })).toMatchObject({ field: "permissions" });
  expect(refuseRole({ name: "n", permissions: ["mdm.view_tag"] })).toBeNull();
});

test("words for many permissions are resolved, sorted and each once", () => {
  const known = ["mdm.view_tag", "mdm.add_tag", "inventory.view_tag"];
  expect(expandPermissions(["all-view", "mdm.view_tag", "mdm.x_y"], known)).toEqual([
    "inventory.view_tag",
    "mdm.view_tag",
    "mdm.x_y",
  ]);
  expect(expandPermissions(["all"], known)).toEqual([...known].sort());
});
