/** What the address of the list of artifacts holds. */
import { type Platform, platforms } from "../resources/platforms.ts";
import { type ResourceSearch, resourceSearch } from "../resources/resource-search.ts";
import type { ArtifactType } from "./artifact-kinds.ts";

export const artifactTypes: readonly ArtifactType[] = [
  "Profile",
  "Configuration",
  "Enterprise App",
  "Activation",
  "Asset",
  "Certificate Asset",
  "Configuration (manual)",
  "Data Asset",
  "Provisioning Profile",
  "Store App",
];

export type ArtifactsSearch = ResourceSearch & {
  readonly type?: ArtifactType;
  readonly platform?: Platform;
};

/** Reads it; what is malformed is left out. */
export function artifactsSearch(search: Record<string, unknown>): ArtifactsSearch {
  const type = artifactTypes.find((known) => known === search["type"]);
  const platform = platforms.find((known) => known === search["platform"]);
  return {
    ...resourceSearch(search),
    ...(type === undefined ? {} : { type }),
    ...(platform === undefined ? {} : { platform }),
  };
}
