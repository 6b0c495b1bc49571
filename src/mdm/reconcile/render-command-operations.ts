/** Makes the commands that install and remove artifact versions, when they are handed out (desired-state 6.2). */
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Operation } from "#platform/operation.ts";
import { isOsVersionAtLeast, parseOsVersion } from "#protocol/mdm/os-version.ts";
import { readPlistForWriting } from "#protocol/plist/read.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { identifierPrefix } from "#protocol/profile/identifier.ts";
import * as store from "./deliverable-store.ts";
import { downloadUrl } from "./download-urls.ts";
import { enterpriseAppCommand } from "./render-enterprise-app.ts";
import { installedProfileIdentifier } from "./render-profile.ts";
import { type RenderProfileDeps, renderProfile } from "./render-profile-operations.ts";
import type { ArtifactCommandRequest, RenderFailureReason, RenderedCommand } from "./rendering.ts";
import { substituteVariables, variableSourceOf } from "./variables.ts";

/** Makes the `Command` dictionary of a version for a target, or tells why there is none. Never throws for either. */
export async function renderArtifactCommand(
  op: Operation,
  deps: RenderProfileDeps,
  request: ArtifactCommandRequest,
): Promise<RenderedCommand> {
  const version = await store.findDeliverable(op.tx, request.versionId);
  if (version === null) return failed("payload_missing");
  const isInstallation = request.operation === "INSTALLATION";
  switch (version.type) {
    case "Profile":
      return isInstallation
        ? installProfile(op, deps, { ...request, artifactId: version.artifactId })
        : removeProfile(deps, version.artifactId);
    case "Provisioning Profile":
      return provisioningProfileCommand(op, request);
    case "Enterprise App":
      return isInstallation ? installEnterpriseApp(op, deps, request) : failed("not_delivered_by_command");
    default:
      return failed("not_delivered_by_command");
  }
}

function failed(reason: RenderFailureReason): RenderedCommand {
  return { failed: { reason } };
}

async function installProfile(
  op: Operation,
  deps: RenderProfileDeps,
  request: ArtifactCommandRequest & { readonly artifactId: string },
): Promise<RenderedCommand> {
  const rendered = await renderProfile(op, deps, request);
  if (!("profile" in rendered)) return rendered;
  return { command: { RequestType: "InstallProfile", Payload: rendered.profile } };
}

function removeProfile({ baseUrl }: RenderProfileDeps, artifactId: string): RenderedCommand {
  const Identifier = installedProfileIdentifier(identifierPrefix(baseUrl.hostname), artifactId);
  return { command: { RequestType: "RemoveProfile", Identifier } };
}

async function provisioningProfileCommand(
  op: Operation,
  { versionId, operation }: ArtifactCommandRequest,
): Promise<RenderedCommand> {
  const profile = await store.findDeliverableProvisioningProfile(op.tx, versionId);
  if (profile === null) return failed("payload_missing");
  const command: PlistWritableDictionary =
    operation === "INSTALLATION"
      ? { RequestType: "InstallProvisioningProfile", ProvisioningProfile: profile.source }
      : { RequestType: "RemoveProvisioningProfile", UUID: profile.uuid };
  return { command };
}

async function installEnterpriseApp(
  op: Operation,
  deps: RenderProfileDeps,
  { target, versionId, commandUuid }: ArtifactCommandRequest,
): Promise<RenderedCommand> {
  // Applications of ours are for Macs, and for the whole Mac (6.2).
  if (target.user !== null || target.device.platform !== "macOS") return failed("not_delivered_by_command");
  const app = await store.findDeliverableEnterpriseApp(op.tx, versionId);
  if (app === null) return failed("payload_missing");
  const configuration = openConfiguration(deps, versionId, app.configurationSealed);
  const { value, missing } = substituteVariables(configuration, variableSourceOf(target));
  if (missing.length > 0) return { failed: { reason: "variables_unavailable", variables: missing } };
  const manifestUrl = downloadUrl(deps.baseUrl, "enterpriseApp", commandUuid);
  const knowsManagement = isOsVersionAtLeast(parseOsVersion(target.device.osVersion), "11");
  return { command: enterpriseAppCommand(app, { manifestUrl, configuration: value, knowsManagement }) };
}

function openConfiguration(
  { sealer }: RenderProfileDeps,
  versionId: ArtifactVersionId,
  sealed: Buffer | null,
): PlistWritableDictionary | null {
  if (sealed === null) return null;
  const context = { table: "enterprise_apps", column: "configuration_sealed", row: versionId };
  return readPlistForWriting(sealer.open(sealed, context).reveal());
}
