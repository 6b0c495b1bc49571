/** Refusals are values, bugs and outages are exceptions (house rule 2.8). */

/** The closed list of ways to say no; `platform/http` maps each to a status in one place. */
export type RefusalKind = "invalid" | "not_found" | "conflict" | "forbidden" | "too_large" | "too_many";

/**
 * Why something asked for is not done.
 *
 * `code` is stable and typed per slice (`blueprint_in_use`); `detail` is a sentence for a person; `field` names the
 * member of the input at fault, when there is one.
 */
export type Refusal = {
  readonly kind: RefusalKind;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  /** Of `too_many`: when to try again. */
  readonly retrySeconds?: number;
};

/** Thrown by operations so that the transaction rolls back; carries the refusals to the door, the first one leading. */
export class OperationRefused extends Error {
  readonly refusal: Refusal;
  readonly refusals: readonly Refusal[];
  constructor(refusal: Refusal, ...further: readonly Refusal[]) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.name = "OperationRefused";
    this.refusal = refusal;
    this.refusals = [refusal, ...further];
  }
}

/** Throws what was refused, all of it at once so that a person can mend all of it at once. */
export function throwIfRefused(...refusals: readonly (Refusal | null)[]): void {
  const [first, ...further] = refusals.filter((refusal) => refusal !== null);
  if (first !== undefined) throw new OperationRefused(first, ...further);
}

/** Guards what cannot happen; never used on input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
