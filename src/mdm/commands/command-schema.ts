/**
 * Holds commands against Apple's schema before they are queued. A custom command answers for every key; a
 * kind answers for its target and its arguments, not for the questions this server always asks (a device
 * leaves out what it does not know, protocol specification 4.4).
 */
import { mdmAccessRights } from "#protocol/profile/mdm-payload.ts";
import {
  describeProblem,
  type SchemaProblem,
  type SchemaProblemCode,
} from "#protocol/apple-schema/finding.ts";
import type { SchemaTarget } from "#protocol/apple-schema/judge-support.ts";
import { judgeRequestType, validateCommand } from "#protocol/apple-schema/validate-command.ts";
import type { Refusal } from "#platform/errors.ts";
import { channelOf, type Target } from "#mdm/devices/device.ts";
import type { CommandArguments, CommandName } from "./command.ts";
import { commandKinds } from "./command-kinds.ts";

/**
 * What is wrong with an order, and what Apple is about to remove; the sentences hold no values of arguments.
 */
export type OrderJudgement = { readonly refusals: readonly Refusal[]; readonly warnings: readonly string[] };

type Order = { readonly name: CommandName; readonly arguments: CommandArguments };

/**
 * Refuses a kind for a target that Apple's schema leaves out. What a custom command is, is known once it is
 * read.
 */
export function refuseUnsupported(name: CommandName, target: Target): Refusal | null {
  if (name === "CustomCommand") return null;
  const requestType = requestTypeOf({ name, arguments: {} });
  const [problem] = judgeRequestType(requestType, schemaTarget(target)).problems;
  if (problem === undefined) return null;
  const detail = `Invalid target. ${describe(requestType, problem)}`;
  return { kind: "invalid", code: "target_unsupported", detail };
}

/** Judges what is about to be queued; the kind and its arguments are well-formed. */
export function judgeOrder(target: Target, order: Order): OrderJudgement {
  const kind = commandKinds[order.name];
  const verdict = validateCommand(kind.command(target, order.arguments), schemaTarget(target));
  const requestType = requestTypeOf(order);
  const required: readonly string[] = kind.argumentsFor(target).required ?? [];
  const refusals = verdict.problems.flatMap((problem): Refusal[] => {
    const field = fieldOf(order, problem);
    // What this server makes its callers send, it does not refuse: it is ignored where it does not apply
    // (http-api 2.25).
    const isForced = order.name !== "CustomCommand" && required.includes(field ?? "");
    if (field === null || (isForced && !valueCodes.includes(problem.code))) return [];
    return [{ kind: "invalid", code: "command_invalid", field, detail: describe(requestType, problem) }];
  });
  const warnings = verdict.warnings.filter((warning) => isWhole(warning) || fieldOf(order, warning) !== null);
  return { refusals, warnings: warnings.map((warning) => describe(requestType, warning)) };
}

/** What is wrong wherever the command goes. */
const valueCodes: readonly SchemaProblemCode[] = [
  "type_mismatch",
  "value_not_listed",
  "value_out_of_range",
  "value_malformed",
];

/** The argument a finding is about, or null when no caller sent it. */
function fieldOf(order: Order, { keyPath }: SchemaProblem): string | null {
  if (order.name === "CustomCommand") return "command";
  const [, key = ""] = /^Command\.([\w-]+)/.exec(keyPath) ?? [];
  return order.arguments[key] === undefined ? null : key;
}

const isWhole = ({ keyPath }: SchemaProblem): boolean => keyPath === "Command";

function describe(requestType: string, problem: SchemaProblem): string {
  return describeProblem(isWhole(problem) ? { ...problem, keyPath: requestType } : problem);
}

function requestTypeOf(order: Order): string {
  return commandKinds[order.name].requestTypeOf?.(order.arguments) ?? order.name;
}

function schemaTarget(target: Target): SchemaTarget {
  const { platform, osVersion, osVersionExtra, supervised, userEnrollment, depEnrollment } = target.device;
  const enrollment = { supervised, userEnrollment, depEnrollment, accessRights: mdmAccessRights };
  return { platform, osVersion, osVersionExtra, channel: channelOf(target), ...enrollment };
}
