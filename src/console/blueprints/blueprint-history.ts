/** What a blueprint was at each change of it: undone, change by change, from what it is now. */
import { pickScope, type Scope, scopeOf, scopePhrases } from "../scopes/scope.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";

/** What a PUT of a blueprint takes. */
export type BlueprintSettings = {
  readonly name: string;
  readonly inventory_interval: number;
  readonly collect_apps: number;
  readonly collect_certificates: number;
  readonly collect_profiles: number;
  readonly legacy_profiles_via_ddm: boolean;
  readonly filevault_config: number | null;
  readonly recovery_password_config: number | null;
  readonly software_update_enforcements: readonly number[];
};

export type LinkState = { readonly name: string; readonly scope: Scope };

export type BlueprintState = {
  readonly settings: BlueprintSettings;
  /** By artifact. */
  readonly links: ReadonlyMap<string, LinkState>;
};

type Values = Readonly<Record<string, unknown>>;

/** As much of an audit event as tells what changed. */
export type AuditChange = {
  readonly action?: unknown;
  readonly object?: {
    readonly model?: unknown;
    readonly prev_value?: Values | undefined;
    readonly new_value?: Values | undefined;
  };
};

export type Moment<Event> = {
  readonly event: Event;
  readonly after: BlueprintState;
  /** Null before it was there, and where the event does not say. */
  readonly before: BlueprintState | null;
};

/** The moments of a blueprint, from its events, newest first; they end where one cannot be undone. */
export function listMoments<Event extends { readonly payload: unknown }>(
  id: number,
  now: BlueprintState,
  events: readonly Event[],
): readonly Moment<Event>[] {
  const moments: Moment<Event>[] = [];
  let after: BlueprintState | null = now;
  for (const event of events) {
    if (after === null) break;
    const before = undo(id, after, event.payload as AuditChange);
    moments.push({ event, after, before });
    after = before;
  }
  return moments;
}

function undo(id: number, after: BlueprintState, { object = {} }: AuditChange): BlueprintState | null {
  const { model, prev_value: prev, new_value: next } = object;
  if (model === "mdm.blueprint") return prev === undefined ? null : { ...after, settings: settingsOf(prev) };
  if (model !== "mdm.blueprintartifact") return after;
  const links = new Map(after.links);
  if (next !== undefined && keyOf(next["blueprint"]) === id) links.delete(String(keyOf(next["artifact"])));
  if (prev !== undefined && keyOf(prev["blueprint"]) === id) {
    links.set(String(keyOf(prev["artifact"])), linkOf(prev));
  }
  return { ...after, links };
}

/** The artifact that a change is about; null for a change of the blueprint itself. */
export function changedArtifact({ object = {} }: AuditChange): string | null {
  if (object.model !== "mdm.blueprintartifact") return null;
  const { name = null } = ((object.new_value ?? object.prev_value)?.["artifact"] ?? {}) as {
    readonly name?: string | null;
  };
  return name;
}

/** Audit events name what they refer to: `{ pk, name }`. */
function keyOf(reference: unknown): number | string | null {
  const { pk = null } = (reference ?? {}) as { readonly pk?: number | string | null };
  return pk;
}

const shares = ["NO", "MANAGED_ONLY", "ALL"];

function settingsOf(value: Values): BlueprintSettings {
  const share = (name: string): number => Math.max(0, shares.indexOf(String(value[name])));
  const enforcements = value["software_update_enforcements"];
  return {
    name: String(value["name"]),
    inventory_interval: Number(value["inventory_interval"]),
    collect_apps: share("collect_apps"),
    collect_certificates: share("collect_certificates"),
    collect_profiles: share("collect_profiles"),
    legacy_profiles_via_ddm: value["legacy_profiles_via_ddm"] === true,
    filevault_config: numberOf(value["filevault_config"]),
    recovery_password_config: numberOf(value["recovery_password_config"]),
    software_update_enforcements: (Array.isArray(enforcements) ? enforcements : []).map((each) =>
      Number(keyOf(each)),
    ),
  };
}

function numberOf(reference: unknown): number | null {
  const pk = keyOf(reference);
  return pk === null ? null : Number(pk);
}

function linkOf(value: Values): LinkState {
  const { name = "" } = (value["artifact"] ?? {}) as { readonly name?: string };
  const tags = (value["excluded_tags"] ?? []) as readonly unknown[];
  const tagShards = (value["tag_shards"] ?? []) as readonly {
    readonly tag: unknown;
    readonly shard: number;
  }[];
  return {
    name,
    scope: {
      ...pickScope({ ...scopeOf([]), ...value } as Scope),
      excluded_tags: tags.map((tag) => Number(keyOf(tag))),
      tag_shards: tagShards.map(({ tag, shard }) => ({ tag: Number(keyOf(tag)), shard })),
    },
  };
}

/** What `apply/` takes. */
export type BlueprintChange = {
  readonly settings?: BlueprintSettings;
  readonly blueprint_artifacts: readonly ({ readonly artifact: string } & Scope)[];
  readonly removed: readonly string[];
};

/** What leads from one state to another; null when nothing does. */
export function changeBetween(now: BlueprintState, wanted: BlueprintState): BlueprintChange | null {
  const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  const links = [...wanted.links]
    .filter(([artifact, { scope }]) => !isSame(now.links.get(artifact)?.scope, scope))
    .map(([artifact, { scope }]) => ({ artifact, ...scope }));
  const removed = [...now.links.keys()].filter((artifact) => !wanted.links.has(artifact));
  const hasSettings = !isSame(now.settings, wanted.settings);
  if (!hasSettings && links.length === 0 && removed.length === 0) return null;
  return { ...(hasSettings && { settings: wanted.settings }), blueprint_artifacts: links, removed };
}

export type Naming = {
  readonly tag: (id: number) => string;
  readonly filevault: (id: number) => string;
  readonly recovery: (id: number) => string;
  readonly enforcement: (id: number) => string;
};

/** A state in lines that people can compare. */
export function stateText({ settings, links }: BlueprintState, naming: Naming): string {
  const named = (id: number | null, nameOf: (id: number) => string): string =>
    id === null ? words.nothing : nameOf(id);
  const lines = [
    `${words.nameLine}: ${settings.name}`,
    `${words.interval}: ${settings.inventory_interval} ${words.seconds}`,
    `${words.apps}: ${words.collect[settings.collect_apps] ?? ""}`,
    `${words.certificates}: ${words.collect[settings.collect_certificates] ?? ""}`,
    `${words.profiles}: ${words.collect[settings.collect_profiles] ?? ""}`,
    `${words.viaDdm}: ${settings.legacy_profiles_via_ddm ? words.yes : words.no}`,
    `${words.filevault}: ${named(settings.filevault_config, naming.filevault)}`,
    `${words.recovery}: ${named(settings.recovery_password_config, naming.recovery)}`,
    `${words.updates}: ${settings.software_update_enforcements.map(naming.enforcement).join(", ") || words.nothing}`,
  ];
  const artifacts = [...links.values()].map(
    ({ name, scope }) => `${words.artifact} ${name}: ${scopePhrases(scope, naming.tag).join("; ")}`,
  );
  return [...lines, ...artifacts.toSorted((one, other) => one.localeCompare(other, "en"))].join("\n");
}
