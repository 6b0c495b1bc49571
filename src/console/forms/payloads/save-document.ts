/** Stores a document: the artifact it makes or belongs to, and its version. */
import { api, unwrap } from "../../api/client.ts";
import { textToBase64 } from "../../format/bytes.ts";
import { artifactTypeOf, type DocumentKind } from "./build-document.ts";
import type { ArtifactPlatform } from "./schema-key.ts";

export type DocumentToSave = {
  readonly kind: DocumentKind;
  readonly type: string;
  readonly text: string;
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly platforms: readonly ArtifactPlatform[];
  /** An artifact that was made for it already, by a try whose document was refused; null for none. */
  readonly madeArtifactId: string | null;
};

/** Makes the artifact, or brings the one of an earlier try up to date. */
export async function saveArtifact(document: DocumentToSave): Promise<string> {
  const { kind, type, name, channel, platforms, madeArtifactId } = document;
  const artifactType = artifactTypeOf(kind, type);
  if (artifactType === null) throw new Error(`No artifact has a ${type}`);
  const body = { name, type: artifactType, channel, platforms: [...platforms] };
  const artifact = await unwrap(
    madeArtifactId === null
      ? api.POST("/api/mdm/artifacts/", { body })
      : api.PUT("/api/mdm/artifacts/{uuid}/", { params: { path: { uuid: madeArtifactId } }, body }),
  );
  return artifact.id;
}

/** Adds a version with the document, for all platforms of the artifact. */
export async function saveVersion(
  document: Pick<DocumentToSave, "kind" | "text" | "platforms">,
  of: { readonly artifactId: string; readonly version: number },
): Promise<void> {
  const { kind, text, platforms } = document;
  const block = {
    artifact: of.artifactId,
    version: of.version,
    ios: platforms.includes("iOS"),
    ipados: platforms.includes("iPadOS"),
    macos: platforms.includes("macOS"),
    tvos: platforms.includes("tvOS"),
  };
  if (kind === "profile") {
    await unwrap(api.POST("/api/mdm/profiles/", { body: { ...block, source: textToBase64(text) } }));
  } else {
    await unwrap(api.POST("/api/mdm/declarations/", { body: { ...block, source: text } }));
  }
}
