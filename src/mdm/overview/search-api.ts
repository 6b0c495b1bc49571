/** The operators' door to the search over everything. */
import { Type } from "typebox";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import { hitsOfKindMax, searchKinds, searchPatterns, searchPermissions } from "./search.ts";
import { searchKind } from "./search-store.ts";

const Query = Type.Object({
  q: Type.Optional(
    Type.String({
      description: "Part of a name, serial number, UDID or identifier; two characters at least",
    }),
  ),
});

const View = Type.Object({
  groups: Type.Array(
    Type.Object({
      kind: choice(searchKinds),
      hits: Type.Array(
        Type.Object({
          kind: choice(searchKinds),
          id: Type.String({ description: "Integer or UUID" }),
          title: Type.String(),
          subtitle: Type.String(),
          device_id: nullable(Type.Integer({ description: "Of devices and their users" })),
        }),
      ),
    }),
    { description: "Kinds with hits, in the order they are shown" },
  ),
});

/** One endpoint: what has a text in its name. */
export const searchEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint<unknown, typeof Query>({
    method: "GET",
    path: "/api/search/",
    operationId: "search",
    view: "search",
    access: { special: "authenticated" },
    summary: "Search over everything that has a name",
    description: `At most ${hitsOfKindMax} hits of each kind that the caller may see; what begins with the text comes first.`,
    query: Query,
    response: { status: 200, schema: View },
    handle: async (_, op, { query, caller }) => {
      const patterns = searchPatterns(query.q ?? "");
      if (patterns === null) return { groups: [] };
      const kinds = searchKinds.filter((kind) => caller?.hasPermission(searchPermissions[kind]) === true);
      const found = await Promise.all(
        kinds.map(async (kind) => ({ kind, hits: await searchKind(op.tx, kind, patterns) })),
      );
      const groups = found
        .filter(({ hits }) => hits.length > 0)
        .map(({ kind, hits }) => ({
          kind,
          hits: hits.map(({ deviceId, ...hit }) => ({ ...hit, device_id: deviceId })),
        }));
      return { groups };
    },
  }),
];
