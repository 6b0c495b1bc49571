/** Over-the-air enrollment (Apple, "Over-the-Air Profile Delivery"): from a Profile Service profile to an MDM profile. */
import type { Identity } from "../crypto/certificate-writer.ts";
import { signContent } from "../crypto/cms-writer.ts";
import type { SignatureShape } from "../crypto/cms-writer.ts";
import type { KeyPair } from "../crypto/key-pool.ts";
import { deviceAttributes } from "./checkin-messages.ts";
import { openProfile, readProfileService, readScepSettings } from "./configuration-profile.ts";
import type { ConfigurationProfile } from "./configuration-profile.ts";
import { DeviceError } from "./device-error.ts";
import type { DeviceFacts } from "./device-facts.ts";
import { expectOk } from "./mdm-client.ts";
import { plistText } from "./plist-text.ts";
import { enrollWithScep } from "./scep-client.ts";
import { mediaTypeOf } from "./transport.ts";
import type { Transport, WireAnswer } from "./transport.ts";

export type OtaContext = {
  readonly facts: DeviceFacts;
  readonly transport: Transport;
  /** The identity the device was born with: it signs phase 2. */
  readonly birthIdentity: Identity;
  readonly keysOf: (bits: number) => Promise<KeyPair>;
  readonly shape: SignatureShape;
  readonly now: () => Date;
};

/** What phase 2 brought: the identity that signs phase 3. */
export type OtaProgress = {
  readonly url: string;
  readonly asked: readonly string[];
  readonly identity: Identity;
};

/**
 * Phases 2 and 3.
 *
 * @param profile Of type Profile Service.
 * @returns The MDM profile, not yet installed.
 */
export async function fetchMdmProfile(
  context: OtaContext,
  profile: ConfigurationProfile,
): Promise<ConfigurationProfile> {
  return finishOta(context, await beginOta(context, profile));
}

/** Phase 2: shows the birth identity and the challenge, and obtains the identity for phase 3. */
export async function beginOta(context: OtaContext, profile: ConfigurationProfile): Promise<OtaProgress> {
  const service = readProfileService(profile);
  if (service === null) throw new DeviceError("profile_unusable", "Not a Profile Service profile");
  const { url, attributes, challenge } = service;
  const body = plistText(deviceAttributes(context.facts, attributes, challenge));
  const answer = await postPhase(context, url, {
    body,
    identity: context.birthIdentity,
    step: "OTA phase 2",
  });
  const [scep] = answer.payloads.filter(({ type }) => type === "com.apple.security.scep");
  if (scep === undefined) throw new DeviceError("profile_unusable", "OTA phase 2 brought no SCEP payload");
  const settings = readScepSettings(scep);
  const keys = await context.keysOf(settings.keyBits);
  const identity = await enrollWithScep(context.transport, { settings, keys, at: context.now() });
  return { url, asked: attributes, identity };
}

/** Phase 3: shows the identity just obtained, and receives the MDM profile. */
export function finishOta(
  context: OtaContext,
  { url, asked, identity }: OtaProgress,
): Promise<ConfigurationProfile> {
  const body = plistText(deviceAttributes(context.facts, asked, null));
  return postPhase(context, url, { body, identity, step: "OTA phase 3" });
}

async function postPhase(
  context: OtaContext,
  url: string,
  { body, identity, step }: { readonly body: Buffer; readonly identity: Identity; readonly step: string },
): Promise<ConfigurationProfile> {
  const answer = await context.transport.send({
    url,
    method: "POST",
    headers: { "content-type": "application/pkcs7-signature" },
    body: signContent(body, identity, { shape: context.shape, at: context.now() }),
  });
  return openProfileAnswer(answer, step);
}

/** Reads a profile that came over HTTP; devices insist on its content type. */
export function openProfileAnswer(answer: WireAnswer, step: string): ConfigurationProfile {
  const type = mediaTypeOf(expectOk(answer, step));
  if (type !== "application/x-apple-aspen-config") {
    throw new DeviceError(
      "content_type_unexpected",
      `${step} was answered with ${type || "no content type"}`,
    );
  }
  return openProfile(answer.body);
}
