// What a judgement of a message against Apple's schema finds: where, which rule, and why in words.
import { quoteHostileText } from "../plist/value.ts";

/** The kinds of rule. `deprecated` is only ever a warning. */
export type SchemaProblemCode =
  | "request_type_unknown"
  | "type_unknown"
  | "platform_unsupported"
  | "os_too_old"
  | "os_too_new"
  | "channel_unsupported"
  | "shared_ipad_required"
  | "supervision_required"
  | "automated_enrollment_required"
  | "user_enrollment_forbidden"
  | "user_enrollment_required"
  | "access_right_missing"
  | "key_unknown"
  | "key_missing"
  | "type_mismatch"
  | "value_not_listed"
  | "value_out_of_range"
  | "value_malformed"
  | "deprecated";

/**
 * One finding. `keyPath` is `Command` for what concerns the whole command, else `Command.Settings[0].Item`.
 */
export type SchemaProblem = {
  readonly code: SchemaProblemCode;
  readonly keyPath: string;
  /** A phrase that follows the key path: "is not available on tvOS". */
  readonly reason: string;
};

/**
 * A command with problems would be answered with an error, or not do what was asked; warnings stop nothing.
 */
export type SchemaVerdict = {
  readonly problems: readonly SchemaProblem[];
  readonly warnings: readonly SchemaProblem[];
};

/** Most findings of one message; a message with more is no near miss. */
export const schemaFindingsMax = 20;

/** Collects findings of one message. */
export type Findings = { readonly problems: SchemaProblem[]; readonly warnings: SchemaProblem[] };

/** Tells whether a finding is only of something that will go away. */
export function isDeprecation({ code }: SchemaProblem): boolean {
  return code === "deprecated";
}

/** Adds findings, up to {@link schemaFindingsMax} of each sort. */
export function addFindings(
  findings: Findings,
  found: readonly SchemaProblem[],
  isWarning: (problem: SchemaProblem) => boolean = isDeprecation,
): void {
  for (const finding of found) {
    const list = isWarning(finding) ? findings.warnings : findings.problems;
    if (list.length < schemaFindingsMax) list.push(finding);
  }
}

/** Tells whether a message has so many problems that reading on would only cost time. */
export function isFull({ problems }: Findings): boolean {
  return problems.length >= schemaFindingsMax;
}

/** The path of a member, in an empty path its name; a name that is no plain word is quoted and cut. */
export function memberPath(path: string, name: string): string {
  if (path === "" && /^[\w-]{1,60}$/.test(name)) return name;
  return /^[\w-]{1,60}$/.test(name) ? `${path}.${name}` : `${path}[${quoteHostileText(name)}]`;
}

/** A finding as a sentence: `Command.PIN is not available on tvOS.` */
export function describeProblem({ keyPath, reason }: SchemaProblem): string {
  return `${keyPath} ${reason}.`;
}
