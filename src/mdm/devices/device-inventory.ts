// What devices report to be installed, made into rows: bounded in number and length, without duplicates, storable.
// Only an acknowledged list changes it, as a whole; InstallProfile and RemoveProfile change one profile.
// Hostile names are data: they are cut and cleaned, never refused, because a report must not fail.
import type { InstalledApplication } from "#protocol/mdm/answers/installed-application-list.ts";
import type { InstalledCertificate } from "#protocol/mdm/answers/certificate-list.ts";
import type { InstalledProfile } from "#protocol/mdm/answers/profile-list.ts";
import { type Certificate, certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import { formatName } from "#protocol/x509/name.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import { storableText } from "./device.ts";

/** A developer's Mac lists some 1,500 applications. */
export const applicationsMax = 5_000;
/** Devices hold a few dozen profiles. */
export const profilesMax = 1_000;
/** A Mac lists its whole system keychain: a few hundred. */
export const certificatesMax = 2_000;
/** All rows of a list as JSON: the largest body a device may send, with hexadecimal for base64. */
export const inventoryCharactersMax = 32 * 1024 * 1024;
/** Four texts make one unique index row, which must stay below 2,704 bytes. */
const indexedTextBytesMax = 512;
const versionBytesMax = 128;
/** Attributes kept of one application or profile; more is dropped, the columns stay. */
const entryCharactersMax = 16_000;
/** Certificates beyond this are not certificates; they are left out. */
const certificateBytesMax = 64 * 1024;

/** A row of `device_applications`. */
export type ApplicationRow = {
  readonly identifier: string;
  readonly name: string;
  readonly short_version: string;
  readonly version: string;
  readonly bundle_size: number | null;
  readonly attributes: unknown;
};

/** A row of `device_profiles`, without who installed it. */
export type ProfileRow = {
  readonly identifier: string;
  readonly uuid: string;
  readonly display_name: string;
  readonly organization: string;
  readonly is_managed: boolean | null;
  readonly is_encrypted: boolean | null;
  readonly removal_disallowed: boolean | null;
  readonly payloads: unknown;
};

/** A row of `device_certificates`; bytes in hexadecimal, as the statement takes them. */
export type CertificateRow = {
  readonly fingerprint: string;
  readonly common_name: string;
  readonly is_identity: boolean;
  readonly subject: string;
  readonly issuer: string;
  readonly serial_number: string;
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly data: string;
};

/** Applications that are there: those coming, paused or failed are not (protocol specification 4.4). */
export function applicationRows(applications: readonly InstalledApplication[]): ApplicationRow[] {
  const rows = applications
    .filter(({ transientState }) => transientState === null)
    .map((application) => ({
      identifier: storableText(application.identifier ?? "", indexedTextBytesMax),
      name: storableText(application.name ?? "", indexedTextBytesMax),
      short_version: storableText(application.shortVersion ?? "", versionBytesMax),
      version: storableText(application.version ?? "", versionBytesMax),
      bundle_size: application.bundleBytes,
      attributes: keepEntry(application.json),
    }));
  const key = (row: ApplicationRow) => [row.identifier, row.short_version, row.version, row.name].join("\0");
  return distinct(rows, key).slice(0, applicationsMax);
}

/** Profiles by identifier; the last of two with one identifier wins. Those without an identifier cannot be told apart. */
export function profileRows(profiles: readonly InstalledProfile[]): ProfileRow[] {
  const rows = profiles.flatMap((profile) => {
    const identifier = storableText(profile.payloadIdentifier ?? "", indexedTextBytesMax);
    if (identifier === "") return [];
    return {
      identifier,
      uuid: storableText(profile.payloadUuid ?? ""),
      display_name: storableText(profile.payloadDisplayName ?? ""),
      organization: storableText(profile.payloadOrganization ?? ""),
      is_managed: profile.isManaged,
      is_encrypted: profile.isEncrypted,
      removal_disallowed: profile.isRemovalDisallowed,
      payloads: keepEntry(profile.payloads.map(payloadView)),
    };
  });
  return distinct(rows, ({ identifier }) => identifier).slice(0, profilesMax);
}

/** Certificates by fingerprint. One that does not decode is kept with what the device said of it. */
export function certificateRows(certificates: readonly InstalledCertificate[]): CertificateRow[] {
  const rows = certificates
    .filter(({ data }) => data.length <= certificateBytesMax)
    .slice(0, certificatesMax)
    .map(({ commonName, data, isIdentity }) => {
      const decoded = decodeOrNull(data);
      return {
        fingerprint: certificateFingerprint(data).toString("hex"),
        common_name: storableText(commonName ?? ""),
        is_identity: isIdentity ?? false,
        subject: decoded === null ? "" : storableText(formatName(decoded.subject), 1_024),
        issuer: decoded === null ? "" : storableText(formatName(decoded.issuer), 1_024),
        serial_number: decoded?.serial.toString("hex") ?? "",
        not_before: storableTime(decoded?.notBefore),
        not_after: storableTime(decoded?.notAfter),
        data: data.toString("hex"),
      };
    });
  return distinct(rows, ({ fingerprint }) => fingerprint);
}

function payloadView(payload: InstalledProfile["payloads"][number]): Readonly<Record<string, unknown>> {
  return {
    type: payload.payloadType,
    identifier: payload.payloadIdentifier,
    uuid: payload.payloadUuid,
    version: payload.payloadVersion,
    display_name: payload.payloadDisplayName,
    organization: payload.payloadOrganization,
  };
}

/** Certificates may name any year; PostgreSQL and ISO 8601 agree on these. */
function storableTime(time: Date | undefined): string | null {
  const year = time?.getUTCFullYear() ?? Number.NaN;
  return time !== undefined && year >= 1 && year <= 9999 ? time.toISOString() : null;
}

function keepEntry(entry: unknown): unknown {
  return JSON.stringify(entry).length <= entryCharactersMax ? entry : null;
}

function distinct<Row>(rows: readonly Row[], key: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [key(row), row])).values()];
}

function decodeOrNull(der: Buffer): Certificate | null {
  try {
    return decodeCertificate(der);
  } catch (error) {
    // A keychain may hold certificates of other worlds; the list is shown all the same.
    if (error instanceof X509Error) return null;
    throw error;
  }
}
