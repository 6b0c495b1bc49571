/** What is fuzzed: a decoder, inputs to begin with, and what may become of an input. */
import type { Random } from "./random.ts";

/** Changes an input that has a structure it knows; null when it does not. */
export type Mutator = (input: Buffer, context: MutationContext) => Buffer | null;

export type MutationContext = {
  readonly random: Random;
  /** Another input of the corpus, to take parts from. */
  readonly other: Buffer;
  readonly words: readonly string[];
};

export type FuzzTarget = {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  readonly mutators: readonly Mutator[];
  /** Texts that mean something to the decoder. */
  readonly words: readonly string[];
  /**
   * Gives one input to the decoder.
   *
   * @returns Whether it was accepted.
   * @throws For everything that is not a refusal the decoder promises, and for every broken promise of an accepted input.
   */
  readonly run: (input: Buffer) => boolean;
};

/** Inputs stay below this: the limits of size have tests of their own, and small inputs are many. */
export const inputBytesMax = 64 * 1024;

/**
 * Runs a decoder and expects a value or one of its own refusals.
 *
 * @param names The error classes it may throw; each must carry a code.
 * @returns Null when it refused.
 */
export function decodeOrNull<T>(names: readonly string[], decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    const isRefusal =
      error instanceof Error && names.includes(error.name) && "code" in error && error.code !== undefined;
    if (isRefusal) return null;
    throw error;
  }
}

/** @throws When a promise does not hold. */
export function promise(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Broken promise: ${what}`);
}

/**
 * A recipe tells how the rest of an input becomes a message: `word NUL payload`. What a signature or an envelope
 * protects is reached by changing it before it is signed or sealed.
 */
export function splitRecipe(input: Buffer): { readonly recipe: string | null; readonly payload: Buffer } {
  const word = /^([a-z]{2,8})\0/.exec(input.toString("latin1", 0, 9))?.[1];
  return word === undefined
    ? { recipe: null, payload: input }
    : { recipe: word, payload: input.subarray(word.length + 1) };
}

export function withRecipe(recipe: string | null, payload: Buffer): Buffer {
  return recipe === null ? payload : Buffer.concat([Buffer.from(`${recipe}\0`), payload]);
}
