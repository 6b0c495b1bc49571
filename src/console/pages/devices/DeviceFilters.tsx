import { Button, Checkbox, Collapse, Group, Indicator, MultiSelect, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { blueprintsQuery, enrollmentsQuery, tagsQuery } from "../../api/choices.ts";
import type { SearchChange } from "../../api/list-search.ts";
import { useSession } from "../../session/session.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { SearchInput } from "../../ui/SearchInput.tsx";
import { contactSpans, deviceStates, type DevicesSearch, filterNames, platforms } from "../devices-search.ts";

type Change = (changed: SearchChange<DevicesSearch>) => void;

/** Search and filters of the device list; all of it is in the address. */
export function DeviceFilters(props: { readonly search: DevicesSearch; readonly onChange: Change }) {
  const { search, onChange } = props;
  const active = filterNames.filter((name) => search[name] !== undefined).length;
  const [isOpen, { toggle }] = useDisclosure(active > 0);
  const clear = (): void => onChange(Object.fromEntries(filterNames.map((name) => [name, undefined])));
  return (
    <>
      <Group gap="xs">
        <SearchInput
          label={t.search}
          value={search.search ?? ""}
          onChange={(word) => onChange({ search: word === "" ? undefined : word })}
        />
        <Indicator label={active} size={18} disabled={active === 0} color="orchard">
          <Button
            variant="default"
            leftSection={<IconFilter size={16} aria-hidden />}
            aria-expanded={isOpen}
            onClick={toggle}
          >
            {t.filters}
          </Button>
        </Indicator>
        {active > 0 && (
          <Button variant="subtle" onClick={clear}>
            {t.clear}
          </Button>
        )}
      </Group>
      <Collapse expanded={isOpen}>{isOpen && <Choices search={search} onChange={onChange} />}</Collapse>
    </>
  );
}

const width = { base: "100%", xs: 210 } as const;
const orNothing = <Value,>(values: readonly Value[]): readonly Value[] | undefined =>
  values.length === 0 ? undefined : values;

function Choices({ search, onChange }: { readonly search: DevicesSearch; readonly onChange: Change }) {
  const { can } = useSession();
  const [blueprints, tags, enrollments] = useQueries({
    queries: [
      { ...blueprintsQuery, enabled: can("mdm.view_blueprint") },
      { ...tagsQuery, enabled: can("inventory.view_tag") },
      { ...enrollmentsQuery, enabled: can("mdm.view_otaenrollment") },
    ],
  });
  return (
    <Group gap="xs" align="flex-end" pt="xs">
      <MultiSelect
        label={t.columns.state}
        placeholder={search.state === undefined ? t.anyState : ""}
        w={width}
        clearable
        data={deviceStates.map((value) => ({ value, label: t.states[value] }))}
        value={[...(search.state ?? [])]}
        onChange={(chosen) =>
          onChange({ state: orNothing(deviceStates.filter((one) => chosen.includes(one))) })
        }
      />
      <MultiSelect
        label={t.platform}
        placeholder={search.platform === undefined ? t.anyPlatform : ""}
        w={width}
        clearable
        data={[...platforms]}
        value={[...(search.platform ?? [])]}
        onChange={(chosen) =>
          onChange({ platform: orNothing(platforms.filter((one) => chosen.includes(one))) })
        }
      />
      <Select
        label={t.columns.contact}
        placeholder={t.anyContact}
        w={width}
        clearable
        data={contactSpans.map((value) => ({ value, label: t.contact[value] }))}
        value={search.contact ?? null}
        onChange={(value) => onChange({ contact: contactSpans.find((span) => span === value) })}
      />
      <MultiSelect
        label={t.columns.blueprint}
        placeholder={search.blueprint === undefined ? t.anyBlueprint : ""}
        w={width}
        clearable
        searchable
        disabled={!can("mdm.view_blueprint")}
        data={(blueprints.data?.results ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={(search.blueprint ?? []).map(String)}
        onChange={(chosen) => onChange({ blueprint: orNothing(chosen.map(Number)) })}
      />
      <MultiSelect
        label={t.columns.tags}
        placeholder={search.tags === undefined ? t.anyTag : ""}
        w={width}
        clearable
        searchable
        disabled={!can("inventory.view_tag")}
        data={(tags.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={(search.tags ?? []).map(String)}
        onChange={(chosen) => onChange({ tags: orNothing(chosen.map(Number)) })}
      />
      <MultiSelect
        label={t.enrollment}
        placeholder={search.enrollment === undefined ? t.anyEnrollment : ""}
        w={width}
        clearable
        searchable
        disabled={!can("mdm.view_otaenrollment")}
        data={(enrollments.data?.results ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={(search.enrollment ?? []).map(String)}
        onChange={(chosen) => onChange({ enrollment: orNothing(chosen.map(Number)) })}
      />
      <Version label={t.osMin} value={search.os_min} onChange={(version) => onChange({ os_min: version })} />
      <Version label={t.osMax} value={search.os_max} onChange={(version) => onChange({ os_max: version })} />
      <Checkbox
        label={t.failed}
        checked={search.failed ?? false}
        onChange={(event) => onChange({ failed: event.currentTarget.checked ? true : undefined })}
        pb={8}
      />
      <Checkbox
        label={t.awaiting}
        checked={search.awaiting ?? false}
        onChange={(event) => onChange({ awaiting: event.currentTarget.checked ? true : undefined })}
        pb={8}
      />
    </Group>
  );
}

function Version(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (version: string | undefined) => void;
}) {
  const { label, value = "", onChange } = props;
  const change = useDebouncedCallback((text: string) => onChange(text === "" ? undefined : text), 400);
  return (
    <TextInput
      key={value}
      label={label}
      placeholder="26.1"
      w={100}
      inputMode="decimal"
      defaultValue={value}
      onChange={(event) => change(event.currentTarget.value.trim())}
    />
  );
}
