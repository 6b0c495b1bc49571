/** The operators' door to profiles (http-api 2.10). */
import { type Static, Type } from "typebox";
import { readVersionBlock, versionBlockFields, versionBlockView } from "./artifact-version-api.ts";
import { base64CharactersMax, readBase64 } from "./base64-source.ts";
import {
  type ProfilePayloadDeps,
  type ProfileWrite,
  createProfile,
  deleteProfile,
  listOpenedProfiles,
  updateProfile,
} from "./profile-operations.ts";
import { versionEndpoints } from "./version-endpoints-api.ts";

const Body = Type.Object({
  ...versionBlockFields,
  source: Type.String({ minLength: 1, maxLength: base64CharactersMax, description: "base64" }),
});

const View = Type.Object({ ...versionBlockView, source: Type.String() });

function writeOf(body: Static<typeof Body>): ProfileWrite {
  return { input: readVersionBlock(body), source: readBase64(body.source) };
}

/** List, create, read, update, delete. */
export const profileEndpoints = versionEndpoints<ProfilePayloadDeps, typeof Body>({
  kind: "profile",
  plural: "profiles",
  singular: "profile",
  body: Body,
  view: View,
  create: (deps, op, body) => createProfile(op, deps, writeOf(body)),
  update: (deps, op, { id, body }) => updateProfile(op, deps, { id, ...writeOf(body) }),
  remove: (deps, op, id) => deleteProfile(op, deps, id),
  viewPayloads: async (deps, reader, ids) => {
    const profiles = await listOpenedProfiles(reader, deps, ids);
    return new Map(profiles.map(({ id, source }) => [id, { source: source.reveal().toString("base64") }]));
  },
});
