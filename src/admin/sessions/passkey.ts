/** Passkeys (WebAuthn, level 2) by the library; nothing here knows the database. */
import { isIP } from "node:net";
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { Passkey } from "./verification-device.ts";

/** Whom passkeys are made for: the server's name, and the origin of its pages. */
export type RelyingParty = { readonly id: string; readonly origin: string };

/** The relying party of an origin; null where it is an address. */
export function relyingPartyOf(ownOrigin: string): RelyingParty | null {
  const { hostname, origin } = new URL(ownOrigin);
  return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? { id: hostname, origin } : null;
}

type KnownPasskey = Pick<Passkey, "credentialId" | "transports">;

const described = ({ credentialId, transports }: KnownPasskey) => ({
  id: credentialId,
  transports: [...transports],
});

/** What a browser needs to make a passkey, and the challenge in it. */
export async function passkeyCreationOptions(
  party: RelyingParty,
  account: { readonly id: number; readonly username: string },
  known: readonly KnownPasskey[],
): Promise<{ readonly challenge: string }> {
  return generateRegistrationOptions({
    rpName: "Pomona",
    rpID: party.id,
    userName: account.username,
    userID: Uint8Array.from(Buffer.from(`account ${account.id}`)),
    attestationType: "none",
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
}

/** What a browser needs to answer with a passkey, and the challenge in it. */
export async function passkeyRequestOptions(
  party: RelyingParty,
  known: readonly KnownPasskey[],
): Promise<{ readonly challenge: string }> {
  return generateAuthenticationOptions({
    rpID: party.id,
    allowCredentials: known.map(described),
    userVerification: "preferred",
  });
}

export type NewPasskey = Pick<Passkey, "credentialId" | "publicKey" | "transports"> & {
  readonly signCount: number;
};

/** Judges a new passkey; null for whatever is wrong with it. */
export async function judgeNewPasskey(
  party: RelyingParty,
  expectedChallenge: string,
  registration: Readonly<Record<string, unknown>>,
): Promise<NewPasskey | null> {
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      // The library judges the members itself.
      response: registration as unknown as RegistrationResponseJSON,
      expectedChallenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
    });
    if (registrationInfo === undefined) return null;
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    return { credentialId: id, publicKey: Buffer.from(publicKey), signCount: counter, transports };
  } catch {
    // What a browser sends is hostile until it is verified; why it was not is nobody's business.
    return null;
  }
}

/** Judges an answer of a passkey; the count it came with, or null for whatever is wrong with it. */
export async function judgePasskey(
  party: RelyingParty,
  expectedChallenge: string,
  {
    assertion,
    passkey,
  }: { readonly assertion: Readonly<Record<string, unknown>>; readonly passkey: Passkey },
): Promise<number | null> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      // The library judges the members itself.
      response: assertion as unknown as AuthenticationResponseJSON,
      expectedChallenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.from(passkey.publicKey),
        counter: Number(passkey.signCount),
        transports: [...passkey.transports],
      },
      requireUserVerification: false,
    });
    return verified ? authenticationInfo.newCounter : null;
  } catch {
    // What a browser sends is hostile until it is verified; why it was not is nobody's business.
    return null;
  }
}
