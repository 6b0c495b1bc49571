import { expect, test } from "vitest";
import { type PathEndpoints, accessFor, allowedMethods, endpointFor, listPermissions } from "./api-access.ts";
import { type Access, type BoundEndpoint, type Method, bindEndpoints, readEndpoint } from "./endpoint.ts";

function pathOf(...accesses: readonly (readonly [Method, Access])[]): PathEndpoints {
  return new Map(accesses.map(([method, access]) => [method, endpointOf(method, access)]));
}

function endpointOf(method: Method, access: Access): BoundEndpoint {
  const facts = { method, access, path: "/api/a/b/", operationId: "o", view: "v", summary: "s" };
  const [bound] = bindEndpoints(null, [
    readEndpoint<null>({ ...facts, response: { status: 200, schema: null }, handle: async () => null }),
  ]);
  if (bound === undefined) throw new Error("Nothing was bound");
  return bound;
}

const readOnly = pathOf(["GET", "mdm.view_location"]);
const action = pathOf(["POST", "mdm.change_enrolleddevice"]);
const sync = pathOf(["POST", ["mdm.add_softwareupdate", "mdm.delete_softwareupdate"]]);

test.each([
  ["GET", readOnly, "mdm.view_location"],
  ["HEAD", readOnly, "mdm.view_location"],
  ["OPTIONS", readOnly, "mdm.view_location"],
  ["POST", readOnly, "mdm.add_location"],
  ["PUT", readOnly, "mdm.change_location"],
  ["PATCH", readOnly, "mdm.change_location"],
  ["DELETE", readOnly, "mdm.delete_location"],
  ["GET", action, "mdm.change_enrolleddevice"],
  ["POST", pathOf(["GET", "mdm.view_device_lock_pin"]), "mdm.view_device_lock_pin"],
  ["TRACE", readOnly, "mdm.view_location"],
  ["GET", sync, ["mdm.add_softwareupdate", "mdm.delete_softwareupdate"]],
  ["POST", pathOf(["GET", { special: "public" }]), { special: "public" }],
])("%s asks for the permission it would need", (method, endpoints, access) => {
  expect(accessFor(endpoints, method)).toEqual(access);
});

test("HEAD is served where GET is, and OPTIONS everywhere", () => {
  expect(endpointFor(readOnly, "HEAD")?.method).toBe("GET");
  expect(endpointFor(action, "HEAD")).toBeNull();
  expect(allowedMethods(readOnly)).toBe("GET, HEAD, OPTIONS");
  expect(allowedMethods(action)).toBe("POST, OPTIONS");
});

test("the permissions of a table are listed once, sorted", () => {
  const table = [...readOnly.values(), ...sync.values(), ...readOnly.values()];
  expect(listPermissions(table)).toEqual([
    "mdm.add_softwareupdate",
    "mdm.delete_softwareupdate",
    "mdm.view_location",
  ]);
});
