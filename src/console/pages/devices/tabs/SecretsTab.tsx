/** Secrets of a device: each is shown on a click, which is recorded, and only to those who may. */
import { Paper, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
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
  readonly read: (asked: Asked) => Promise<string | null>;
};

/** Of which device, and why; empty for no reason. */
type Asked = { readonly id: number; readonly reason: string };

/** The API's own limit. */
const reasonCharactersMax = 500;

const path = ({ id, reason }: Asked) => ({
  params: { path: { id }, query: reason.trim() === "" ? {} : { reason: reason.trim() } },
});

/** A later capability that escrows something adds its line. */
const secrets: readonly DeviceSecret[] = [
  {
    label: t.secrets.lockPin,
    permission: "mdm.view_device_lock_pin",
    read: async (asked) =>
      (await unwrap(api.GET("/api/mdm/devices/{id}/device_lock_pin/", path(asked)))).device_lock_pin,
  },
  {
    label: t.secrets.bypassCode,
    permission: "mdm.view_activation_lock_bypass_code",
    read: async (asked) =>
      (await unwrap(api.GET("/api/mdm/devices/{id}/activation_lock_bypass_code/", path(asked))))
        .activation_lock_bypass_code,
  },
  {
    label: t.secrets.location,
    permission: "mdm.view_device_location",
    read: async (asked) => {
      const { location } = await unwrap(api.GET("/api/mdm/devices/{id}/location/", path(asked)));
      return location === null ? null : `${location.latitude}, ${location.longitude}`;
    },
  },
];

export function SecretsTab({ device }: { readonly device: Device }) {
  const { can } = useSession();
  const [reason, setReason] = useState("");
  return (
    <Paper withBorder p="md">
      <Stack>
        <Text size="sm" c="dimmed">
          {t.secrets.help}
        </Text>
        <TextInput
          label={t.secrets.reason}
          description={t.secrets.reasonHelp}
          maxLength={reasonCharactersMax}
          maw={480}
          autoComplete="off"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Facts
          columns={2}
          facts={secrets.map(({ label, permission, read }) => ({
            label,
            value: (
              <SecretReveal
                label={label}
                read={() => read({ id: device.id, reason })}
                disabledReason={can(permission) ? null : texts.common.noRight(permission)}
              />
            ),
          }))}
        />
      </Stack>
    </Paper>
  );
}
