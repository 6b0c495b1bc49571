/** The operators' door to what uses an artifact or a package: what a change or a deletion would touch. */
import { Type } from "typebox";
import { artifactTypes, artifactUnknown } from "#mdm/artifacts/artifact.ts";
import { packageUnknown } from "#mdm/artifacts/package.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice } from "#platform/http/wire-fields.ts";
import type { Page } from "#platform/page.ts";
import { listArtifactUsers, listPackageUsers, type UsingArtifact } from "./used-by-store.ts";

const View = Type.Object({
  artifact: Type.Object({
    pk: Type.String({ format: "uuid" }),
    name: Type.String(),
    type: choice(artifactTypes),
  }),
  relation: choice(["reference", "requirement"], {
    description: "reference: versions of it name what is asked for; requirement: it comes only after it",
  }),
  versions: Type.Array(Type.Integer(), { description: "Those that name it, the oldest first" }),
});

function viewPage(found: Page<UsingArtifact> | null, unknown: Refusal) {
  if (found === null) throw new OperationRefused(unknown);
  return {
    count: found.count,
    rows: found.rows.map(({ id, name, type, relation, versions }) => ({
      artifact: { pk: id, name, type },
      relation,
      versions: [...versions],
    })),
  };
}

/** Users of an artifact, users of a package. */
export const usedByEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint<unknown>({
    method: "GET",
    path: "/api/mdm/artifacts/:uuid/used_by/",
    operationId: "listArtifactUsers",
    view: "artifact_used_by",
    access: "mdm.view_artifact",
    summary: "Artifacts that refer to an artifact or require it",
    response: { status: 200, schema: View },
    list: "envelope",
    handle: async (_, op, { params, page }) =>
      viewPage(await listArtifactUsers(op.tx, params.uuid, page), artifactUnknown),
  }),
  readEndpoint<unknown>({
    method: "GET",
    path: "/api/mdm/packages/:uuid/used_by/",
    operationId: "listPackageUsers",
    view: "package_used_by",
    access: ["mdm.view_package", "mdm.view_artifact"],
    summary: "Artifacts whose declarations refer to a package",
    response: { status: 200, schema: View },
    list: "envelope",
    handle: async (_, op, { params, page }) =>
      viewPage(await listPackageUsers(op.tx, params.uuid, page), packageUnknown),
  }),
];
