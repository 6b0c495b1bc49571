/** What the search of the API found, and where its pages are. */
import { api, unwrap } from "../api/client.ts";
import { searchKinds } from "../texts/en.ts";

const ask = (q: string) => unwrap(api.GET("/api/search/", { params: { query: { q } } }));

type Group = Awaited<ReturnType<typeof ask>>["groups"][number];
export type Hit = Group["hits"][number];
export type HitGroup = {
  readonly label: string;
  readonly kind: Group["kind"];
  readonly hits: readonly Hit[];
};

/** Asks the server, which leaves out what the account may not see. */
export async function readHits(word: string): Promise<readonly HitGroup[]> {
  const { groups } = await ask(word);
  return groups.map(({ kind, hits }) => ({ kind, label: searchKinds[kind], hits }));
}

const folders: Readonly<Record<Hit["kind"], string>> = {
  device: "/devices",
  user: "/devices",
  artifact: "/artifacts",
  blueprint: "/blueprints",
  ota_enrollment: "/enrollments",
  push_certificate: "/push-certificates",
  tag: "/tags",
};

/** The page of a hit; a person's is the device they are on. */
export function hitAddress({ kind, id, device_id: deviceId }: Hit): string {
  return `${folders[kind]}/${encodeURIComponent(deviceId ?? id)}`;
}
