/** What changed of what devices should have. Slices tell; reconcile listens, because it alone knows whom that concerns. */
import type { Operation } from "#platform/operation.ts";
import type { DeviceId } from "./device.ts";

/** Named by what was written, never by the devices it concerns: a request does not grow with the fleet. */
export type DesiredStateChange =
  | {
      readonly kind: "artifacts";
      readonly artifactIds: readonly string[];
      /** What the same change concerns by itself. */
      readonly blueprintIds?: readonly number[];
    }
  | { readonly kind: "blueprints"; readonly blueprintIds: readonly number[] }
  | { readonly kind: "machines"; readonly serialNumbers: readonly string[] }
  | { readonly kind: "devices"; readonly deviceIds: readonly DeviceId[] };

/** Called in the transaction of the change. */
export type NoteDesiredStateChange = (op: Operation, change: DesiredStateChange) => Promise<void>;

/** The dependency of every operation that changes what devices should have. */
export type DesiredStateDeps = { readonly noteDesiredStateChange: NoteDesiredStateChange };
