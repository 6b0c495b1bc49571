/** Which artifact is in which blueprint, and how far the devices are. */
import { queryOptions } from "@tanstack/react-query";
import { api, requestJson, unwrap } from "../api/client.ts";
import type { BlueprintArtifact } from "../scopes/scope.ts";
import { answerRowsMax, type ListPage, readPages } from "../api/read-pages.ts";

export type LinkFilter = { readonly blueprint?: number; readonly artifact?: string };

/** More than anybody links. */
const linksMax = 5_000;

/** The links of a blueprint or of an artifact. */
export async function readLinks(filter: LinkFilter): Promise<readonly BlueprintArtifact[]> {
  const query = new URLSearchParams({ limit: String(answerRowsMax) });
  for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
  const { rows } = await readPages<BlueprintArtifact>({ rowsMax: linksMax, placeName: "offset" }, (place) => {
    if (place !== null) query.set("offset", place);
    return requestJson<ListPage<BlueprintArtifact>>(
      "GET",
      `/api/mdm/blueprint_artifacts/?${query.toString()}`,
    );
  });
  return rows;
}

/** {@link readLinks}, kept. */
export function linksQuery(filter: LinkFilter) {
  return queryOptions({ queryKey: ["blueprint_artifacts", filter], queryFn: () => readLinks(filter) });
}

/** How far the devices of a blueprint are. */
export function statusQuery(id: number) {
  return queryOptions({
    queryKey: ["blueprints", "status", id],
    queryFn: () => unwrap(api.GET("/api/mdm/blueprints/{id}/status/", { params: { path: { id } } })),
    refetchInterval: 15_000,
  });
}

/** How far the devices of all blueprints are, in one request: the targets by blueprint. */
export const statusesQuery = queryOptions({
  queryKey: ["blueprints", "status", "all"],
  queryFn: async () => {
    const { results } = await unwrap(
      api.GET("/api/mdm/blueprints/status/", { params: { query: { limit: answerRowsMax } } }),
    );
    return new Map(results.map(({ id, targets }) => [id, targets]));
  },
  refetchInterval: 15_000,
});

/** What is out of date after a link changed. */
export const linkKeys = [["blueprint_artifacts"], ["blueprints", "status"]] as const;
