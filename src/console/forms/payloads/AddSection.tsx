/** A further payload in the same profile. */
import { Button, Group, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { payloadTexts } from "../../texts/payloads.ts";
import { ErrorState } from "../../ui/states.tsx";
import { catalogQuery, schemaTypeQuery } from "./schema-queries.ts";
import type { ChangeSections } from "./SectionForm.tsx";
import { newSection } from "./sections.ts";
import { platformsTaking } from "./schema-key.ts";

export function AddSection({ onChange }: { readonly onChange: ChangeSections }) {
  const catalog = useQuery(catalogQuery("profile"));
  const client = useQueryClient();
  const [type, setType] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const add = async (chosen: string): Promise<void> => {
    setFailure(null);
    try {
      const schema = await client.ensureQueryData(schemaTypeQuery("profile", chosen));
      onChange((sections) => [...sections, newSection("profile", schema)]);
      setType(null);
    } catch (error) {
      // Told beside the button, which works again.
      setFailure(error);
    }
  };
  const entries = (catalog.data ?? []).filter(({ platforms }) => platformsTaking(platforms).length > 0);
  return (
    <>
      <Group align="flex-end">
        <Select
          label={payloadTexts.another}
          description={payloadTexts.anotherHelp}
          placeholder={payloadTexts.choosePayload}
          searchable
          clearable
          flex={1}
          miw={200}
          data={entries.map((entry) => ({ value: entry.type, label: `${entry.title} (${entry.type})` }))}
          value={type}
          onChange={setType}
        />
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          disabled={type === null}
          onClick={() => type !== null && void add(type)}
        >
          {payloadTexts.addPayload}
        </Button>
      </Group>
      {failure !== null && <ErrorState error={failure} />}
    </>
  );
}
