/** The part of the composition root that plans what devices should have, and makes what they are sent of it. */
import type { CommandDeps } from "#mdm/commands/command-delivery-operations.ts";
import { createArtifactCommands } from "#mdm/reconcile/artifact-command-operations.ts";
import { createBlueprintTrees } from "#mdm/reconcile/blueprint-tree-operations.ts";
import type { DeclarativeDeps } from "#mdm/reconcile/declarative-management-operations.ts";
import { createManifestKeeper } from "#mdm/reconcile/manifest-keeper-operations.ts";
import { purgeManifestsJob } from "#mdm/reconcile/purge-manifests-job.ts";
import type { MeterDeps } from "#mdm/reconcile/reconcile-meter.ts";
import type { PlanDeps } from "#mdm/reconcile/reconcile-operations.ts";
import { renderArtifactCommand } from "#mdm/reconcile/render-command-operations.ts";
import {
  renderDeclaration,
  type RenderDeclarationDeps,
} from "#mdm/reconcile/render-declaration-operations.ts";
import type { RenderProfileDeps } from "#mdm/reconcile/render-profile-operations.ts";
import { wakeTargetsJob } from "#mdm/reconcile/wake-targets-job.ts";
import type { Database } from "#platform/db/database.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import { identifierPrefix } from "#protocol/profile/identifier.ts";

type RenderDeps = RenderProfileDeps & RenderDeclarationDeps;

export type ReconcileParts<Profile> = {
  /** Of those who read plans, and count. */
  readonly planDeps: PlanDeps;
  /** Of those who queue commands and hand them out. */
  readonly commandDeps: CommandDeps;
  readonly renderDeps: Profile & RenderDeps;
  /** Of the doors of devices. */
  readonly doorDeps: DeclarativeDeps & CommandDeps;
  readonly jobs: readonly JobDefinition[];
};

/** Builds reconcile for one process. */
export function composeReconcile<Profile extends Omit<RenderDeps, "tokenSigner">>({
  profileDeps,
  tokenSigner,
  database,
  meterDeps,
}: {
  readonly profileDeps: Profile;
  readonly tokenSigner: RenderDeps["tokenSigner"];
  /** As the device path uses it. */
  readonly database: Pick<Database, "transaction">;
  readonly meterDeps: MeterDeps;
}): ReconcileParts<Profile> {
  const { sealer, baseUrl } = profileDeps;
  const planDeps: PlanDeps = {
    ...meterDeps,
    trees: createBlueprintTrees(meterDeps),
    identifierPrefix: identifierPrefix(baseUrl.hostname),
  };
  const renderDeps = { ...profileDeps, tokenSigner };
  const commandDeps: CommandDeps = {
    sealer,
    artifactCommands: createArtifactCommands({
      sealer,
      ...planDeps,
      renderArtifactCommand: (op, request) => renderArtifactCommand(op, renderDeps, request),
    }),
  };
  const doorDeps = {
    ...planDeps,
    ...commandDeps,
    manifests: createManifestKeeper(database),
    renderDeclaration: (op, request) => renderDeclaration(op, renderDeps, request),
  } satisfies DeclarativeDeps & CommandDeps;
  return { planDeps, commandDeps, renderDeps, doorDeps, jobs: [wakeTargetsJob(planDeps), purgeManifestsJob] };
}
