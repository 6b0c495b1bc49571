/** What the fuzzing thread is told, and what it tells. */
import { join } from "node:path";
import { repository } from "../tools/source-tree.ts";

export type WorkerOrder = {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  /** `Int32[0]`: inputs tried; `[1]`: bytes of the present one; then its bytes. */
  readonly shared: SharedArrayBuffer;
};

export type WorkerNews =
  | { readonly kind: "started" }
  | { readonly kind: "finding"; readonly problem: string; readonly input: Uint8Array }
  | {
      readonly kind: "done";
      readonly runs: number;
      readonly parts: number;
      /** Inputs that reached something new. */
      readonly discoveries: readonly Uint8Array[];
      /** Some of those that were accepted. */
      readonly accepted: readonly Uint8Array[];
    };

/** Inputs that once reached something new, a folder for each target. */
export const corpusFolder = join(repository, "test", "fuzz", "corpus");
export const sharedHeaderBytes = 8;
