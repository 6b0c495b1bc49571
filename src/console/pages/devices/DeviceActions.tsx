/** The buttons of a device's page, and their dialogs. */
import { Button, Group, Menu, Modal, Stack, Text, Tooltip } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useSession } from "../../session/session.ts";
import { deviceActionTexts as t } from "../../texts/device-actions.ts";
import { texts } from "../../texts/en.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { CopyText } from "../../ui/CopyText.tsx";
import { ActionDialog } from "./ActionDialog.tsx";
import { AssignBlueprint } from "./AssignBlueprint.tsx";
import { type DeviceAction, deviceActions } from "./device-actions.ts";
import type { Device } from "./device-queries.ts";

/** What most people come for; the rest is in a menu. */
const buttons = ["refresh", "lock", "restart"];
const groups = ["everyday", "lost", "management", "dangerous"] as const;

export function DeviceActions({ device }: { readonly device: Device }) {
  const { can } = useSession();
  const [action, setAction] = useState<DeviceAction | null>(null);
  const [isAssigning, setAssigning] = useState(false);
  const [pin, setPin] = useState<string | null>(null);
  const why = ({ permission, refusal }: DeviceAction): string | null =>
    can(permission) ? refusal(device) : texts.common.noRight(permission);
  const assignRight = "mdm.change_enrolleddevice";
  return (
    <>
      {deviceActions
        .filter(({ id }) => buttons.includes(id))
        .map((one) => (
          <ActionButton
            key={one.id}
            variant="default"
            disabledReason={why(one)}
            onClick={() => setAction(one)}
          >
            {one.label}
          </ActionButton>
        ))}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDots size={16} aria-hidden />}>
            {t.more}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="70vh" style={{ overflowY: "auto" }}>
          {groups.map((group) => (
            <Fragment key={group}>
              <Menu.Label>{t.groups[group]}</Menu.Label>
              {deviceActions
                .filter((one) => one.group === group && !buttons.includes(one.id))
                .map((one) => (
                  <ActionItem key={one.id} action={one} why={why(one)} onClick={() => setAction(one)} />
                ))}
              {group === "management" && (
                <Menu.Item disabled={!can(assignRight)} onClick={() => setAssigning(true)}>
                  {t.assign.label}
                </Menu.Item>
              )}
            </Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
      {action !== null && (
        <ActionDialog
          key={action.id}
          device={device}
          action={action}
          onClose={() => setAction(null)}
          onSecret={setPin}
        />
      )}
      {isAssigning && (
        <AssignBlueprint
          deviceIds={[device.id]}
          blueprint={device.blueprint}
          onClose={() => setAssigning(false)}
        />
      )}
      <Modal
        opened={pin !== null}
        onClose={() => setPin(null)}
        title={t.pinTitle}
        closeButtonProps={{ "aria-label": texts.common.close }}
      >
        <Stack>
          <Group justify="center" fz="xl">
            <CopyText value={pin ?? ""} label={t.pinTitle} />
          </Group>
          <Text size="sm">{t.pinHelp}</Text>
        </Stack>
      </Modal>
    </>
  );
}

/** An item of the menu; it says why when it cannot be chosen. */
function ActionItem(props: {
  readonly action: DeviceAction;
  readonly why: string | null;
  readonly onClick: () => void;
}) {
  const { action, why, onClick } = props;
  const isRed = action.group === "dangerous";
  if (why === null) {
    return (
      <Menu.Item
        onClick={onClick}
        {...(isRed ? { c: "light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))" } : {})}
      >
        {action.label}
      </Menu.Item>
    );
  }
  return (
    <Tooltip label={why} position="left" events={{ hover: true, focus: true, touch: true }}>
      <Menu.Item aria-disabled aria-description={why} data-disabled closeMenuOnClick={false}>
        {action.label}
        <Text size="xs" c="dimmed">
          {why}
        </Text>
      </Menu.Item>
    </Tooltip>
  );
}
