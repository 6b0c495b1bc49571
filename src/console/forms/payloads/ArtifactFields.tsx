/** What an artifact is beside its document: name, channel, platforms. */
import { Checkbox, Group, NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import { payloadTexts } from "../../texts/payloads.ts";
import { type ArtifactPlatform, platformsTaking, type SchemaType } from "./schema-key.ts";

export type ArtifactFacts = {
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly platforms: readonly ArtifactPlatform[];
};

export function ArtifactFields(props: {
  readonly schema: SchemaType;
  readonly facts: ArtifactFacts;
  /** Messages of the server by field. */
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (facts: ArtifactFacts) => void;
}) {
  const { schema, facts, problems, onChange } = props;
  const { channels } = schema;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <TextInput
        label={payloadTexts.name}
        description={payloadTexts.nameHelp}
        error={problems["name"]}
        required
        value={facts.name}
        onChange={(event) => onChange({ ...facts, name: event.currentTarget.value })}
      />
      <NativeSelect
        label={payloadTexts.channel}
        description={payloadTexts.channelHelp}
        error={problems["channel"]}
        data={channels.map((channel) => ({ value: channel, label: payloadTexts.channels[channel] }))}
        value={facts.channel}
        onChange={(event) =>
          onChange({ ...facts, channel: event.currentTarget.value === "User" ? "User" : "Device" })
        }
      />
      <Checkbox.Group
        label={payloadTexts.platforms}
        description={payloadTexts.platformsHelp}
        error={problems["platforms"]}
        value={[...facts.platforms]}
        onChange={(chosen) => {
          const all = platformsTaking(schema.platforms);
          onChange({ ...facts, platforms: all.filter((platform) => chosen.includes(platform)) });
        }}
      >
        <Group mt={6}>
          {platformsTaking(schema.platforms).map((platform) => (
            <Checkbox key={platform} value={platform} label={platform} />
          ))}
        </Group>
      </Checkbox.Group>
    </SimpleGrid>
  );
}
