/** Permissions in words, derived from the endpoints that ask for them. */
import { codenamesOf } from "./api-access.ts";
import type { BoundEndpoint } from "./endpoint.ts";

export type PermissionText = {
  readonly codename: string;
  /** `Change blueprint`. */
  readonly name: string;
  /** Method and path of what asks for it. */
  readonly endpoints: readonly string[];
};

const verbs: Readonly<Record<string, string>> = {
  view: "View",
  add: "Add",
  change: "Change",
  delete: "Delete",
};

/** Describes every permission of an endpoint table, by codename. */
export function describePermissions(endpoints: readonly BoundEndpoint[]): PermissionText[] {
  const pairs = endpoints.flatMap((endpoint) =>
    codenamesOf(endpoint.access).map((codename) => ({ codename, endpoint })),
  );
  const byCodename = Map.groupBy(pairs, ({ codename }) => codename);
  const nouns = nounsOf(endpoints);
  return [...byCodename.keys()].toSorted().map((codename) => ({
    codename,
    name: nameOf(codename, nouns),
    endpoints: (byCodename.get(codename) ?? []).map(({ endpoint: { method, path } }) => `${method} ${path}`),
  }));
}

/** Models are one word, `otaenrollment`; their lists and details are headed as people write them. */
function nounsOf(endpoints: readonly BoundEndpoint[]): ReadonlyMap<string, string> {
  const nouns = new Map<string, string>();
  for (const { access, summary } of endpoints) {
    const noun = summary.replace(/ (?:List|Detail)$/, "");
    for (const codename of codenamesOf(access)) {
      const model = /^[a-z]+\.[a-z]+_([a-z0-9]+)$/.exec(codename)?.[1];
      if (model !== undefined && noun.replaceAll(" ", "").toLowerCase() === model) nouns.set(model, noun);
    }
  }
  return nouns;
}

function nameOf(codename: string, nouns: ReadonlyMap<string, string>): string {
  const [, verb = "", model = ""] = /^[a-z0-9]+\.([a-z]+)_(.+)$/.exec(codename) ?? [];
  const noun = nouns.get(model) ?? model.replaceAll("_", " ");
  const words = noun.split(" ").map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()));
  return `${verbs[verb] ?? verb} ${words.join(" ")}`;
}
