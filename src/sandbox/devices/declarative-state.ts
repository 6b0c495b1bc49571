/** What declarative management has made of one channel of a simulated device. */

/** The four lists of a manifest, and the words for them in a request and in a status report. */
export const manifestSections = ["Activations", "Assets", "Configurations", "Management"] as const;

export type ManifestSection = (typeof manifestSections)[number];

export type DeclarationReason = {
  readonly code: string;
  readonly description: string;
  readonly details?: Readonly<Record<string, string>>;
};

/** What a device thinks of a declaration: of one whose type it does not know, nothing. */
export type Validity = "valid" | "invalid" | "unknown";

/** A declaration the device holds, and what became of it. */
export type HeldDeclaration = {
  readonly section: ManifestSection;
  readonly identifier: string;
  readonly serverToken: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly valid: Validity;
  readonly active: boolean;
  readonly reasons: readonly DeclarationReason[];
  /** The profile that a legacy configuration brought. */
  readonly profileIdentifier: string | null;
};

/** What a test has decided about declarations whose identifier contains a text. */
export type DeclarationFault = {
  readonly identifierPart: string;
  /** How many server tokens of it fail. */
  timesLeft: number;
  readonly reasons: readonly DeclarationReason[];
};

export type DeclarativeState = {
  /** By identifier. */
  readonly declarations: Map<string, HeldDeclaration>;
  /** The token of the manifest they came from; null before the first. */
  token: string | null;
  /** A DeclarativeManagement command came: the device synchronises when it has answered. */
  isSyncDue: boolean;
  /** How often a manifest was fetched. */
  manifestsFetched: number;
  /** The declarations part of the last status report, to send it only when it changed. */
  lastReported: string | null;
  readonly reports: Readonly<Record<string, unknown>>[];
  readonly faults: DeclarationFault[];
  /** Types this device has never heard of. */
  readonly unknownTypes: Set<string>;
};

/** Of a channel that nothing has been declared for. */
export function newDeclarativeState(): DeclarativeState {
  return {
    declarations: new Map(),
    token: null,
    isSyncDue: false,
    manifestsFetched: 0,
    lastReported: null,
    reports: [],
    faults: [],
    unknownTypes: new Set(),
  };
}
