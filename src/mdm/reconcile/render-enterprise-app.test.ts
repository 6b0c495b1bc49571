import { expect, test } from "vitest";
import { testManifest } from "../../../test/tools/deliverables.ts";
import { enterpriseAppCommand, manifestWithUrl } from "./render-enterprise-app.ts";

const app = {
  manifest: testManifest as never,
  iosApp: false,
  installAsManaged: false,
  removeOnUnenroll: false,
};
const delivery = { manifestUrl: "https://mdm.example.com/a", configuration: null, knowsManagement: true };
const [item] = testManifest.items;
const Manifest = { items: [{ ...item, assets: [{ ...item?.assets[0], url: delivery.manifestUrl }] }] };
const bare = { RequestType: "InstallEnterpriseApplication", Manifest };

test.each([
  ["unmanaged", {}, {}, { InstallAsManaged: false }],
  [
    "managed",
    { installAsManaged: true },
    {},
    { InstallAsManaged: true, ChangeManagementState: "Managed", ManagementFlags: 0 },
  ],
  [
    "managed and removed",
    { installAsManaged: true, removeOnUnenroll: true },
    {},
    { InstallAsManaged: true, ChangeManagementState: "Managed", ManagementFlags: 1 },
  ],
  ["managed, before macOS 11", { installAsManaged: true }, { knowsManagement: false }, {}],
  [
    "of iOS, configured",
    { iosApp: true },
    { configuration: { a: 1 } },
    { iOSApp: true, Configuration: { a: 1 }, InstallAsManaged: false },
  ],
])("an app that is %s", (_, facts, more, members) => {
  expect(enterpriseAppCommand({ ...app, ...facts }, { ...delivery, ...more })).toEqual({
    ...bare,
    ...members,
  });
});

test("the stored manifest stays as it is", () => {
  const before = JSON.stringify(testManifest);
  manifestWithUrl(testManifest as never, "https://mdm.example.com/a");
  expect(JSON.stringify(testManifest)).toBe(before);
});

test.each([{}, { items: [] }, { items: "text" }, { items: [{ assets: null }] }])(
  "a manifest of another shape gets its URL all the same: %j",
  (manifest) => {
    expect(manifestWithUrl(manifest as never, "u")).toMatchObject({ items: [{ assets: [{ url: "u" }] }] });
  },
);
