// The references in the payload of a declaration: at the places where Apple's schema wants an asset or a configuration, an
// artifact or another declaration by its identifier; at a ManifestURL, a package (desired-state 4.7).
// They are read and linked when a declaration is saved; the payload keeps them as they were written.
import {
  type Artifact,
  type ArtifactId,
  artifactTypeFacts,
  isAsset,
  isConfiguration,
} from "#mdm/artifacts/artifact.ts";
import type { VersionArtifact } from "#mdm/artifacts/artifact-version.ts";
import type { Refusal } from "#platform/errors.ts";
import { isUuid } from "#protocol/ddm/identifiers.ts";
import type { JsonObject, JsonValue } from "#protocol/mdm/json.ts";
import { type DeclarationRefs, declarationRefsMax, sourceRefusal } from "./declaration.ts";

/** Where a type of declarations refers to others, as Apple's schema says; `*` stands for every position of a list. */
export type ReferencePaths = {
  readonly references: readonly {
    readonly path: readonly string[];
    readonly assetTypes: readonly string[];
  }[];
  readonly manifests: readonly (readonly string[])[];
};

/** A reference as it was written. */
export type WrittenReference = {
  readonly key: readonly string[];
  readonly text: string;
  /** The types it may lead to; one may end with `*`. */
  readonly wantedTypes: readonly string[];
};

/** What a payload refers to. */
export type WrittenReferences = {
  readonly artifacts: readonly WrittenReference[];
  readonly packages: readonly { readonly key: readonly string[]; readonly text: string }[];
};

/** An artifact that something may refer to, with the types of its declarations. */
export type LinkableArtifact = Pick<Artifact, "id" | "name" | "type" | "channel" | "platforms"> & {
  readonly declarationTypes: readonly string[];
};

/** What was found for the references of a payload. */
export type KnownTargets = {
  readonly artifacts: ReadonlyMap<string, LinkableArtifact>;
  /** Declarations by the identifier an operator gave them. */
  readonly identifiers: ReadonlyMap<string, { readonly type: string; readonly artifact: LinkableArtifact }>;
  readonly packageIds: ReadonlySet<string>;
};

/** What a reference to something of this server begins with; the reference's own word, which its clients send. */
const ownPrefix = "ztl:";

/** The UUID of a reference to something of this server; null for any other text. */
export function ownReference(text: string): string | null {
  return text.startsWith(ownPrefix) ? text.slice(ownPrefix.length).toLowerCase() : null;
}

/** Reads the references of a payload. What is no text at such a place is the schema's affair. */
export function readReferences(payload: JsonObject, paths: ReferencePaths): WrittenReferences {
  const artifacts = paths.references.flatMap(({ path, assetTypes }) =>
    textsAt(payload, path).map((found) => ({ ...found, wantedTypes: assetTypes })),
  );
  const packages = paths.manifests
    .flatMap((path) => textsAt(payload, path))
    // Anything else is a URL, which devices are given as it is.
    .filter(({ text }) => ownReference(text) !== null);
  return { artifacts, packages };
}

type Found = { readonly key: readonly string[]; readonly text: string };

function textsAt(value: JsonValue, path: readonly string[], key: readonly string[] = []): Found[] {
  const [step, ...rest] = path;
  if (step === undefined) return typeof value === "string" ? [{ key, text: value }] : [];
  if (step === "*") {
    const members = Array.isArray(value) ? value : [];
    return members.flatMap((member, index) => textsAt(member, rest, [...key, String(index)]));
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const member = isObject && Object.hasOwn(value, step) ? value[step] : undefined;
  return member === undefined ? [] : textsAt(member, rest, [...key, step]);
}

/** Links the references of a declaration, or tells the first that leads nowhere it may (http-api 2.13). */
export function linkReferences(
  written: WrittenReferences,
  known: KnownTargets,
  from: VersionArtifact,
): DeclarationRefs | Refusal {
  if (written.artifacts.length + written.packages.length > declarationRefsMax) {
    const detail = `Payload has more than ${declarationRefsMax} references`;
    return sourceRefusal("declaration_malformed", detail);
  }
  const artifacts: { key: readonly string[]; artifactId: ArtifactId }[] = [];
  for (const reference of written.artifacts) {
    const linked = linkReference(reference, known);
    if ("code" in linked) return linked;
    const refusal = refuseReach(linked, from);
    if (refusal !== null) return refusal;
    artifacts.push({ key: reference.key, artifactId: linked.id });
  }
  const packages: { key: readonly string[]; packageId: string }[] = [];
  for (const { key, text } of written.packages) {
    const packageId = ownReference(text) ?? "";
    if (!known.packageIds.has(packageId)) return unknown(`Unknown zentral package: ${quoted(text)}`);
    packages.push({ key, packageId });
  }
  return { artifacts, packages };
}

function linkReference(
  { text, wantedTypes }: WrittenReference,
  known: KnownTargets,
): LinkableArtifact | Refusal {
  const id = ownReference(text);
  if (id === null) {
    const found = known.identifiers.get(text);
    if (found === undefined) return unknown(`Unknown custom artifact: ${quoted(text)}`);
    const isWanted = wantedTypes.some((wanted) => matchesType(found.type, wanted));
    return isWanted ? found.artifact : incompatible(`Incompatible custom artifact: ${quoted(text)}`);
  }
  const artifact = isUuid(id) ? known.artifacts.get(id) : undefined;
  if (artifact === undefined) return unknown(`Unknown zentral artifact: ${quoted(text)}`);
  if (!artifactTypeFacts[artifact.type].isDeclaration) {
    return incompatible(`Zentral artifact is not a declaration: ${quoted(text)}`);
  }
  const isWanted = wantedTypes.some((wanted) => isCompatible(artifact, wanted));
  return isWanted ? artifact : incompatible(`Incompatible zentral artifact: ${quoted(text)}`);
}

function matchesType(type: string, wanted: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

function isCompatible({ type, declarationTypes }: LinkableArtifact, wanted: string): boolean {
  if (wanted === "com.apple.configuration.*") return isConfiguration(type);
  if (!isAsset(type)) return false;
  if (type === "Certificate Asset") {
    return wanted === "com.apple.asset.credential.acme" || wanted === "com.apple.asset.credential.scep";
  }
  if (type === "Data Asset") return wanted === "com.apple.asset.data";
  return declarationTypes.includes(wanted);
}

/** What is referred to must be there wherever the declaration is. */
function refuseReach(to: LinkableArtifact, from: VersionArtifact): Refusal | null {
  if (to.channel !== from.channel) {
    return incompatible(`Referenced artifact ${to.name} on a different channel.`);
  }
  if (from.platforms.every((platform) => to.platforms.includes(platform))) return null;
  return incompatible(`Referenced artifact ${to.name} not available for all platforms.`);
}

const quotedCharactersMax = 200;
/** Without our prefix: the texts say what it stands for. */
const quoted = (text: string): string =>
  (text.startsWith(ownPrefix) ? text.slice(ownPrefix.length) : text).slice(0, quotedCharactersMax);
const unknown = (detail: string): Refusal => sourceRefusal("declaration_reference_unknown", detail);
const incompatible = (detail: string): Refusal => sourceRefusal("declaration_reference_incompatible", detail);
