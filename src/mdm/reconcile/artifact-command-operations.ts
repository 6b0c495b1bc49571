/** The commands that plans made: what is sent of them, and what their answers mean for the target (2.6, 4.1). */
import { decodeInstalledApplicationList } from "#protocol/mdm/answers/installed-application-list.ts";
import { payloadIdentifier } from "#protocol/profile/identifier.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { Operation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { ArtifactCommands, MadeArtifactCommand, PlannedAnswer } from "#mdm/commands/artifact-command.ts";
import type { CommandDeps } from "#mdm/commands/command-delivery-operations.ts";
import type { CommandArguments, CommandRecord, Effect } from "#mdm/commands/command.ts";
import {
  listPlannedCommandsOf,
  queuePlannedCommand,
  withdrawPlannedCommands,
} from "#mdm/commands/planned-command-operations.ts";
import type { Target } from "#mdm/devices/device.ts";
import { markDeclarative } from "#mdm/devices/device-operations.ts";
import {
  confirmationDelaySeconds,
  confirmationRetriesMax,
  confirmInstallation,
  type ExpectedApplication,
  readExpectedApplications,
} from "./confirm-installation.ts";
import { type DeliveredVersion, findDeliveredVersion } from "./delivered-version-store.ts";
import { isStillWanted } from "./plan.ts";
import { type PlanDeps, planTarget, promiseManifest } from "./reconcile-operations.ts";
import type { RenderArtifactCommand } from "./rendering.ts";
import { keyOf } from "./target.ts";
import type { TargetArtifactResult } from "./target-artifact.ts";
import { recordTargetArtifacts } from "./target-artifact-operations.ts";
import { clearTargetPlan, findTarget, patchTargetDeclarations } from "./target-plan-store.ts";

export type ArtifactCommandDeps = Pick<CommandDeps, "sealer"> &
  PlanDeps & { readonly renderArtifactCommand: RenderArtifactCommand };

/** A synchronisation that failed is not asked for again before this long. */
export const syncBackOffSeconds = 3600;

/** Makes what the command queue needs of reconcile. */
export function createArtifactCommands(deps: ArtifactCommandDeps): ArtifactCommands {
  return {
    make: (op, delivery) => makeCommand(op, deps, delivery),
    finish: (op, answer) =>
      answer.command.name === "DeclarativeManagement"
        ? finishSync(op, answer)
        : finishArtifact(op, deps, answer),
  };
}

async function makeCommand(
  op: Operation,
  deps: ArtifactCommandDeps,
  { target, command, fetched }: Parameters<ArtifactCommands["make"]>[1],
): Promise<MadeArtifactCommand> {
  const { uuid } = command;
  const { versionId, operation } = subjectOf(command);
  if (command.notNowCount > 0 && !(await isWantedNow(op, deps, { target, command }))) {
    await withdrawPlannedCommands(op, [command]);
    return null;
  }
  const made = await deps.renderArtifactCommand(op, {
    target,
    versionId,
    operation,
    commandUuid: uuid,
    ...(fetched === undefined ? {} : { fetched }),
  });
  if (!("failed" in made)) return made;
  await recordResult(op, target, {
    versionId,
    status: operation === "INSTALLATION" ? "Failed" : "RemovalFailed",
    extraInfo: { ...made.failed },
    uniqueInstallIdentifier: "",
  });
  return null;
}

/** A command that was put off may be from another time: what the target should have is looked at again. */
async function isWantedNow(
  op: Operation,
  deps: ArtifactCommandDeps,
  { target, command }: { readonly target: Target; readonly command: CommandRecord },
): Promise<boolean> {
  const subject = subjectOf(command);
  const row = await findTarget(op.tx, keyOf(target));
  if (row === null) return false;
  const pendingVersionIds = new Set([subject.versionId]);
  const { plan } = await planTarget(op.tx, deps, { row, pendingVersionIds, at: op.at });
  return isStillWanted(plan, subject);
}

/** What a command is for. */
function subjectOf({ artifactVersion, artifactOperation }: CommandRecord) {
  return {
    // A command for an artifact names a version, which its row was planned with.
    versionId: artifactVersion as ArtifactVersionId,
    operation: artifactOperation ?? "INSTALLATION",
  };
}

/** The target is planned again, whatever the answer was: with what it has now. */
async function recordResult(op: Operation, target: Target, result: TargetArtifactResult): Promise<void> {
  await recordTargetArtifacts(op, { target, results: [result] });
  await clearTargetPlan(op.tx, keyOf(target));
}

/** The token it was made with counts: what changed in between is synchronised by the next one (4.1). */
async function finishSync(
  op: Operation,
  { target, command, status }: PlannedAnswer,
): Promise<readonly Effect[]> {
  const key = keyOf(target);
  const token = command.arguments["declarations_token"];
  if (status === "Acknowledged" && typeof token === "string") {
    await markDeclarative(op, target);
    await promiseManifest(op, key, token);
  } else if (status !== "NotNow") {
    const syncRetryAt = secondsAfter(op.at, syncBackOffSeconds);
    await patchTargetDeclarations(op.tx, key, { patch: { syncRetryAt }, at: op.at });
  }
  return [];
}

async function finishArtifact(
  op: Operation,
  deps: ArtifactCommandDeps,
  answer: PlannedAnswer,
): Promise<readonly Effect[]> {
  const { target, command, status } = answer;
  // A NotNow that ended its command: the plan asks again when the device is back.
  if (status === "NotNow") return [];
  const { versionId, operation } = subjectOf(command);
  const isConfirmation = command.name === "InstalledApplicationList";
  if (status !== "Acknowledged") {
    // Not having been told is no failure of what it was asked about.
    if (isConfirmation) return askAgain(op, deps, answer);
    await recordResult(op, target, {
      versionId,
      status: operation === "INSTALLATION" ? "Failed" : "RemovalFailed",
      extraInfo: { error_chain: answer.errorChain ?? [] },
      uniqueInstallIdentifier: "",
    });
    return [];
  }
  if (isConfirmation) return confirm(op, deps, answer);
  const delivered = await findDeliveredVersion(op.tx, versionId);
  return delivered === null ? [] : acknowledge(op, deps, { answer, delivered });
}

type Acknowledgement = { readonly answer: PlannedAnswer; readonly delivered: DeliveredVersion };

async function acknowledge(
  op: Operation,
  deps: ArtifactCommandDeps,
  { answer, delivered }: Acknowledgement,
): Promise<readonly Effect[]> {
  const { target, command } = answer;
  const { versionId, operation } = subjectOf(command);
  const expected =
    command.name === "InstallEnterpriseApplication" ? readExpectedApplications(delivered.bundles) : [];
  const present = expected.length > 0 ? "AwaitingConfirmation" : "Acknowledged";
  await recordResult(op, target, {
    versionId,
    status: operation === "REMOVAL" ? "Uninstalled" : present,
    extraInfo: {},
    uniqueInstallIdentifier: operation === "REMOVAL" ? "" : command.uuid,
  });
  if (expected.length > 0) {
    await withdrawConfirmations(op, target, versionId);
    await queueConfirmation(op, deps, { answer, expected, retries: 0 });
  }
  return target.user === null ? effectsOf(deps, { command, delivered, versionId }) : [];
}

/** What the answer means for the lists of what is on the device. */
function effectsOf(
  { identifierPrefix }: ArtifactCommandDeps,
  {
    command,
    delivered,
    versionId,
  }: {
    readonly command: CommandRecord;
    readonly delivered: DeliveredVersion;
    readonly versionId: string;
  },
): readonly Effect[] {
  const identifier = payloadIdentifier(identifierPrefix, "artifact", delivered.artifactId);
  switch (command.name) {
    case "InstallProfile": {
      const displayName = delivered.displayName ?? "";
      const uuid = versionId.toUpperCase();
      return [
        { kind: "recordInstalledProfile", profile: { identifier, uuid, displayName, organization: "" } },
      ];
    }
    case "RemoveProfile":
      return [{ kind: "removeProfile", identifier }];
    case "InstallProvisioningProfile":
      return [{ kind: "queueCommand", name: "ProvisioningProfileList", arguments: {} }];
    case "RemoveProvisioningProfile":
      return delivered.provisioningUuid === null
        ? []
        : [{ kind: "removeProvisioningProfile", uuid: delivered.provisioningUuid }];
    default:
      return [];
  }
}

async function confirm(
  op: Operation,
  deps: ArtifactCommandDeps,
  answer: PlannedAnswer,
): Promise<readonly Effect[]> {
  const { target, command, response } = answer;
  const { versionId } = subjectOf(command);
  const expected = expectedBy(command.arguments);
  const confirmation = confirmInstallation(expected, decodeInstalledApplicationList(response) ?? []);
  if (confirmation.kind === "waiting") return askAgain(op, deps, answer);
  const isInstalled = confirmation.kind === "installed";
  await recordResult(op, target, {
    versionId,
    status: isInstalled ? "Installed" : "Failed",
    extraInfo: isInstalled ? {} : confirmation.extraInfo,
    uniqueInstallIdentifier: isInstalled ? command.uuid : "",
  });
  return [];
}

async function askAgain(
  op: Operation,
  deps: ArtifactCommandDeps,
  answer: PlannedAnswer,
): Promise<readonly Effect[]> {
  const { target, command } = answer;
  const retries = retriesOf(command.arguments) + 1;
  if (retries > confirmationRetriesMax) {
    const { udid } = target.device;
    op.log.warn({ udid, version: command.artifactVersion }, "An application was never confirmed");
    return [];
  }
  await queueConfirmation(op, deps, { answer, expected: expectedBy(command.arguments), retries });
  return [];
}

/** Those of an installation before this one, which an operator did not wait for: one list is enough. */
async function withdrawConfirmations(
  op: Operation,
  target: Target,
  versionId: ArtifactVersionId,
): Promise<void> {
  const commands = await listPlannedCommandsOf(op.tx, target);
  const earlier = commands.filter(
    ({ name, state, artifactVersion }) =>
      name === "InstalledApplicationList" && state !== "sent" && artifactVersion === versionId,
  );
  await withdrawPlannedCommands(op, earlier);
}

async function queueConfirmation(
  op: Operation,
  deps: ArtifactCommandDeps,
  {
    answer: { target, command },
    expected,
    retries,
  }: {
    readonly answer: PlannedAnswer;
    readonly expected: readonly ExpectedApplication[];
    readonly retries: number;
  },
): Promise<void> {
  await queuePlannedCommand(op, deps, {
    target,
    request: {
      name: "InstalledApplicationList",
      arguments: {
        Identifiers: expected.map(({ identifier }) => identifier),
        apps_to_check: expected,
        retries,
      },
      notBefore: secondsAfter(op.at, confirmationDelaySeconds(retries)),
      artifact: subjectOf(command),
    },
  });
}

function expectedBy(args: CommandArguments): ExpectedApplication[] {
  return readExpectedApplications(args["apps_to_check"]);
}

function retriesOf(args: CommandArguments): number {
  const { retries } = args;
  return typeof retries === "number" ? retries : 0;
}
