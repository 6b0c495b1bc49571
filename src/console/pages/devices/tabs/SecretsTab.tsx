/** Secrets of a device: each is shown on a click, which is recorded, and only to those who may. */
import { Paper, Stack, Text } from "@mantine/core";
import { api, unwrap } from "../../../api/client.ts";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { Facts } from "../../../ui/Facts.tsx";
import { SecretReveal } from "../../../ui/SecretReveal.tsx";
import type { Device } from "../device-queries.ts";

type DeviceSecret = {
  readonly label: string;
  readonly permission: string;
  readonly read: (id: number) => Promise<string | null>;
};

const path = (id: number) => ({ params: { path: { id } } });

/** A later capability that escrows something adds its line. */
const secrets: readonly DeviceSecret[] = [
  {
    label: t.secrets.lockPin,
    permission: "mdm.view_device_lock_pin",
    read: async (id) =>
      (await unwrap(api.GET("/api/mdm/devices/{id}/device_lock_pin/", path(id)))).device_lock_pin,
  },
  {
    label: t.secrets.bypassCode,
    permission: "mdm.view_activation_lock_bypass_code",
    read: async (id) =>
      (await unwrap(api.GET("/api/mdm/devices/{id}/activation_lock_bypass_code/", path(id))))
        .activation_lock_bypass_code,
  },
  {
    label: t.secrets.location,
    permission: "mdm.view_device_location",
    read: async (id) => {
      const { location } = await unwrap(api.GET("/api/mdm/devices/{id}/location/", path(id)));
      return location === null ? null : `${location.latitude}, ${location.longitude}`;
    },
  },
];

export function SecretsTab({ device }: { readonly device: Device }) {
  const { can } = useSession();
  return (
    <Paper withBorder p="md">
      <Stack>
        <Text size="sm" c="dimmed">
          {t.secrets.help}
        </Text>
        <Facts
          columns={2}
          facts={secrets.map(({ label, permission, read }) => ({
            label,
            value: (
              <SecretReveal
                label={label}
                read={() => read(device.id)}
                disabledReason={can(permission) ? null : texts.common.noRight(permission)}
              />
            ),
          }))}
        />
      </Stack>
    </Paper>
  );
}
