/** What Apple's schema says of a declaration, for the targets its version is for. */
import type { ArtifactVersion } from "#mdm/artifacts/artifact-version.ts";
import { audienceOf } from "#mdm/artifacts/profile-findings.ts";
import type { Refusal } from "#platform/errors.ts";
import { describeProblem } from "#protocol/apple-schema/finding.ts";
import { validateDeclaration } from "#protocol/apple-schema/validate-declaration.ts";
import { type DeclarationSource, sourceRefusal } from "./declaration.ts";

export type DeclarationJudgement = {
  readonly refusals: readonly Refusal[];
  /** Sentences for people; nothing is stopped by them. */
  readonly warnings: readonly string[];
};

/** Judges a declaration; beyond the reference, which takes any payload of a type it knows. */
export function judgeSchema(
  { Type, Payload }: DeclarationSource,
  version: Pick<ArtifactVersion, "artifact" | "scope">,
): DeclarationJudgement {
  const findings = validateDeclaration({ type: Type, payload: Payload }, audienceOf(version));
  const refused = findings.filter(({ severity }) => severity === "refuse");
  const warned = findings.filter(({ severity }) => severity === "warn");
  return {
    refusals: refused.map((finding) =>
      sourceRefusal("declaration_schema_violated", describeProblem(finding)),
    ),
    warnings: warned.map(describeProblem),
  };
}
