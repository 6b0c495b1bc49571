// What a device can of ACME with managed device attestation (protocol.md 8.4), told from what it is.
import { isOsVersionAtLeast, parseOsVersion } from "./os-version.ts";
import { macSecureElement, type Platform } from "./platform.ts";

/** Getting certificates by ACME at all, with keys bound to the hardware, and attesting them. */
export type AcmeCapability = {
  readonly acme: boolean;
  readonly hardwareBound: boolean;
  readonly attest: boolean;
};

const none: AcmeCapability = { acme: false, hardwareBound: false, attest: false };

/**
 * Judges a device by its platform, version and model identifier (`Mac14,2`).
 *
 * @returns Nothing at all for a version that cannot be read.
 */
export function judgeAcmeCapability(device: {
  readonly platform: Platform;
  readonly osVersion: string;
  readonly model: string | null;
}): AcmeCapability {
  const isMac = device.platform === "macOS";
  if (!isOsVersionAtLeast(parseOsVersion(device.osVersion), isMac ? "13.1" : "16")) return none;
  if (!isMac) return { acme: true, hardwareBound: true, attest: true };
  const element = macSecureElement(device.model ?? "");
  const isSilicon = element === "Silicon";
  return { acme: true, hardwareBound: isSilicon || element === "T2", attest: isSilicon };
}
