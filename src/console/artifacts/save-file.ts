/** Makes an artifact, or a further version of one, from a file. */
import { requestJson } from "../api/client.ts";
import { uploadFile } from "../api/upload.ts";
import { textToBase64, toBase64 } from "../format/bytes.ts";
import type { FormValues } from "../resources/field.ts";
import type { Scope } from "../scopes/scope.ts";
import { type Artifact, type ArtifactType, versionKinds } from "./artifact-kinds.ts";
import { certificateProfile } from "./certificate-file.ts";
import type { DetectedFile } from "./detect-file.ts";

type Known = Exclude<DetectedFile, { readonly kind: "unknown" }>;

/** The type of the artifact that a file becomes. */
export function artifactTypeOf(detected: Known): ArtifactType {
  switch (detected.kind) {
    case "profile":
    case "certificate":
      return "Profile";
    case "provisioning profile":
      return "Provisioning Profile";
    case "declaration":
      return detected.artifactType;
    case "package":
      return "Enterprise App";
    case "data asset":
      return "Data Asset";
  }
}

export type FileVersion = {
  readonly file: File;
  readonly detected: Known;
  readonly artifact: string;
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly version: number;
  readonly scope: Scope;
  /** How an app is installed, as the API takes it; empty for other files. */
  readonly options: FormValues;
  readonly onProgress: (share: number) => void;
};

/** Stores the file, and the version that holds it. */
export async function saveFileVersion(made: FileVersion): Promise<void> {
  const { detected, artifact, version, scope } = made;
  const kind = versionKinds[artifactTypeOf(detected)];
  if (kind === null) throw new Error("Files become artifacts whose versions the API takes");
  await requestJson("POST", kind.api, { artifact, version, ...scope, ...(await contentOf(made)) });
}

async function contentOf({
  file,
  detected,
  name,
  channel,
  options,
  onProgress,
}: FileVersion): Promise<object> {
  if (detected.kind === "declaration") return { source: detected.source };
  if (detected.kind === "certificate") {
    const about = { name, filename: file.name, channel };
    return { source: textToBase64(certificateProfile(detected.certificates, about)) };
  }
  if (detected.kind === "profile" || detected.kind === "provisioning profile") {
    return { source: toBase64(new Uint8Array(await file.arrayBuffer())) };
  }
  const { uri, sha256 } = await uploadFile(file, onProgress);
  return detected.kind === "package"
    ? { package_uri: uri, package_sha256: sha256, ...options }
    : { type: detected.type, file_uri: uri, file_sha256: sha256 };
}

export type NewArtifact = Omit<FileVersion, "artifact" | "version"> & {
  readonly platforms: readonly string[];
  /** Null for none yet. */
  readonly blueprint: number | null;
};

/** Makes the artifact with its first version; without the version it does not stay. */
export async function saveNewArtifact(made: NewArtifact): Promise<Artifact> {
  const { name, channel, platforms, scope, blueprint } = made;
  const type = artifactTypeOf(made.detected);
  const artifact = await requestJson<Artifact>("POST", "/api/mdm/artifacts/", {
    name,
    type,
    channel,
    platforms,
  });
  try {
    await saveFileVersion({ ...made, artifact: artifact.id, version: 1 });
  } catch (error) {
    await requestJson("DELETE", `/api/mdm/artifacts/${artifact.id}/`);
    throw error;
  }
  if (blueprint !== null) {
    await requestJson("POST", "/api/mdm/blueprint_artifacts/", {
      blueprint,
      artifact: artifact.id,
      ...scope,
    });
  }
  return artifact;
}
