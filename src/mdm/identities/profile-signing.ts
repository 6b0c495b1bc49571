/**
 * Profiles are always signed (decisions): with the TLS key when the server has one, else with a certificate of the
 * built-in authority, which `authority-operations.ts` makes and renews at start. Nothing is ever sent unsigned.
 */
import type { KeyObject } from "node:crypto";
import { signData } from "#protocol/cms/sign.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";

/** What profiles are signed with: the signer first among the certificates, then those that lead to its root. */
export type ProfileSigner = {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly privateKey: KeyObject;
};

/**
 * Signs a profile: CMS SignedData in DER with the profile inside, SHA-256, the certificates that lead to the root
 * included (spec 3.1).
 *
 * @param profile The bytes of the property list; they are signed as they are.
 */
export function signProfile(deps: { readonly profileSigner: ProfileSigner }, profile: Uint8Array): Buffer {
  return signData({ ...deps.profileSigner, content: profile, signedAttributes: true });
}
