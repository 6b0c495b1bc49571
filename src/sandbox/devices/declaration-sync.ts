/**
 * The device's side of declarative management: compares tokens, fetches what changed, applies it, and says how that
 * went. Written from Apple's documentation ("Leveraging the declarative management data model to scale devices"), not
 * from our server.
 */
import { createHash } from "node:crypto";
import { userMembers } from "./checkin-messages.ts";
import { listCertificatePayloads, openProfile } from "./configuration-profile.ts";
import {
  type DeclarationReason,
  type DeclarativeState,
  type HeldDeclaration,
  type ManifestSection,
  manifestSections,
} from "./declarative-state.ts";
import { DeviceError } from "./device-error.ts";
import type { Channel } from "./device-state.ts";
import { expectOk } from "./mdm-client.ts";
import type { ServerLine } from "./server-line.ts";
import { statusReport } from "./status-report.ts";
import type { Transport, WireAnswer } from "./transport.ts";

type JsonObject = Readonly<Record<string, unknown>>;

export type DeclarationSync = {
  readonly line: ServerLine;
  readonly channel: Channel;
  /** For what declarations refer to: profiles, assets. */
  readonly transport: Transport;
};

type Item = { readonly section: ManifestSection; readonly identifier: string; readonly serverToken: string };

/** A declaration as it was fetched, before anything is decided about it. */
type Fetched = Item & { readonly type: string; readonly payload: JsonObject };

/** What is known of a declaration by itself, before activations are looked at. */
type Judged = Pick<HeldDeclaration, "valid" | "reasons" | "profileIdentifier">;

const sectionKinds: Readonly<Record<ManifestSection, string>> = {
  Activations: "activation",
  Assets: "asset",
  Configurations: "configuration",
  Management: "management",
};

/**
 * Brings one channel in line with what the server declares, and reports. Nothing is fetched when the tokens say that
 * nothing changed.
 *
 * @throws {DeviceError} When the server does not answer what it must.
 */
export async function syncDeclarations(sync: DeclarationSync): Promise<void> {
  const state = stateOf(sync);
  state.isSyncDue = false;
  const tokens = objectAt(await ask(sync, "tokens"), "SyncTokens");
  const token = textOf(tokens, "DeclarationsToken");
  if (token !== state.token) await takeManifest(sync, state);
  await report(sync, state);
}

/** Reports what changed since the last report, if anything did. */
export async function report(sync: DeclarationSync, state: DeclarativeState = stateOf(sync)): Promise<void> {
  const { facts } = sync.line;
  const built = statusReport(facts, sync.channel, state);
  if (built.declarations === state.lastReported) return;
  expectOk(await send(sync, "status", built.report), "status report");
  state.lastReported = built.declarations;
  state.reports.push(built.report);
}

function stateOf({ line, channel }: DeclarationSync): DeclarativeState {
  return line.state.declarative[channel];
}

async function takeManifest(sync: DeclarationSync, state: DeclarativeState): Promise<void> {
  const manifest = await ask(sync, "declaration-items");
  const items = itemsOf(objectAt(manifest, "Declarations"));
  state.manifestsFetched += 1;
  const wanted = new Set(items.map(({ identifier }) => identifier));
  for (const held of state.declarations.values()) {
    if (!wanted.has(held.identifier)) drop(sync, state, held);
  }
  // Assets come before what refers to them, activations last.
  const order: readonly ManifestSection[] = ["Management", "Assets", "Configurations", "Activations"];
  const sorted = items.toSorted((one, other) => order.indexOf(one.section) - order.indexOf(other.section));
  for (const item of sorted) await takeItem(sync, state, item);
  applyActivations(state);
  state.token = textOf(manifest, "DeclarationsToken");
}

async function takeItem(sync: DeclarationSync, state: DeclarativeState, item: Item): Promise<void> {
  const held = state.declarations.get(item.identifier);
  if (held?.serverToken === item.serverToken) return;
  const fetched = await fetchDeclaration(sync, item);
  const judged = await judge(sync, state, fetched);
  if (held !== undefined && held.profileIdentifier !== judged.profileIdentifier) drop(sync, state, held);
  state.declarations.set(item.identifier, { ...fetched, ...judged, active: false });
}

async function fetchDeclaration(sync: DeclarationSync, item: Item): Promise<Fetched> {
  const declaration = await ask(sync, `declaration/${sectionKinds[item.section]}/${item.identifier}`);
  const identifier = textOf(declaration, "Identifier");
  const serverToken = textOf(declaration, "ServerToken");
  if (identifier !== item.identifier) {
    throw new DeviceError("status_unexpected", `Asked for ${item.identifier} and was given ${identifier}`);
  }
  const payload = objectAt(declaration, "Payload");
  return { section: item.section, identifier, serverToken, type: textOf(declaration, "Type"), payload };
}

async function judge(sync: DeclarationSync, state: DeclarativeState, fetched: Fetched): Promise<Judged> {
  const fault = state.faults.find(
    ({ identifierPart, timesLeft }) => timesLeft > 0 && fetched.identifier.includes(identifierPart),
  );
  if (fault !== undefined) {
    fault.timesLeft -= 1;
    return { valid: "invalid", reasons: fault.reasons, profileIdentifier: null };
  }
  if (state.unknownTypes.has(fetched.type)) return { valid: "unknown", reasons: [], profileIdentifier: null };
  try {
    if (fetched.type === "com.apple.configuration.legacy") return await installLegacyProfile(sync, fetched);
    if (fetched.section === "Assets") await fetchAsset(sync, fetched.payload);
    return { valid: "valid", reasons: [], profileIdentifier: null };
  } catch (error) {
    // A device reports what it cannot take; anything else is a fault of the simulator.
    if (!(error instanceof DeviceError)) throw error;
    const reason = { code: "Error.ConfigurationCannotBeApplied", description: error.message };
    return { valid: "invalid", reasons: [reason], profileIdentifier: null };
  }
}

async function installLegacyProfile({ line, transport }: DeclarationSync, fetched: Fetched): Promise<Judged> {
  const url = textOf(fetched.payload, "ProfileURL");
  const profile = openProfile(
    expectOk(await transport.send({ url, method: "GET" }), "Profile download").body,
  );
  line.state.profiles.set(profile.identifier, { profile, isManaged: true });
  line.state.certificates.push(...listCertificatePayloads(profile));
  return { valid: "valid", reasons: [], profileIdentifier: profile.identifier };
}

/** Assets are fetched when they are declared, and must be what the reference says. */
async function fetchAsset({ transport }: DeclarationSync, payload: JsonObject): Promise<void> {
  const reference = payload["Reference"];
  if (!isObject(reference)) return;
  const url = textOf(reference, "DataURL");
  const answer = expectOk(await transport.send({ url, method: "GET" }), "Asset download");
  const { Size: size, "Hash-SHA-256": expected } = reference;
  if (typeof size === "number" && size !== answer.body.length) {
    throw new DeviceError("status_unexpected", `Asset has ${answer.body.length} bytes and not ${size}`);
  }
  const digest = createHash("sha256").update(answer.body).digest("hex");
  if (typeof expected === "string" && expected.toLowerCase() !== digest) {
    throw new DeviceError("status_unexpected", "Asset has another digest than its reference says");
  }
}

/** An activation is all or nothing: one configuration that is missing or invalid, and none of it is active. */
function applyActivations(state: DeclarativeState): void {
  const active = new Set<string>();
  for (const activation of ofSection(state, "Activations")) {
    const named = textsAt(activation.payload, "StandardConfigurations");
    const missing = named.filter(
      (identifier) => state.declarations.get(identifier)?.section !== "Configurations",
    );
    const isActive = missing.length === 0 && activation.valid === "valid";
    const reasons = missing.length === 0 ? activation.reasons : [missingConfigurations(missing)];
    const valid = missing.length === 0 ? activation.valid : "invalid";
    state.declarations.set(activation.identifier, { ...activation, active: isActive, valid, reasons });
    if (isActive) named.forEach((identifier) => active.add(identifier));
  }
  for (const configuration of ofSection(state, "Configurations")) {
    const isActive = active.has(configuration.identifier) && configuration.valid !== "invalid";
    state.declarations.set(configuration.identifier, { ...configuration, active: isActive });
  }
  const texts = ofSection(state, "Configurations").filter(({ active: isActive }) => isActive);
  const used = new Set(texts.flatMap(({ payload }) => textsWithin(payload)));
  for (const asset of ofSection(state, "Assets")) {
    state.declarations.set(asset.identifier, { ...asset, active: used.has(asset.identifier) });
  }
}

function missingConfigurations(missing: readonly string[]): DeclarationReason {
  return {
    code: "Error.MissingConfigurations",
    description: "One or more configurations are missing",
    details: { Identifiers: missing.join(",") },
  };
}

function ofSection(state: DeclarativeState, section: ManifestSection): HeldDeclaration[] {
  return [...state.declarations.values()].filter((held) => held.section === section);
}

function drop({ line }: DeclarationSync, state: DeclarativeState, held: HeldDeclaration): void {
  state.declarations.delete(held.identifier);
  const { profileIdentifier } = held;
  if (profileIdentifier === null) return;
  const isUsed = [...state.declarations.values()].some(
    (other) => other.profileIdentifier === profileIdentifier,
  );
  if (!isUsed) line.state.profiles.delete(profileIdentifier);
}

function itemsOf(declarations: JsonObject): Item[] {
  return manifestSections.flatMap((section) => {
    const items = declarations[section];
    if (!Array.isArray(items)) throw new DeviceError("status_unexpected", `The manifest has no ${section}`);
    return items.map((item: unknown) => {
      if (!isObject(item)) throw new DeviceError("status_unexpected", "An item of the manifest is no object");
      return { section, identifier: textOf(item, "Identifier"), serverToken: textOf(item, "ServerToken") };
    });
  });
}

async function ask(sync: DeclarationSync, endpoint: string): Promise<JsonObject> {
  const answer = expectOk(await send(sync, endpoint), endpoint);
  const value: unknown = JSON.parse(answer.body.toString("utf8"));
  if (!isObject(value)) throw new DeviceError("status_unexpected", `${endpoint} was answered with no object`);
  return value;
}

/** Sends one DeclarativeManagement message of the channel. */
export function send(
  { line, channel }: DeclarationSync,
  endpoint: string,
  data?: unknown,
): Promise<WireAnswer> {
  return line.put("checkin", {
    MessageType: "DeclarativeManagement",
    Endpoint: endpoint,
    ...(data === undefined ? {} : { Data: Buffer.from(JSON.stringify(data)) }),
    ...(channel === "user" ? userMembers(line.facts) : {}),
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  if (!isObject(value)) throw new DeviceError("status_unexpected", `An answer lacks ${key}`);
  return value;
}

function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new DeviceError("status_unexpected", `An answer lacks ${key}`);
  return value;
}

function textsAt(object: JsonObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function textsWithin(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsWithin) : [];
}
