/** For whom something is: platforms and versions, how many devices, which tags more or not at all. */
import {
  Button,
  Checkbox,
  CloseButton,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Slider,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRelation } from "../resources/relations.ts";
import { type Platform, platforms } from "../resources/platforms.ts";
import { scopeTexts as words } from "../texts/scopes.ts";
import { percentOf, platformScope, type Scope, shardOf, type TagShard, withPlatform } from "./scope.ts";

export type ScopeEditorProps = {
  readonly scope: Scope;
  /** Of the artifact: others cannot be chosen. */
  readonly available: readonly Platform[];
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (scope: Scope) => void;
};

export function ScopeEditor(props: ScopeEditorProps) {
  return (
    <Stack>
      <Fieldset legend={words.platforms}>
        <Stack gap="xs">
          {platforms.map((platform) => (
            <PlatformRow key={platform} {...props} platform={platform} />
          ))}
        </Stack>
      </Fieldset>
      <Fieldset legend={words.rollout}>
        <Stack>
          <Rollout {...props} />
          <TagShards {...props} />
        </Stack>
      </Fieldset>
      <ExcludedTags {...props} />
    </Stack>
  );
}

function PlatformRow(props: ScopeEditorProps & { readonly platform: Platform }) {
  const { scope, available, problems, onChange, platform } = props;
  const { isEnabled, from, below } = platformScope(scope, platform);
  const isAvailable = available.includes(platform);
  const prefix = platform.toLowerCase();
  return (
    <Group gap="sm" mih={36} align="center">
      <Checkbox
        label={platform}
        w={110}
        checked={isEnabled}
        disabled={!isAvailable && !isEnabled}
        error={problems[prefix]}
        {...(isAvailable ? {} : { title: words.unavailable })}
        onChange={(event) =>
          onChange(withPlatform(scope, platform, { isEnabled: event.currentTarget.checked }))
        }
      />
      {isEnabled && (
        <>
          <TextInput
            aria-label={`${platform} ${words.from}`}
            placeholder={words.from}
            size="xs"
            w={120}
            value={from}
            error={problems[`${prefix}_min_version`]}
            onChange={(event) =>
              onChange(withPlatform(scope, platform, { from: event.currentTarget.value.trim() }))
            }
          />
          <TextInput
            aria-label={`${platform} ${words.below}`}
            placeholder={words.below}
            size="xs"
            w={120}
            value={below}
            error={problems[`${prefix}_max_version`]}
            onChange={(event) =>
              onChange(withPlatform(scope, platform, { below: event.currentTarget.value.trim() }))
            }
          />
        </>
      )}
    </Group>
  );
}

/** Few enough for a phone. */
const marks = [0, 50, 100].map((value) => ({ value, label: `${value} %` }));

function Rollout({ scope, problems, onChange }: ScopeEditorProps) {
  const modulo = scope.shard_modulo;
  const percent = percentOf(scope.default_shard, modulo);
  const change = (value: number): void => onChange({ ...scope, default_shard: shardOf(value, modulo) });
  return (
    <Stack gap={4}>
      <Text size="sm" c="dimmed">
        {words.rolloutHelp}
      </Text>
      <Group wrap="nowrap" align="center" pb="lg">
        <Slider
          flex={1}
          mx="xs"
          marks={marks}
          value={percent}
          onChange={change}
          label={(value) => `${value} %`}
          thumbLabel={words.shareLabel}
        />
        <NumberInput
          aria-label={words.shareLabel}
          w={90}
          size="xs"
          min={0}
          max={100}
          suffix=" %"
          value={percent}
          error={problems["default_shard"]}
          onChange={(value) => change(typeof value === "number" ? value : 0)}
        />
      </Group>
    </Stack>
  );
}

function TagShards({ scope, problems, onChange }: ScopeEditorProps) {
  const { rows, nameOf } = useRelation("tag");
  const { shard_modulo: modulo, tag_shards: shards, excluded_tags: excluded } = scope;
  const change = (changed: readonly TagShard[]): void => onChange({ ...scope, tag_shards: changed });
  const free = rows.filter(
    ({ id }) => !shards.some(({ tag }) => tag === id) && !excluded.includes(Number(id)),
  );
  const [first] = free;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {words.tags}
      </Text>
      <Text size="xs" c="dimmed">
        {words.tagsHelp}
      </Text>
      {shards.map(({ tag, shard }, index) => (
        <Group key={tag} gap="xs" wrap="nowrap">
          <Select
            aria-label={words.tag}
            flex={1}
            size="xs"
            searchable
            allowDeselect={false}
            data={[{ value: String(tag), label: nameOf(tag) }, ...free.map(optionOf)]}
            value={String(tag)}
            onChange={(chosen) => change(shards.with(index, { tag: Number(chosen ?? tag), shard }))}
          />
          <NumberInput
            aria-label={`${words.shareLabel}: ${nameOf(tag)}`}
            w={90}
            size="xs"
            min={0}
            max={100}
            suffix=" %"
            value={percentOf(shard, modulo)}
            onChange={(value) =>
              change(
                shards.with(index, { tag, shard: shardOf(typeof value === "number" ? value : 0, modulo) }),
              )
            }
          />
          <CloseButton
            aria-label={words.removeTag(nameOf(tag))}
            onClick={() => change(shards.filter((_, place) => place !== index))}
          />
        </Group>
      ))}
      {problems["tag_shards"] !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {problems["tag_shards"]}
        </Text>
      )}
      {first !== undefined && (
        <Button
          size="compact-sm"
          variant="light"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => change([...shards, { tag: Number(first.id), shard: modulo }])}
        >
          {words.addTag}
        </Button>
      )}
    </Stack>
  );
}

function optionOf({ id, name }: { readonly id: number | string; readonly name: string }) {
  return { value: String(id), label: name };
}

function ExcludedTags({ scope, problems, onChange }: ScopeEditorProps) {
  const { rows } = useRelation("tag");
  return (
    <MultiSelect
      label={words.excluded}
      data={rows.filter(({ id }) => !scope.tag_shards.some(({ tag }) => tag === id)).map(optionOf)}
      searchable
      value={scope.excluded_tags.map(String)}
      error={problems["excluded_tags"]}
      onChange={(chosen) => onChange({ ...scope, excluded_tags: chosen.map(Number) })}
    />
  );
}
