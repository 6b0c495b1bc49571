/** What can be done to the devices that are selected. */
import { Affix, Button, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";
import { useSession } from "../../session/session.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { texts } from "../../texts/en.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { AssignBlueprint } from "./AssignBlueprint.tsx";
import { BulkCommand } from "./BulkCommand.tsx";
import { BulkTags } from "./BulkTags.tsx";
import type { DeviceRow } from "./device-list.ts";
import { tagRights } from "./tag-rights.ts";

type Dialog = "command" | "blueprint" | "tags";

export function BulkBar(props: { readonly devices: readonly DeviceRow[]; readonly onDeselect: () => void }) {
  const { devices, onDeselect } = props;
  const { can } = useSession();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = (): void => setDialog(null);
  const why = (rights: readonly string[]): string | null => {
    const missing = rights.find((right) => !can(right));
    return missing === undefined ? null : texts.common.noRight(missing);
  };
  const ids = devices.map(({ id }) => id);
  return (
    <>
      {devices.length > 0 && (
        <Affix position={{ bottom: 16, left: 16, right: 16 }} zIndex={150}>
          <Paper
            withBorder
            shadow="lg"
            p="sm"
            maw={760}
            mx="auto"
            role="region"
            aria-label={t.bulk.selected(devices.length)}
          >
            <Group gap="xs">
              <Text size="sm" fw={600} role="status">
                {t.bulk.selected(devices.length)}
              </Text>
              <ActionButton
                size="xs"
                disabledReason={why(["mdm.add_devicecommand"])}
                onClick={() => setDialog("command")}
              >
                {t.bulk.command}
              </ActionButton>
              <ActionButton
                size="xs"
                variant="default"
                disabledReason={why(["mdm.change_enrolleddevice", "mdm.view_blueprint"])}
                onClick={() => setDialog("blueprint")}
              >
                {t.bulk.blueprint}
              </ActionButton>
              <ActionButton
                size="xs"
                variant="default"
                disabledReason={why([...tagRights, "inventory.view_tag", "inventory.view_taxonomy"])}
                onClick={() => setDialog("tags")}
              >
                {t.bulk.tags}
              </ActionButton>
              <Button size="xs" variant="subtle" onClick={onDeselect}>
                {t.bulk.deselect}
              </Button>
            </Group>
          </Paper>
        </Affix>
      )}
      {dialog === "command" && <BulkCommand deviceIds={ids} onClose={close} />}
      {dialog === "blueprint" && <AssignBlueprint deviceIds={ids} blueprint={null} onClose={close} />}
      {dialog === "tags" && (
        <BulkTags serialNumbers={devices.map(({ serial_number: serial }) => serial)} onClose={close} />
      )}
    </>
  );
}
