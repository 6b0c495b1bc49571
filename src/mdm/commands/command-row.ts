// Rows of the list of all commands: what was ordered for which device, how far it is, newest first.
// Read by operators alone; nothing here queues, changes or shows what a command carries.
// Counts stop where counting a history of years would cost more than the page.
import type { Ordering } from "#platform/page.ts";
import type { CommandProgress, CommandStatus } from "./command.ts";

/** From here on, commands are not counted any more. */
export const commandRowsCountMax = 10_000;

/** One line of the list. */
export type CommandRow = {
  readonly uuid: string;
  readonly name: string;
  readonly state: CommandProgress;
  readonly status: CommandStatus | null;
  readonly deviceId: number;
  readonly deviceName: string | null;
  readonly serialNumber: string;
  readonly sentAt: Date | null;
  readonly resultTime: Date | null;
  readonly createdAt: Date;
};

/** What narrows the list; everything that is named must hold. */
export type CommandRowFilter = {
  readonly name?: string;
  /** Part of the name, in any case. */
  readonly search?: string;
  readonly serialNumber?: string;
  /** From this time on. */
  readonly since?: Date;
  /** Before this time. */
  readonly until?: Date;
  readonly states?: readonly CommandProgress[];
};

/** The orders a caller may ask for: what an index holds, so that a page of a long history is read without the rest. */
export const commandRowOrderings = ["created_at"] as const;
export type CommandRowOrdering = Ordering<(typeof commandRowOrderings)[number]>;

/** What is listed: which of them, in which order, and the page. */
export type CommandRowQuestion = {
  readonly filter: CommandRowFilter;
  /** The newest first where there is none. */
  readonly orderings: readonly CommandRowOrdering[];
  readonly page: { readonly limit: number; readonly offset: number };
};
