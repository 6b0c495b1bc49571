/**
 * Requests at the OTA doors: what a device posts in the second and third phase, and who may sign it (spec 1.11).
 * The signer decides the phase: a factory-fresh device signs with Apple's certificate, then with the one it got.
 * Nothing of the content counts before its signature and its signer do.
 */
import { type DeviceTrust, verifyDeviceCertificate } from "#mdm/identities/verify-device-certificate.ts";
import type { Refusal } from "#platform/errors.ts";
import { CmsError } from "#protocol/cms/cms-error.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import {
  type VerifiedMessage,
  type VerifiedSigner,
  verifySignedData,
} from "#protocol/cms/verify-signed-data.ts";
import {
  type DeviceAttributes,
  DeviceAttributesError,
  decodeDeviceAttributes,
} from "#protocol/ota/device-attributes.ts";
import { PlistError } from "#protocol/plist/value.ts";
import { type DeviceCaAnchor, verifyAppleDeviceChain } from "#protocol/x509/apple-device-ca.ts";
import { formatName } from "#protocol/x509/name.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import type { EnrollmentSession } from "./enrollment-session.ts";
import { type IdentitySubject, identitySubjectOfName, isOfSessionBusinessUnit } from "./identity-subject.ts";

/** Whose certificates sign what: Apple's device CA the second phase, an authority of enrollments the third. */
export type OtaTrust = DeviceTrust & { readonly deviceCaAnchors: readonly DeviceCaAnchor[] };

/** A verified request. */
export type OtaRequest =
  | { readonly phase: 2; readonly attributes: DeviceAttributes }
  | { readonly phase: 3; readonly attributes: DeviceAttributes; readonly subject: IdentitySubject };

/**
 * Reads a request: signature, signer, content, in this order.
 *
 * @param body The body as received: CMS SignedData, BER or DER.
 * @returns The request, or why not: `ota_not_signed`, `ota_signer_unknown`, `ota_attributes_malformed` and the codes
 *   of missing attributes.
 */
export function readOtaRequest(body: Uint8Array, trust: OtaTrust, at: Date): OtaRequest | Refusal {
  const message = verifyOrNull(body);
  if (message === null) return notSigned;
  const signer = decideSigner(message, trust, at);
  if ("code" in signer) return signer;
  const attributes = decodeAttributes(message.content);
  return "code" in attributes ? attributes : { ...signer, attributes };
}

function verifyOrNull(body: Uint8Array): VerifiedMessage | null {
  try {
    return verifySignedData({ signedData: decodeSignedData(body) });
  } catch (error) {
    // Whatever is wrong with a signature, the reason of the wire is the same.
    if (error instanceof CmsError || error instanceof X509Error) return null;
    throw error;
  }
}

type SignerDecision = { readonly phase: 2 } | { readonly phase: 3; readonly subject: IdentitySubject };

/** The first signer that anybody trusts decides. */
function decideSigner(message: VerifiedMessage, trust: OtaTrust, at: Date): SignerDecision | Refusal {
  for (const signer of message.signers) {
    if (isDeviceCaSigner(signer, message, trust)) return { phase: 2 };
    const own = verifyDeviceCertificate(trust, signer.certificate.raw, at);
    if (!("code" in own) && own.validity === "valid") {
      return { phase: 3, subject: identitySubjectOfName(own.certificate.subject) };
    }
  }
  return unknownSigner(message.signers[0]);
}

function isDeviceCaSigner(signer: VerifiedSigner, message: VerifiedMessage, trust: OtaTrust): boolean {
  try {
    verifyAppleDeviceChain(signer.certificate, message.certificates, trust.deviceCaAnchors);
    return true;
  } catch (error) {
    // Not of this CA; it may still be one of ours.
    if (error instanceof X509Error) return false;
    throw error;
  }
}

function decodeAttributes(content: Uint8Array): DeviceAttributes | Refusal {
  try {
    return decodeDeviceAttributes(content);
  } catch (error) {
    // Malformed content is an answer, 400 with a name, not a fault (decisions, "Malformed bodies").
    if (error instanceof DeviceAttributesError) return refusal(error.code, error.message);
    if (error instanceof PlistError)
      return refusal("ota_attributes_malformed", "posted data is not a property list");
    throw error;
  }
}

const notSigned = refusal("ota_not_signed", "posted data is not signed");

/** A hostile issuer name is quoted up to this length. */
const issuerCharactersMax = 256;

function unknownSigner(signer: VerifiedSigner | undefined): Refusal {
  const issuer = signer === undefined ? "" : formatName(signer.certificate.issuer);
  return refusal(
    "ota_signer_unknown",
    `Unknown signing certificate issuer: ${issuer.slice(0, issuerCharactersMax)}`,
  );
}

/** The reasons of spec 1.11 beyond the signer's. */
export const otaRefusals = {
  deviceBlocked: refusal("device_blocked", "Device blocked"),
  challengeMissing: refusal("ota_challenge_missing", "missing challenge"),
  enrollmentWithRealm: refusal(
    "ota_enrollment_with_realm",
    "cannot use ota enrollment secret on ota enrollment with realm",
  ),
  sessionWithoutRealmUser: refusal(
    "ota_session_without_realm_user",
    "ota enrollment session has no realm user",
  ),
  serialNumberMismatch: refusal(
    "ota_serial_number_mismatch",
    "signing certificate DN serial number != payload serial number",
  ),
  sessionNotFound: refusal(
    "ota_session_not_found",
    "could not find ota enrollment session from payload signing certificate",
  ),
  sessionWrongStatus: refusal("ota_session_wrong_status", "ota enrollment session has wrong status"),
  businessUnitMismatch: refusal(
    "ota_business_unit_mismatch",
    "DN mbu doesn't match ota enrollment session mbu",
  ),
} as const;

/** Whether the certificate of a third phase is that of the session's business unit. */
export function refuseBusinessUnit(subject: IdentitySubject, session: EnrollmentSession): Refusal | null {
  return isOfSessionBusinessUnit(subject, session) ? null : otaRefusals.businessUnitMismatch;
}

function refusal(code: string, detail: string): Refusal {
  return { kind: "invalid", code, detail };
}
