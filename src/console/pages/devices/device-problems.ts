/** What is wrong with a device, from what the API says of it. Pure: the page shows it, tests hold it. */
import { parseWireTime } from "../../format/time.ts";
import { deviceTexts as t } from "../../texts/devices.ts";
import type { Device, DeviceArtifact, DeviceCommand } from "./device-queries.ts";

export type Problem = {
  readonly severity: "bad" | "attention";
  readonly text: string;
  /** The tab that shows more. */
  readonly tab?: "artifacts" | "commands";
};

/** A device that says nothing for so long is called silent. */
export const silentAfterDays = 7;
/** Device certificates are renewed by themselves well before. */
const certificateWarningDays = 14;
const daySeconds = 86_400;

export type DeviceState = "blocked" | "checked_out" | "pending" | "silent" | "enrolled";

type Facts = Pick<Device, "blocked_at" | "checkout_at" | "last_seen_at">;

/** The one word for where a device stands. */
export function deviceState(device: Facts, now: Date): DeviceState {
  if (device.blocked_at !== null) return "blocked";
  if (device.checkout_at !== null) return "checked_out";
  if (device.last_seen_at === null) return "pending";
  return daysBetween(device.last_seen_at, now) > silentAfterDays ? "silent" : "enrolled";
}

type Findings = {
  readonly device: Pick<
    Device,
    | "blocked_at"
    | "checkout_at"
    | "last_seen_at"
    | "push"
    | "cert_not_valid_after"
    | "awaiting_configuration"
    | "erased_at"
    | "blueprint"
  >;
  readonly artifacts: readonly Pick<DeviceArtifact, "state">[];
  readonly commands: readonly Pick<DeviceCommand, "state">[];
  readonly now: Date;
};

/** Everything that somebody should look at, the worst first. */
export function deviceProblems({ device, artifacts, commands, now }: Findings): readonly Problem[] {
  const failed = artifacts.filter(({ state }) => state === "failed").length;
  const parked = commands.filter(({ state }) => state === "parked").length;
  const state = deviceState(device, now);
  const found: (Problem | false)[] = [
    state === "blocked" && { severity: "bad", text: t.problems.blocked },
    state === "checked_out" && { severity: "bad", text: t.problems.checkedOut },
    state === "pending" && { severity: "attention", text: t.problems.pending },
    device.push.token_rejected_at !== null && {
      severity: "bad",
      text: t.problems.pushRejected(device.push.reason),
    },
    failed > 0 && { severity: "bad", text: t.problems.failedArtifacts(failed), tab: "artifacts" },
    parked > 0 && { severity: "bad", text: t.problems.parkedCommands(parked), tab: "commands" },
    state === "silent" && { severity: "attention", text: t.problems.silent(silentAfterDays) },
    expiresSoon(device.cert_not_valid_after, now) && {
      severity: "attention",
      text: t.problems.certificateExpires,
    },
    device.awaiting_configuration === true && { severity: "attention", text: t.problems.awaiting },
    device.blueprint === null && { severity: "attention", text: t.problems.noBlueprint },
  ];
  return found.filter((problem) => problem !== false);
}

function expiresSoon(at: string | null, now: Date): boolean {
  return at !== null && -daysBetween(at, now) < certificateWarningDays;
}

function daysBetween(at: string, now: Date): number {
  const time = parseWireTime(at);
  return time === null ? 0 : (now.getTime() - time.getTime()) / 1000 / daySeconds;
}

export type NextStep = { readonly text: string; readonly at: string | null };

/** What happens next with a device, as far as the server knows; with a time only where one lies ahead. */
export function nextStep(
  now: Date,
  artifacts: readonly Pick<DeviceArtifact, "state" | "artifact">[],
  commands: readonly Pick<DeviceCommand, "state" | "name" | "not_before" | "retry_at">[],
): NextStep {
  const command = [...commands].reverse().find(({ state }) => ["queued", "sent", "not_now"].includes(state));
  if (command !== undefined) {
    const { name, state, not_before: notBefore, retry_at: retryAt } = command;
    const time = parseWireTime(retryAt ?? notBefore ?? "");
    return {
      text: t.next.command(name, state),
      at: time === null || time <= now ? null : time.toISOString(),
    };
  }
  const pending = artifacts.find(({ state }) => state.startsWith("to_"));
  if (pending !== undefined) return { text: t.next.artifact(pending.artifact.name), at: null };
  return { text: t.next.nothing, at: null };
}
