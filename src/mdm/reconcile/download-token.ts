// What may be downloaded, by whom: the token in the URL is the capability, for devices present no certificate there.
// Made when a declaration is served, for its target and one purpose; opened by the download routes.
// It names ids alone, and ends after a week, but for packages, whose URLs must stay the same (protocol.md 1.13).
import type { Target } from "#mdm/devices/device.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { TokenSigner } from "#platform/signed-token.ts";

/** What a token is for; one of a purpose is worth nothing for another. */
export type DownloadPurpose =
  | "profile"
  | "data_asset"
  | "cert_credential"
  | "package_manifest"
  | "package_file";

/** What a token says. */
export type DownloadGrant = {
  /** Of the artifact version or the package. */
  readonly objectId: string;
  readonly sessionId: number;
  /** Null on the device's channel. */
  readonly deviceUserId: number | null;
};

/**
 * How long a token is good for: a device fetches within seconds of the declaration, or after a holiday when its lid was
 * closed in between. One that comes too late fails visibly, and is given a new token with the retry.
 */
export const downloadSecondsMax = 7 * 24 * 60 * 60;

/** Their URLs are part of what a device compares; the manifest has the digests of the file. */
const lasting: ReadonlySet<DownloadPurpose> = new Set(["package_manifest", "package_file"]);

const saltOf = (purpose: DownloadPurpose): string => `download ${purpose}`;

/** Signs what a target may download; null for a device that no enrollment session stands behind. */
export function signDownload(
  signer: TokenSigner,
  purpose: DownloadPurpose,
  { target, objectId, at }: { readonly target: Target; readonly objectId: string; readonly at: Date },
): string | null {
  const { sessionId } = target.device;
  if (sessionId === null) return null;
  return signGrant(signer, purpose, { objectId, sessionId, deviceUserId: target.user?.id ?? null, at });
}

/** Signs a grant that another token was opened to: a manifest names the file of its package. */
export function signGrant(
  signer: TokenSigner,
  purpose: DownloadPurpose,
  { objectId, sessionId, deviceUserId, at }: DownloadGrant & { readonly at: Date },
): string {
  const end = Math.floor(secondsAfter(at, downloadSecondsMax).getTime() / 1000);
  return signer.sign(saltOf(purpose), [objectId, sessionId, deviceUserId, lasting.has(purpose) ? null : end]);
}

/** Opens a token; the words are the reasons of refusals. */
export function openDownload(
  signer: TokenSigner,
  purpose: DownloadPurpose,
  { token, at }: { readonly token: string; readonly at: Date },
): DownloadGrant | "bad_signature" | "expired" {
  const [objectId, sessionId, deviceUserId, end] = signer.open(saltOf(purpose), token) ?? [];
  if (typeof objectId !== "string" || typeof sessionId !== "number") return "bad_signature";
  if (typeof end === "number" && end * 1000 <= at.getTime()) return "expired";
  return { objectId, sessionId, deviceUserId: typeof deviceUserId === "number" ? deviceUserId : null };
}
