/**
 * The subject of a device's identity certificate: `CN=MDM$<type>$<session secret>, serialNumber, O=MBU$<pk>` (spec 2.2).
 * This slice decides it when it asks for the certificate, and reads it back when the device presents it.
 * It finds the session; it proves nothing by itself: the certificate's chain and pin do (spec 2.1).
 */
import {
  type IdentitySubject as IdentityFacts,
  identityCommonName,
  identityOrganization,
} from "#protocol/profile/identity-payload.ts";
import { type DistinguishedName, findNameValue, type NameInput, nameOids } from "#protocol/x509/name.ts";
import type { Refusal } from "#platform/errors.ts";
import type { EnrollmentSession, SessionKind } from "./enrollment-session.ts";

/** The three attributes read, whatever they were read from. */
export type IdentitySubject = {
  readonly commonName: string | null;
  readonly serialNumber: string | null;
  readonly organization: string | null;
};

/** Takes the attributes from a certificate's decoded subject. */
export function identitySubjectOfName(name: DistinguishedName): IdentitySubject {
  return {
    commonName: findNameValue(name, nameOids.commonName),
    serialNumber: findNameValue(name, nameOids.serialNumber),
    organization: findNameValue(name, nameOids.organization),
  };
}

/** Takes the attributes from a proxy's DN header as `parseDnHeader` reads it: its keys are case-sensitive. */
export function identitySubjectOfHeader(values: ReadonlyMap<string, string>): IdentitySubject {
  return {
    commonName: values.get("CN") ?? null,
    serialNumber: values.get("serialNumber") ?? null,
    organization: values.get("O") ?? null,
  };
}

/** The type in the common name, and the kind of session it names. */
const kindOfType = new Map<string, SessionKind>([
  ["DEP", "dep"],
  ["OTA", "ota"],
  ["RE", "re"],
  ["USER", "user"],
]);
/** How the reference calls each kind in its reasons. */
const kindLabels: Readonly<Record<SessionKind, string>> = {
  ota: "OTA enrollment",
  dep: "DEP enrollment",
  re: "re-enrollment",
  user: "user enrollment",
};

/** What the common name says. */
export type IdentityName = { readonly kind: SessionKind; readonly secret: string };

/** Reads the common name: the first three checks of spec 2.2, in their order. */
export function parseIdentityName(subject: IdentitySubject): IdentityName | Refusal {
  const [prefix, type, secret, ...rest] = subject.commonName?.split("$") ?? [];
  if (secret === undefined || type === undefined || rest.length > 0) {
    return refusal("identity_name_malformed", "missing or bad CN in client certificate DN");
  }
  if (prefix !== "MDM") return refusal("identity_name_prefix_unknown", "bad CN prefix in client certificate");
  const kind = kindOfType.get(type);
  if (kind === undefined) {
    return refusal(
      "identity_type_unknown",
      `unknown MDM enrollment type ${type.slice(0, typeCharactersMax)}`,
    );
  }
  return { kind, secret };
}

/** A hostile type is quoted up to this length. */
const typeCharactersMax = 32;

/** The refusal of a session secret that no session of the kind has. */
export function unknownSessionSecret(kind: SessionKind): Refusal {
  return refusal(
    "enrollment_session_secret_unknown",
    `Bad ${kindLabels[kind]} session secret in client certificate CN`,
  );
}

/**
 * Checks the rest of the subject against the session the common name found: serial number, then business unit.
 *
 * A session bound to no serial number is excused from having one: a direct profile may be made before its machine is
 * known, and an account-driven enrollment never tells (spec 2.2 and its [harden]). A business unit that is not the
 * session's own is as unknown to it as one that does not exist.
 */
export function refuseIdentityDetails(subject: IdentitySubject, session: EnrollmentSession): Refusal | null {
  const needsSerialNumber = session.kind !== "user" && soleSerialNumber(session) !== null;
  if (needsSerialNumber && !subject.serialNumber) {
    return refusal("identity_serial_number_empty", "empty serial number in client certificate CN");
  }
  const unit = parseBusinessUnit(subject);
  if (unit === null) {
    return refusal("identity_business_unit_malformed", "missing or bad O in client certificate DN");
  }
  if (unit !== String(session.secret.metaBusinessUnitId)) {
    return refusal("identity_business_unit_unknown", "unknown meta business unit in client certificate DN");
  }
  return null;
}

function parseBusinessUnit({ organization }: IdentitySubject): string | null {
  return organization?.startsWith("MBU$") ? organization.slice("MBU$".length) : null;
}

/** Which certificate is asked for: that of OTA's second phase, or the one a device keeps. */
export type IdentityUse = "ota_phase_2" | "mdm";

/** The options of an identity; `serialNumber` counts when the session is not bound to one machine. */
export type IdentityOptions = { readonly use: IdentityUse; readonly serialNumber?: string | null };

/**
 * What a session's certificate shall say, decided here and not by the request (spec 3.4): the session's secret, the
 * serial number when it is known, the business unit.
 *
 * @param secret The text of the session's secret.
 */
export function planIdentity(
  session: EnrollmentSession,
  secret: string,
  { use, serialNumber = null }: IdentityOptions,
): IdentityFacts {
  return {
    kind: use === "ota_phase_2" ? use : session.kind,
    sessionSecret: secret,
    serialNumber: soleSerialNumber(session) ?? serialNumber,
    metaBusinessUnitId: session.secret.metaBusinessUnitId,
  };
}

/** The subject that the authority certifies: attribute by attribute the one the SCEP payload has the device ask for. */
export function identitySubjectInput(facts: IdentityFacts): readonly NameInput[] {
  const { kind, sessionSecret, serialNumber, metaBusinessUnitId } = facts;
  return [
    { oid: nameOids.commonName, value: identityCommonName(kind, sessionSecret) },
    ...(serialNumber === null ? [] : [{ oid: nameOids.serialNumber, value: serialNumber }]),
    { oid: nameOids.organization, value: identityOrganization(metaBusinessUnitId) },
  ];
}

/** The serial number a session is bound to; null when it may still be that of several machines. */
export function soleSerialNumber({ secret }: EnrollmentSession): string | null {
  return secret.serialNumbers?.length === 1 ? (secret.serialNumbers[0] ?? null) : null;
}

/** The session secret in the common name `OTA$<secret>` of a certificate of OTA's second phase, or null. */
export function parseOtaIdentityName(subject: IdentitySubject): string | null {
  const [prefix, secret, ...rest] = subject.commonName?.split("$") ?? [];
  return prefix === "OTA" && secret !== undefined && rest.length === 0 ? secret : null;
}

/** Whether the organization ends with the session's business unit, as OTA's third phase asks (spec 1.11). */
export function isOfSessionBusinessUnit(subject: IdentitySubject, session: EnrollmentSession): boolean {
  return subject.organization?.endsWith(`$${session.secret.metaBusinessUnitId}`) ?? false;
}

function refusal(code: string, detail: string): Refusal {
  return { kind: "invalid", code, detail };
}
