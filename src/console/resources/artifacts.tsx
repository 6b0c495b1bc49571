/** Artifacts: what devices can be given. */
import { Stack } from "@mantine/core";
import { ArtifactDevices } from "../artifacts/ArtifactDevices.tsx";
import type { Artifact } from "../artifacts/artifact-kinds.ts";
import { linkableTypes } from "../artifacts/artifact-kinds.ts";
import { ArtifactsPage } from "../artifacts/ArtifactsPage.tsx";
import { VersionList } from "../artifacts/VersionList.tsx";
import { LinkTable } from "../blueprints/LinkTable.tsx";
import { UsedBy } from "../artifacts/UsedBy.tsx";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { resourceTexts } from "../texts/resources.ts";
import { EmptyState } from "../ui/states.tsx";
import { datedFacts, yesNo } from "./common-columns.tsx";
import { platformOptions } from "./platforms.ts";
import { RelationNames } from "./RelationName.tsx";
import type { Resource } from "./resource.ts";
import { ResourcePage } from "./ResourcePage.tsx";

const resource: Resource<Artifact> = {
  api: "/api/mdm/artifacts/",
  page: "/artifacts",
  model: "mdm.artifact",
  eventKind: "mdm_artifact",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [],
  facts: (row) => [
    { label: words.kind, value: row.type },
    { label: words.channel, value: words.channels[row.channel] },
    { label: words.platforms, value: row.platforms.join(", ") },
    { label: words.requires, value: <RelationNames to="artifact" ids={row.requires} /> },
    { label: words.duringSetup, value: yesNo(row.install_during_setup_assistant) },
    { label: words.autoUpdate, value: yesNo(row.auto_update) },
    {
      label: words.reinstall,
      value: row.reinstall_interval === 0 ? words.never : `${row.reinstall_interval} ${words.days}`,
    },
    {
      label: words.reinstallOnUpdate,
      value: words.updates.find(({ value }) => value === row.reinstall_on_os_update)?.label,
    },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "select",
      name: "platforms",
      label: words.platforms,
      options: platformOptions,
      isMany: true,
      isRequired: true,
      initial: [],
    },
    {
      kind: "relation",
      to: "artifact",
      isMany: true,
      name: "requires",
      label: words.requires,
      help: words.requiresHelp,
      initial: [],
    },
    { kind: "switch", name: "install_during_setup_assistant", label: words.duringSetup, initial: false },
    {
      kind: "switch",
      name: "auto_update",
      label: words.autoUpdate,
      help: words.autoUpdateHelp,
      initial: true,
    },
    {
      kind: "number",
      name: "reinstall_interval",
      label: words.reinstall,
      help: words.reinstallHelp,
      min: 0,
      max: 366,
      unit: words.days,
      initial: 0,
    },
    {
      kind: "select",
      name: "reinstall_on_os_update",
      label: words.reinstallOnUpdate,
      options: words.updates,
      initial: "No",
    },
    // What the API wants with every change, and nobody changes here.
    { kind: "fixed", name: "type", label: words.kind, initial: "" },
    { kind: "fixed", name: "channel", label: words.channel, initial: "" },
  ],
  tabs: [
    { id: "versions", label: words.versions, content: (row) => <VersionList artifact={row} /> },
    {
      id: "blueprints",
      label: words.usedBy,
      content: ({ id, type }) => <ArtifactUsers id={id} isLinkable={linkableTypes.has(type)} />,
    },
    {
      id: "devices",
      label: words.devices,
      permission: "mdm.view_enrolleddevice",
      content: ({ id }) => <ArtifactDevices artifact={id} />,
    },
  ],
};

/** Blueprints that hold it, and artifacts that refer to it: each as far as somebody may see it. */
function ArtifactUsers({ id, isLinkable }: { readonly id: string; readonly isLinkable: boolean }) {
  const { can } = useSession();
  return (
    <Stack gap="lg">
      {!isLinkable && <EmptyState title={words.comesAlong} />}
      {isLinkable && can("mdm.view_blueprintartifact") && <LinkTable artifact={id} />}
      <UsedBy kind="artifact" id={id} />
    </Stack>
  );
}

export const ListPage = ArtifactsPage;
export const ObjectPage = () => <ResourcePage resource={resource} />;
