/** What devices should have, made through the operators' API: artifacts with their first version, and links to blueprints. */
import { type ApiClient, type ApiObject, textOf } from "./api-client.ts";

/** Members of a scope: platforms, shards, tags (docs/artifacts.md). */
export type Scope = ApiObject;

export const everyPlatform: Scope = { ios: true, ipados: true, macos: true, tvos: true };

export type ArtifactOrder = {
  readonly name: string;
  readonly type: string;
  /** Of the artifact, such as `platforms` or `requires`. */
  readonly settings?: ApiObject;
  /** Where versions of the type are made, such as `profiles`, and what is theirs alone. */
  readonly versions: string;
  readonly payload: ApiObject;
  /** Of the version and of the links. */
  readonly scope?: Scope;
  /** The blueprints it is linked to. */
  readonly blueprints: readonly number[];
};

/** Makes an artifact with one version, and links it. @returns Its id. */
export async function makeArtifact(api: ApiClient, order: ArtifactOrder): Promise<string> {
  const { name, type, settings = {}, versions, payload, scope = everyPlatform, blueprints } = order;
  const created = await api.create("/api/mdm/artifacts/", { name, type, channel: "Device", ...settings });
  const artifact = textOf(created, "id");
  await api.create(`/api/mdm/${versions}/`, { artifact, version: 1, ...platformsOf(scope), ...payload });
  for (const blueprint of blueprints) {
    await api.create("/api/mdm/blueprint_artifacts/", { blueprint, artifact, ...scope });
  }
  return artifact;
}

/** Shards and tags are the link's: said twice, they would count twice. */
function platformsOf(scope: Scope): Scope {
  return Object.fromEntries(Object.entries(scope).filter(([member]) => Object.hasOwn(everyPlatform, member)));
}
