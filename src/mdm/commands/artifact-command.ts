/**
 * Commands that deliver an artifact version: who makes them and who takes their answers. The queue knows which version,
 * and nothing of what is in it: that is made when the command is handed out, for the target as it is then.
 */
import type { PlistDictionary, PlistWritableDictionary } from "#protocol/plist/value.ts";
import type { Operation } from "#platform/operation.ts";
import type { Target } from "#mdm/devices/device.ts";
import type {
  FetchedChallenge,
  ScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import type { CommandName, CommandRecord, CommandStatus, CommandUuid, Effect } from "./command.ts";

/** The names of commands whose dictionary is made from an artifact version. */
export const renderedNames: readonly CommandName[] = [
  "InstallEnterpriseApplication",
  "InstallProfile",
  "InstallProvisioningProfile",
  "RemoveProfile",
  "RemoveProvisioningProfile",
];

/** Challenges to fetch before a command can be made, by the place they are for; and what came of them. */
export type ChallengeOrders = ReadonlyMap<string, ScepChallengeOrder>;
export type FetchedChallenges = ReadonlyMap<string, FetchedChallenge>;

/** A command that waits in the queue until challenges were fetched, outside of any transaction. */
export type AwaitedCommand = {
  readonly uuid: CommandUuid;
  readonly name: CommandName;
  readonly orders: ChallengeOrders;
  /** There is none yet. */
  readonly command?: undefined;
};

/** The `Command` dictionary; or what to fetch first; or that it is not sent, the reason of which was recorded. */
export type MadeArtifactCommand =
  | { readonly command: PlistWritableDictionary }
  | { readonly orders: ChallengeOrders }
  | null;

export type PlannedAnswer = {
  readonly target: Target;
  readonly command: CommandRecord;
  readonly status: CommandStatus;
  /** As Apple sends it; null for none. */
  readonly errorChain: readonly unknown[] | null;
  /** The whole message. */
  readonly response: PlistDictionary;
};

/** What plans do with the commands they made. The slice that plans stands above this one; `app.ts` passes it in. */
export type ArtifactCommands = {
  /** Makes the dictionary of a command of {@link renderedNames}. */
  readonly make: (
    op: Operation,
    delivery: {
      readonly target: Target;
      readonly command: CommandRecord;
      readonly fetched?: FetchedChallenges;
    },
  ) => Promise<MadeArtifactCommand>;
  /** Takes the final answer to a command that a plan made, whatever its status. */
  readonly finish: (op: Operation, answer: PlannedAnswer) => Promise<readonly Effect[]>;
};

/** Whether a command was made by a plan: its answer is the plan's affair, not its kind's. */
export function isPlanned({ name, artifactVersion }: CommandRecord): boolean {
  return artifactVersion !== null || name === "DeclarativeManagement";
}
