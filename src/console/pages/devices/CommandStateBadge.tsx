import { deviceTexts as t } from "../../texts/devices.ts";
import { StatusBadge, type Tone } from "../../ui/StatusBadge.tsx";
import type { CommandState, DeviceCommand } from "./device-queries.ts";

type Stated = Pick<DeviceCommand, "state" | "status">;

const tones: Readonly<Record<CommandState, Tone>> = {
  queued: "progress",
  sent: "progress",
  not_now: "attention",
  parked: "bad",
  answered: "good",
  expired: "neutral",
  superseded: "neutral",
  cancelled: "neutral",
};

const hasFailed = ({ state, status }: Stated): boolean => state === "answered" && status !== "Acknowledged";

/** How far a command is, in a word; an answer may be a failure. */
export function commandStateText(command: Stated): string {
  return hasFailed(command) ? t.answerFailed : t.commandStates[command.state];
}

export function CommandStateBadge({ command }: { readonly command: Stated }) {
  const tone = hasFailed(command) ? "bad" : tones[command.state];
  return <StatusBadge tone={tone}>{commandStateText(command)}</StatusBadge>;
}
