/** The version that a new one is written from. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { sourceText } from "../../artifacts/version-content.ts";
import { api, unwrap } from "../../api/client.ts";
import type { DocumentIdentity, DocumentKind } from "./build-document.ts";
import { isDictionary } from "./form-value.ts";
import { type ReadProfile, readProfile } from "./read-profile.ts";
import { type ArtifactPlatform, artifactPlatforms, type SchemaType } from "./schema-key.ts";
import { catalogQuery, schemaTypeQuery } from "./schema-queries.ts";
import { type Section, sectionOf } from "./sections.ts";

export type BaseVersion = {
  readonly artifactId: string;
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly platforms: readonly ArtifactPlatform[];
  /** Of the latest version; 0 for an artifact without one. */
  readonly version: number;
  /** Null for what is no text. */
  readonly text: string | null;
  /** What the form begins with; null when the form cannot show the document. */
  readonly sections: readonly Section[] | null;
  /** What of the document must stay as it is. */
  readonly identity: Partial<DocumentIdentity>;
};

export const baseVersionQuery = (kind: DocumentKind, artifactId: string) =>
  queryOptions({
    queryKey: ["artifacts", artifactId, "base-version", kind],
    queryFn: ({ client }) => readBaseVersion(client, kind, artifactId),
    // What somebody writes on is not exchanged under their hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

async function readBaseVersion(
  client: QueryClient,
  kind: DocumentKind,
  artifactId: string,
): Promise<BaseVersion> {
  const query = { artifact: artifactId, ordering: "-version", limit: 1 };
  const [artifact, latest] = await Promise.all([
    unwrap(api.GET("/api/mdm/artifacts/{uuid}/", { params: { path: { uuid: artifactId } } })),
    kind === "profile" ? readLatestProfile(client, query) : readLatestDeclaration(client, query),
  ]);
  const { name, channel } = artifact;
  const platforms = artifactPlatforms.filter((platform) => artifact.platforms.includes(platform));
  return { artifactId, name, channel, platforms, ...latest };
}

type Latest = Pick<BaseVersion, "version" | "text" | "sections" | "identity">;
type Query = { readonly artifact: string; readonly ordering: string; readonly limit: number };

const nothing: Latest = { version: 0, text: null, sections: null, identity: {} };

async function readLatestProfile(client: QueryClient, query: Query): Promise<Latest> {
  const [latest] = (await unwrap(api.GET("/api/mdm/profiles/", { params: { query } }))).results;
  if (latest === undefined) return nothing;
  const text = sourceText(latest.source);
  return { version: latest.version, text, ...(await readText(client, "profile", text)) };
}

async function readLatestDeclaration(client: QueryClient, query: Query): Promise<Latest> {
  const [latest] = (await unwrap(api.GET("/api/mdm/declarations/", { params: { query } }))).results;
  if (latest === undefined) return nothing;
  const text = `${JSON.stringify(latest.source, null, 2)}\n`;
  return { version: latest.version, text, ...(await readText(client, "declaration", text)) };
}

/** What the form makes of a text; without sections when it cannot show it. */
export async function readText(
  client: QueryClient,
  kind: DocumentKind,
  text: string,
): Promise<Pick<Latest, "sections" | "identity">> {
  const schemaOf = async (type: string): Promise<SchemaType | null> => {
    const known = await client.ensureQueryData(catalogQuery(kind));
    if (!known.some((entry) => entry.type === type)) return null;
    return client.ensureQueryData(schemaTypeQuery(kind, type));
  };
  const read = kind === "profile" ? await readProfile(text, schemaOf) : await readDeclaration(text, schemaOf);
  return read ?? { sections: null, identity: {} };
}

async function readDeclaration(
  text: string,
  schemaOf: (type: string) => Promise<SchemaType | null>,
): Promise<ReadProfile | null> {
  const read = parseJson(text);
  if (!isDictionary(read) || !isDictionary(read["Payload"]) || typeof read["Type"] !== "string") return null;
  const schema = await schemaOf(read["Type"]);
  const identifier = read["Identifier"];
  return (
    schema && {
      sections: [sectionOf(schema, read["Payload"], {})],
      identity: typeof identifier === "string" ? { identifier } : {},
    }
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The check of the text says what is wrong with it.
    return null;
  }
}
