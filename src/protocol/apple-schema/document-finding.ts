// What is found in a document that an operator uploads and many devices get. Apple's schema is not the whole truth: a
// newer release has keys it does not know, and a document may be for several platforms of which one ignores a part. Only
// what no device could take is a reason to refuse.
import type { Findings, SchemaProblem } from "./finding.ts";
import type { KeyWalk } from "./judge-keys.ts";
import { judgeAudience, type SchemaAudience } from "./judge-support.ts";
import type { SchemaKey } from "./schema.ts";
import type { PlistWritable } from "../plist/value.ts";

/** A finding, and whether the document should be refused for it or somebody should be told. */
export type DocumentFinding = SchemaProblem & { readonly severity: "refuse" | "warn" };

/** The families of variables that are replaced when a document is delivered (desired-state.md 4.6). */
const variable = /\$(?:ENROLLED_DEVICE|ENROLLED_USER|REALM_USER|MANAGED_APPLE_ID)\./;
/** Stands before a reference to an artifact or a package of ours (desired-state.md 4.7). */
const ownReferencePrefix = "ztl:";

/** How a kind of document is walked, beside what all of them have in common. */
export type DocumentRules = {
  readonly release: string;
  readonly audience: SchemaAudience;
  readonly isWarning: (problem: SchemaProblem) => boolean;
  /** Values that are taken although their type is another. */
  readonly isOpen: (key: SchemaKey, value: PlistWritable) => boolean;
};

/** Makes the walk of a document: what will be replaced on delivery is not judged. */
export function walkDocument(rules: DocumentRules): KeyWalk {
  return {
    findings: { problems: [], warnings: [] },
    release: rules.release,
    judgeSupport: (place) => judgeAudience(rules.audience, place),
    isWarning: rules.isWarning,
    isOpen: (key, value) => isReplacedOnDelivery(value) || rules.isOpen(key, value),
  };
}

/** Tells whether a value is text that is replaced for each device. */
export function isReplacedOnDelivery(value: unknown): boolean {
  return typeof value === "string" && (value.startsWith(ownReferencePrefix) || variable.test(value));
}

/** The findings of a walk: reasons to refuse first, each sort in the order of the document. */
export function listDocumentFindings({ problems, warnings }: Findings): readonly DocumentFinding[] {
  return [
    ...problems.map((found) => ({ ...found, severity: "refuse" as const })),
    ...warnings.map((found) => ({ ...found, severity: "warn" as const })),
  ];
}
