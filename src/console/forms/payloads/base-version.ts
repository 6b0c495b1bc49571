/** The version that a new one is written from. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { base64ToText } from "../../format/bytes.ts";
import { readPlistDictionary } from "../../format/read-plist.ts";
import type { DocumentIdentity, DocumentKind } from "./build-document.ts";
import { type FormValue, isDictionary, withMember } from "./form-value.ts";
import { type ArtifactPlatform, artifactPlatforms } from "./schema-key.ts";

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
  readonly value: FormValue | null;
  /** What of the document must stay as it is. */
  readonly identity: Partial<DocumentIdentity>;
};

export const baseVersionQuery = (kind: DocumentKind, artifactId: string) =>
  queryOptions({
    queryKey: ["artifacts", artifactId, "base-version", kind],
    queryFn: () => readBaseVersion(kind, artifactId),
    // What somebody writes on is not exchanged under their hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

async function readBaseVersion(kind: DocumentKind, artifactId: string): Promise<BaseVersion> {
  const query = { artifact: artifactId, ordering: "-version", limit: 1 };
  const [artifact, latest] = await Promise.all([
    unwrap(api.GET("/api/mdm/artifacts/{uuid}/", { params: { path: { uuid: artifactId } } })),
    kind === "profile" ? readProfile(query) : readDeclaration(query),
  ]);
  const { name, channel } = artifact;
  const platforms = artifactPlatforms.filter((platform) => artifact.platforms.includes(platform));
  return { artifactId, name, channel, platforms, ...latest };
}

type Latest = Pick<BaseVersion, "version" | "text" | "value" | "identity">;
type Query = { readonly artifact: string; readonly ordering: string; readonly limit: number };

const nothing: Latest = { version: 0, text: null, value: {}, identity: {} };

async function readProfile(query: Query): Promise<Latest> {
  const [latest] = (await unwrap(api.GET("/api/mdm/profiles/", { params: { query } }))).results;
  if (latest === undefined) return nothing;
  const text = base64ToText(latest.source);
  const profile = text === null ? null : readPlistDictionary(text);
  const content: readonly unknown[] = Array.isArray(profile?.["PayloadContent"])
    ? profile["PayloadContent"]
    : [];
  const payload = content.length === 1 && isDictionary(content[0]) ? content[0] : null;
  const uuid = profile?.["PayloadUUID"];
  const identifier = profile?.["PayloadIdentifier"];
  const payloadUuid = payload?.["PayloadUUID"];
  return {
    version: latest.version,
    text,
    value: payload === null ? null : ownMembers(payload),
    identity: {
      ...(typeof uuid === "string" ? { uuid } : {}),
      ...(typeof identifier === "string" ? { identifier } : {}),
      ...(typeof payloadUuid === "string" ? { payloadUuid } : {}),
    },
  };
}

async function readDeclaration(query: Query): Promise<Latest> {
  const [latest] = (await unwrap(api.GET("/api/mdm/declarations/", { params: { query } }))).results;
  if (latest === undefined) return nothing;
  const { Payload, Identifier } = latest.source;
  return {
    version: latest.version,
    text: `${JSON.stringify(latest.source, null, 2)}\n`,
    value: Payload,
    identity: { identifier: Identifier },
  };
}

/** What every payload has is written anew with the document. */
const common = ["PayloadType", "PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadDisplayName"];

function ownMembers(payload: FormValue): FormValue {
  return common.reduce((rest, name) => withMember(rest, name, undefined), payload);
}
