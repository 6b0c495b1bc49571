/** What the search of the API found, and where its pages are. */
import { requestJson } from "../api/client.ts";
import { searchKinds } from "../texts/en.ts";

export type Hit = {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
};

export type HitGroup = { readonly kind: string; readonly label: string; readonly hits: readonly Hit[] };

/** Asks the server; hits whose kind has no page yet are left out. */
export async function readHits(word: string): Promise<readonly HitGroup[]> {
  const { results } = await requestJson<{ readonly results: readonly Hit[] }>(
    "GET",
    `/api/search/?q=${encodeURIComponent(word)}`,
  );
  return groupHits(results);
}

/** By kind, in the order the server gave. */
export function groupHits(hits: readonly Hit[]): readonly HitGroup[] {
  const kinds = [...new Set(hits.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const label = (searchKinds as Readonly<Record<string, string>>)[kind];
    return label === undefined ? [] : [{ kind, label, hits: hits.filter((hit) => hit.kind === kind) }];
  });
}

const folders: Readonly<Record<string, string>> = {
  device: "/devices",
  user: "/devices",
  artifact: "/artifacts",
  blueprint: "/blueprints",
  ota_enrollment: "/enrollments",
  push_certificate: "/push-certificates",
  tag: "/tags",
};

/** The page of a hit. */
export function hitAddress({ kind, id }: Hit): string {
  const folder = folders[kind] ?? "/";
  return kind === "tag" ? folder : `${folder}/${encodeURIComponent(id)}`;
}
