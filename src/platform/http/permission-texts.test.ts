import { expect, test } from "vitest";
import { bindEndpoints, readEndpoint, type ReadEndpointDefinition } from "./endpoint.ts";
import { describePermissions } from "./permission-texts.ts";

type Facts = Pick<ReadEndpointDefinition<null, never>, "path" | "access" | "summary">;

const endpointOf = ({ path, access, summary }: Facts) =>
  readEndpoint<null>({
    method: "GET",
    path,
    operationId: path,
    view: "x",
    access,
    summary,
    response: { status: 200, schema: null },
    handle: async () => null,
  });

test("permissions are told in words, with what asks for them", () => {
  const endpoints = bindEndpoints(null, [
    endpointOf({
      path: "/api/mdm/ota_enrollments/",
      access: "mdm.view_otaenrollment",
      summary: "OTA Enrollment List",
    }),
    endpointOf({ path: "/api/mdm/blueprints/:id/x/", access: "mdm.change_blueprint", summary: "Something" }),
    endpointOf({ path: "/api/mdm/pin/", access: "mdm.view_device_lock_pin", summary: "PIN" }),
    endpointOf({
      path: "/api/mdm/both/",
      access: ["mdm.change_blueprint", "mdm.view_otaenrollment"],
      summary: "Both",
    }),
    endpointOf({ path: "/api/mdm/own/", access: { special: "session" }, summary: "Own" }),
  ]);
  expect(describePermissions(endpoints)).toEqual([
    {
      codename: "mdm.change_blueprint",
      name: "Change blueprint",
      endpoints: ["GET /api/mdm/blueprints/:id/x/", "GET /api/mdm/both/"],
    },
    { codename: "mdm.view_device_lock_pin", name: "View device lock pin", endpoints: ["GET /api/mdm/pin/"] },
    {
      codename: "mdm.view_otaenrollment",
      name: "View OTA enrollment",
      endpoints: ["GET /api/mdm/ota_enrollments/", "GET /api/mdm/both/"],
    },
  ]);
});
