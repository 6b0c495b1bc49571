/** The operators' door to provisioning profiles (http-api 2.10). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { readVersionBlock, versionBlockFields, versionBlockView } from "./artifact-version-api.ts";
import { base64CharactersMax, readBase64 } from "./base64-source.ts";
import {
  type ProvisioningProfileWrite,
  createProvisioningProfile,
  deleteProvisioningProfile,
  listProvisioningProfiles,
  updateProvisioningProfile,
} from "./provisioning-profile-operations.ts";
import { versionEndpoints } from "./version-endpoints-api.ts";

const Body = Type.Object({
  ...versionBlockFields,
  source: Type.String({ minLength: 1, maxLength: base64CharactersMax, description: "base64" }),
});

const View = Type.Object({ ...versionBlockView, source: Type.String() });

function writeOf(body: Static<typeof Body>): ProvisioningProfileWrite {
  return { input: readVersionBlock(body), source: readBase64(body.source) };
}

/** List, create, read, update, delete. */
export const provisioningProfileEndpoints = versionEndpoints<DesiredStateDeps, typeof Body>({
  kind: "provisioning profile",
  plural: "provisioning_profiles",
  singular: "provisioning_profile",
  body: Body,
  view: View,
  create: (deps, op, body) => createProvisioningProfile(op, deps, writeOf(body)),
  update: (deps, op, { id, body }) => updateProvisioningProfile(op, deps, { id, ...writeOf(body) }),
  remove: (deps, op, id) => deleteProvisioningProfile(op, deps, id),
  viewPayloads: async (_, reader, ids) => {
    const profiles = await listProvisioningProfiles(reader, ids);
    return new Map(profiles.map(({ id, source }) => [id, { source: source.toString("base64") }]));
  },
});
