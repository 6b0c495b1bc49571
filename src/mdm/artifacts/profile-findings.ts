/** What Apple's schema says of a profile, for the targets its version is for. */
import { describeProblem } from "#protocol/apple-schema/finding.ts";
import type { SchemaAudience } from "#protocol/apple-schema/judge-support.ts";
import { validateProfile } from "#protocol/apple-schema/validate-profile.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";
import type { ArtifactVersion } from "./artifact-version.ts";
import { scopePlatforms } from "./item-scope.ts";

export type ProfileJudgement = {
  readonly refusals: readonly Refusal[];
  /** Sentences for people; nothing is stopped by them. */
  readonly warnings: readonly string[];
};

/** Judges a profile; beyond the reference, which takes any. */
export function judgeProfile(
  content: PlistDictionary,
  version: Pick<ArtifactVersion, "artifact" | "scope">,
): ProfileJudgement {
  const findings = validateProfile(content, audienceOf(version));
  const refused = findings.filter(({ severity }) => severity === "refuse");
  const warned = findings.filter(({ severity }) => severity === "warn");
  return {
    refusals: refused.map((finding) => ({
      kind: "invalid",
      code: "profile_not_of_the_schema",
      field: "source",
      detail: describeProblem(finding),
    })),
    warnings: warned.map(describeProblem),
  };
}

/** The enabled platforms of a version, each from its minimum on. */
export function audienceOf({ artifact, scope }: Pick<ArtifactVersion, "artifact" | "scope">): SchemaAudience {
  const enabled = scopePlatforms.filter((platform) => scope.platforms[platform].isEnabled);
  return {
    channel: artifact.channel,
    platforms: enabled.map((platform) => ({
      platform,
      osVersionMin: scope.platforms[platform].minVersion,
    })),
  };
}
