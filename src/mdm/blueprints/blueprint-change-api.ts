/** The operators' door to changes of a whole blueprint. */
import { Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { BlueprintBody, BlueprintView, viewBlueprint } from "./blueprint-api.ts";
import { BlueprintArtifactView, viewBlueprintArtifact } from "./blueprint-artifact-api.ts";
import { linkChangeFields } from "./blueprint-change-fields.ts";
import { type BlueprintChange, changeBlueprint } from "./blueprint-change-operations.ts";

const Body = Type.Object({ settings: Type.Optional(BlueprintBody), ...linkChangeFields });

const View = Type.Object({
  blueprint: BlueprintView,
  blueprint_artifacts: Type.Array(BlueprintArtifactView, {
    description: "The links that were named, in their order",
  }),
});

/** One endpoint: the change that a preview looks at, made. */
export const blueprintChangeEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  writeEndpoint<DesiredStateDeps, typeof Body, typeof Body>({
    method: "POST",
    path: "/api/mdm/blueprints/:id/apply/",
    operationId: "applyBlueprintChange",
    view: "apply_blueprint_change",
    access: [
      "mdm.change_blueprint",
      "mdm.add_blueprintartifact",
      "mdm.change_blueprintartifact",
      "mdm.delete_blueprintartifact",
    ],
    summary: "Changes a blueprint and its links at once: all of it or nothing",
    description:
      "settings is what a PUT of the blueprint takes, blueprint_artifacts are links as they shall be, new or with another " +
      "scope, removed are artifacts whose link goes; an artifact that is in both keeps its link. Devices are told once. " +
      "preview/ takes the same links and says what they would do.",
    body: Body,
    response: { status: 200, schema: View },
    handle: async (deps, op, { params, body }) => {
      // The door has validated the body against the schemas of blueprints and of links.
      const input = body as BlueprintChange;
      const { blueprint, links } = await changeBlueprint(op, deps, { id: params.id, input });
      return {
        blueprint: viewBlueprint(deps, blueprint),
        blueprint_artifacts: links.map((link) => viewBlueprintArtifact(deps, link)),
      };
    },
  }),
];
