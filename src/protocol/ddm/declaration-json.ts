// What a server answers to a device that synchronises its declarations, as JSON in Apple's words
// (declarative/protocol of Apple's schema; desired-state.md 4.1, 4.5, 4.6).
import type { JsonObject } from "../mdm/json.ts";
import type { ManifestDeclarations, ManifestItem } from "./tokens.ts";

/** One declaration, in Apple's words. */
export type Declaration = {
  readonly Type: string;
  readonly Identifier: string;
  readonly ServerToken: string;
  readonly Payload: JsonObject;
};

/** The manifest, in Apple's words. */
export type Manifest = {
  readonly declarations: ManifestDeclarations;
  readonly declarationsToken: string;
};

/** The content type of all answers of declarative management. */
export const declarationContentType = "application/json";

/**
 * Encodes the answer to `tokens`, which is also the `Data` of a DeclarativeManagement command.
 *
 * @param at The time of the answer; whole seconds in UTC are sent.
 */
export function encodeSyncTokens(token: string, at: Date): string {
  const Timestamp = at.toISOString().replace(/\.\d+Z$/, "Z");
  return JSON.stringify({ SyncTokens: { Timestamp, DeclarationsToken: token } });
}

/** Encodes the answer to `declaration-items`: all four sections, in the order given. */
export function encodeManifest({ declarations, declarationsToken }: Manifest): string {
  const Declarations = {
    Activations: declarations.Activations.map(itemOf),
    Assets: declarations.Assets.map(itemOf),
    Configurations: declarations.Configurations.map(itemOf),
    Management: declarations.Management.map(itemOf),
  };
  return JSON.stringify({ Declarations, DeclarationsToken: declarationsToken });
}

/** Encodes the answer to `declaration/…`. */
export function encodeDeclaration({ Type, Identifier, ServerToken, Payload }: Declaration): string {
  return JSON.stringify({ Type, Identifier, ServerToken, Payload });
}

/** Members a caller keeps beside the two of Apple's stay with it. */
function itemOf({ Identifier, ServerToken }: ManifestItem): ManifestItem {
  return { Identifier, ServerToken };
}
