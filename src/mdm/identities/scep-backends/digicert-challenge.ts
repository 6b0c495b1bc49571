/** Enrollment codes of DigiCert ONE: a seat is found or made, then an enrollment for it (spec 8.3). */
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import type { BackendSettings } from "../issuer-backend.ts";
import {
  type IssuerRequest,
  type SendIssuerRequest,
  expectSuccess,
  isSuccess,
  issuerRequestDefaults,
  readJsonObject,
} from "./issuer-request.ts";
import type { AlternativeNames } from "./alternative-names.ts";
import { ScepIssuerError } from "./scep-issuer-error.ts";

type Settings = BackendSettings["DIGICERT"];

/** The service's name of each subject attribute, and whether there may be several. */
const attributeNames: Readonly<Record<string, { readonly name: string; readonly isList?: true }>> = {
  [nameOids.commonName]: { name: "common_name" },
  [nameOids.emailAddress]: { name: "email" },
  [nameOids.serialNumber]: { name: "serial_number" },
  [nameOids.country]: { name: "country" },
  [nameOids.state]: { name: "state" },
  [nameOids.locality]: { name: "locality" },
  [nameOids.organization]: { name: "organization_name" },
  [nameOids.organizationalUnit]: { name: "organization_units", isList: true },
  [nameOids.domainComponent]: { name: "domain_component", isList: true },
  [nameOids.userId]: { name: "user_identifier" },
  "2.5.4.4": { name: "surname" },
  "2.5.4.9": { name: "street_address", isList: true },
  "2.5.4.12": { name: "title" },
  "2.5.4.13": { name: "description" },
  "2.5.4.17": { name: "postal_code" },
  "2.5.4.42": { name: "given_name" },
  "2.5.4.44": { name: "generation_qualifier" },
  "2.5.4.45": { name: "unique_identifier" },
  "2.5.4.46": { name: "dn_qualifier" },
  "2.5.4.65": { name: "pseudonym" },
  "2.5.4.97": { name: "organization_identifier" },
  "1.2.840.113549.1.9.2": { name: "unstructured_name" },
};

/** Whom a certificate is for. */
export type CertificateNames = {
  readonly subject: readonly NameInput[];
  readonly alternativeNames: AlternativeNames;
};

const subjectMappings = new Set([
  "common_name",
  "email",
  "serial_number",
  "unique_identifier",
  "user_identifier",
  "pseudonym",
  "dn_qualifier",
]);

/**
 * Chooses the id of the seat that a certificate takes.
 *
 * @throws {ScepIssuerError} `Could not get seat ID '…' from Subject`, `… from SAN`, `Unknown seat ID mapping '…'`.
 */
export function seatIdOf(mapping: string, { subject, alternativeNames }: CertificateNames): string {
  if (mapping === "rfc822Name" || mapping === "dNSName") {
    const name = alternativeNames[mapping];
    if (name === undefined) throw seatIdMissing(mapping, "SAN");
    return name;
  }
  if (!subjectMappings.has(mapping)) throw new ScepIssuerError(`Unknown seat ID mapping '${mapping}'`);
  const found = subject.find(({ oid }) => attributeNames[oid]?.name === mapping);
  if (found === undefined) throw seatIdMissing(mapping, "Subject");
  return found.value;
}

function seatIdMissing(mapping: string, place: "Subject" | "SAN"): ScepIssuerError {
  return new ScepIssuerError(`Could not get seat ID '${mapping}' from ${place}`);
}

/** The attributes of the subject without the one that is the seat's id. */
export function subjectAttributes(
  subject: readonly NameInput[],
  seatIdMapping: string,
): Readonly<Record<string, string | string[]>> {
  const attributes: Record<string, string | string[]> = {};
  for (const { oid, value } of subject) {
    const known = attributeNames[oid];
    if (known === undefined || known.name === seatIdMapping) continue;
    const present = attributes[known.name];
    if (known.isList) attributes[known.name] = [...(Array.isArray(present) ? present : []), value];
    else attributes[known.name] ??= value;
  }
  return attributes;
}

/**
 * Gets the enrollment code for one certificate.
 *
 * @throws {ScepIssuerError} The texts of spec 8.3.
 */
export async function fetchEnrollmentCode(
  settings: Settings,
  names: CertificateNames,
  send: SendIssuerRequest,
): Promise<string> {
  const seatId = seatIdOf(settings.seat_id_mapping, names);
  await ensureSeat(settings, seatId, send);
  const answer = await send(
    requestTo(settings, "v1/enrollment", {
      profile: settings.profile_guid,
      seat: { seat_id: seatId, email: settings.default_seat_email },
      attributes: { subject: subjectAttributes(names.subject, settings.seat_id_mapping) },
    }),
  );
  const { enrollment_code: code } = readJsonObject(expectSuccess(answer));
  if (typeof code !== "string" || code === "") {
    throw new ScepIssuerError("Could get enrollment_code from response");
  }
  return code;
}

async function ensureSeat(settings: Settings, seatId: string, send: SendIssuerRequest): Promise<void> {
  const query = new URLSearchParams({
    seat_type_id: settings.seat_type,
    business_unit_id: settings.business_unit_guid,
  });
  const found = await send(requestTo(settings, `v1/seat/${encodeURIComponent(seatId)}?${query.toString()}`));
  if (isSuccess(found)) return;
  if (found.status !== 404) throw new ScepIssuerError(`Could not get seat '${shown(seatId)}'`);
  const created = await send(
    requestTo(settings, "v1/seat", {
      business_unit_id: settings.business_unit_guid,
      seat_type: { id: settings.seat_type },
      seat_id: seatId,
      seat_name: seatId,
      email: settings.default_seat_email,
    }),
  );
  if (!isSuccess(created)) throw new ScepIssuerError(`Could not create seat '${shown(seatId)}'`);
}

/** The common name of an identity ends with the secret of its session, which logs must not show. */
function shown(seatId: string): string {
  return seatId.replace(/^((?:OTA|MDM\$[A-Z]+)\$).*$/s, "$1…");
}

function requestTo(settings: Settings, path: string, body?: unknown): IssuerRequest {
  return {
    method: body === undefined ? "GET" : "POST",
    url: new URL(path, settings.api_base_url).href,
    headers: { "x-api-key": settings.api_token },
    ...(body === undefined ? {} : { body }),
    ...issuerRequestDefaults,
  };
}
