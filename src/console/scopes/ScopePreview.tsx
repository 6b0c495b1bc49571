/** What a change would do to the devices of a blueprint, before it is made. */
import { Alert, List, Loader, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { requestJson } from "../api/client.ts";
import type { paths } from "../api/generated/schema.d.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { scopeTexts as words } from "../texts/scopes.ts";
import { ErrorState } from "../ui/states.tsx";
import type { Scope } from "./scope.ts";

type Item = Scope & { readonly artifact: string };
export type ProposedChange = {
  readonly blueprint_artifacts?: readonly Item[];
  readonly removed?: readonly string[];
  readonly artifact_versions?: readonly Item[];
  readonly legacy_profiles_via_ddm?: boolean;
};

type Preview =
  paths["/api/mdm/blueprints/{id}/preview/"]["post"]["responses"][200]["content"]["application/json"];

/** How long a pause in typing asks the server. */
const pauseMilliseconds = 400;
const right = "mdm.view_enrolleddevice";

export function ScopePreview(props: { readonly blueprint: number; readonly change: ProposedChange }) {
  const [change] = useDebouncedValue(props.change, pauseMilliseconds);
  const { can } = useSession();
  const preview = useQuery({
    queryKey: ["blueprints", "preview", props.blueprint, change],
    queryFn: () => requestJson<Preview>("POST", `/api/mdm/blueprints/${props.blueprint}/preview/`, change),
    placeholderData: keepPreviousData,
    enabled: can(right),
  });
  return (
    <Alert
      variant="light"
      color="blue"
      title={words.preview}
      role="status"
      aria-live="polite"
      icon={
        preview.isFetching ? <Loader size={16} color="blue" aria-label={texts.common.loading} /> : undefined
      }
    >
      {!can(right) && <Text size="sm">{texts.common.noRight(right)}</Text>}
      {preview.error !== null && <ErrorState error={preview.error} />}
      {preview.data !== undefined && preview.error === null && <Outcome preview={preview.data} />}
    </Alert>
  );
}

function Outcome({ preview }: { readonly preview: Preview }) {
  const { devices, installs, updates, removals, sample } = preview;
  if (devices.affected === 0) return <Text size="sm">{words.previewNone}</Text>;
  const counts = [
    ...(installs > 0 ? [words.installs(installs)] : []),
    ...(updates > 0 ? [words.updates(updates)] : []),
    ...(removals > 0 ? [words.removals(removals)] : []),
  ];
  return (
    <Stack gap={4}>
      <Text size="sm">
        <strong>{words.previewDevices(devices.affected, devices.total)}</strong>
        {counts.length > 0 && `: ${counts.join(", ")}.`}
      </Text>
      {!preview.is_complete && <Text size="sm">{words.previewPartial(devices.examined)}</Text>}
      <Text size="xs">{words.sample}</Text>
      <List size="xs">
        {sample.slice(0, samplesMax).map((target) => (
          <List.Item key={`${target.enrolled_device}-${target.enrolled_user ?? ""}`}>
            {target.serial_number} {phrases(target).join("; ")}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

const samplesMax = 5;

function phrases(target: Preview["sample"][number]): readonly string[] {
  const names = (keys: Preview["sample"][number]["installs"]): string =>
    keys.map(({ pk, name }) => name ?? pk).join(", ");
  return [
    ...(target.installs.length > 0 ? [`${words.gets} ${names(target.installs)}`] : []),
    ...(target.updates.length > 0 ? [`${words.changes} ${names(target.updates)}`] : []),
    ...(target.removals.length > 0 ? [`${words.loses} ${names(target.removals)}`] : []),
  ];
}
