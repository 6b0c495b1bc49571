/** The versions of an artifact. */
import { queryOptions } from "@tanstack/react-query";
import { requestJson } from "../api/client.ts";
import { answerRowsMax } from "../api/read-pages.ts";
import { type Artifact, versionKinds } from "./artifact-kinds.ts";
import type { VersionRow } from "./version-content.ts";

/** All of them, the newest first. */
export function versionsQuery({ id, type }: Pick<Artifact, "id" | "type">) {
  const kind = versionKinds[type];
  return queryOptions({
    queryKey: ["artifact_versions", id],
    queryFn: async () => {
      if (kind === null) return [];
      const { results } = await requestJson<{ readonly results: readonly VersionRow[] }>(
        "GET",
        `${kind.api}?artifact=${id}&limit=${answerRowsMax}`,
      );
      return results.toSorted((one, other) => other.version - one.version);
    },
  });
}

/** What is out of date after a version was made, changed or deleted. */
export const versionKeys = [["artifact_versions"], ["artifacts"], ["blueprints", "status"]] as const;
