import { deviceTexts as t } from "../../texts/devices.ts";
import { StatusBadge, type Tone } from "../../ui/StatusBadge.tsx";
import { useNow } from "../../ui/use-now.ts";
import { type DeviceState, deviceState } from "./device-problems.ts";

const tones: Readonly<Record<DeviceState, Tone>> = {
  enrolled: "good",
  pending: "progress",
  silent: "attention",
  blocked: "bad",
  checked_out: "neutral",
};

/** Where a device stands, in one word. */
export function DeviceStateBadge({ device }: { readonly device: Parameters<typeof deviceState>[0] }) {
  const state = deviceState(device, useNow());
  return <StatusBadge tone={tones[state]}>{t.states[state]}</StatusBadge>;
}
