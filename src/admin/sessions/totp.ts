/** One-time codes of authenticator apps (RFC 6238): six digits, 30 seconds, SHA-1, which every app knows. */
import { Secret as OtpSecret, TOTP } from "otpauth";
import { Secret } from "#platform/secret.ts";

const periodSeconds = 30;
/** 160 bits, as long as the hash (RFC 4226, section 4). */
export const totpSecretBytes = 20;
/** Codes of one step before and after count: clocks differ, people type slowly. */
const windowSteps = 1;
const issuer = "Pomona";

/** What an app is given, as a link for QR codes and as text. */
export type TotpProvisioning = { readonly uri: Secret<string>; readonly secret: Secret<string> };

/** The provisioning of a secret for an account's name. */
export function provisionTotp(secret: Secret<Buffer>, username: string): TotpProvisioning {
  const totp = totpOf(secret, username);
  return { uri: new Secret(totp.toString()), secret: new Secret(totp.secret.base32) };
}

/**
 * The time step that a code belongs to; null for a wrong one. The caller takes no step twice (RFC 6238, section 5.2).
 */
export function matchTotp(secret: Secret<Buffer>, code: string, at: Date): number | null {
  const token = code.replaceAll(" ", "");
  // The library throws on characters of several bytes.
  if (!/^[0-9]{6}$/.test(token)) return null;
  const timestamp = at.getTime();
  const delta = totpOf(secret, "").validate({ token, timestamp, window: windowSteps });
  return delta === null ? null : Math.floor(timestamp / 1000 / periodSeconds) + delta;
}

function totpOf(secret: Secret<Buffer>, label: string): TOTP {
  const bytes = Uint8Array.from(secret.reveal());
  return new TOTP({
    issuer,
    label,
    algorithm: "SHA1",
    digits: 6,
    period: periodSeconds,
    secret: new OtpSecret({ buffer: bytes.buffer }),
  });
}
