// What is counted of reconcile, for the metrics of the server.
// Operations and jobs count; `metrics.ts` makes the counters.
// Few labels: nothing of a device, an artifact or a blueprint is among them.

/** What a target is given next: an artifact, its end, or the word that its declarations have changed. */
export type StepKind = "synchronisation" | "installation" | "removal";

/** What a target asks of declarative management; anything else it may ask for is a declaration. */
export type DeclarativeEndpoint = "tokens" | "declaration-items" | "declaration" | "status";

export type ReconcileMeter = {
  readonly countPlan: () => void;
  /** A command that was made. */
  readonly countStep: (kind: StepKind) => void;
  /** Devices that a wave has gone through, and those it asked pushes for. */
  readonly countWave: (devices: { readonly examined: number; readonly woken: number }) => void;
  /** A manifest was asked for: it was known, or had to be made. */
  readonly countManifest: (isKnown: boolean) => void;
  readonly countDeclarativeRequest: (endpoint: DeclarativeEndpoint) => void;
};

/** The dependency of what counts; absent where nobody looks. */
export type MeterDeps = { readonly reconcileMeter?: ReconcileMeter };
