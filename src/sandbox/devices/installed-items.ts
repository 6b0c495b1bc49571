/** Answers about what is on the device: applications, profiles, certificates. */
import { integerAt, stringAt, stringsAt } from "#protocol/plist/access.ts";
import type { PlistDictionary, PlistWritable } from "#protocol/plist/value.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { asksForManagedOnly } from "./device-information.ts";
import { acknowledged } from "./device-state.ts";
import type { CommandAnswer, DeviceState, InstalledApplication, InstalledProfile } from "./device-state.ts";

type Values = Readonly<Record<string, PlistWritable | undefined>>;

/** Answers InstalledApplicationList with the asked-for members of the asked-for applications. */
export function answerInstalledApplicationList(state: DeviceState, command: PlistDictionary): CommandAnswer {
  for (const { installation } of state.applications) {
    if (installation !== undefined && installation.pollsLeft > 0) installation.pollsLeft -= 1;
  }
  const identifiers = stringsAt(command, "Identifiers");
  const items = stringsAt(command, "Items");
  const listed = state.applications.filter(
    (app) =>
      (identifiers === null || identifiers.includes(app.identifier)) &&
      (!asksForManagedOnly(command) || app.isManaged),
  );
  const applications = listed.map((app) => {
    const members = Object.entries(describeApplication(app));
    return Object.fromEntries(members.filter(([key]) => items === null || items.includes(key)));
  });
  return acknowledged({ InstalledApplicationList: applications });
}

function describeApplication(app: InstalledApplication): Values {
  return {
    Identifier: app.identifier,
    Name: app.name,
    ShortVersion: app.shortVersion,
    Version: app.version,
    BundleSize: app.bundleBytes,
    DynamicSize: Math.floor(app.bundleBytes / 10),
    Installing: (app.installation?.pollsLeft ?? 0) > 0,
    ...(app.installation === undefined || app.installation.problem === null ? {} : { DownloadFailed: true }),
    IsValidated: true,
    AdHocCodeSigned: false,
    AppStoreVendable: !app.identifier.startsWith("org."),
    BetaApp: false,
    DeviceBasedVPP: false,
    HasUpdateAvailable: false,
    IsAppClip: false,
  };
}

/** Answers ProfileList. */
export function answerProfileList(state: DeviceState, command: PlistDictionary): CommandAnswer {
  const listed = [...state.profiles.values()].filter(
    ({ isManaged }) => isManaged || !asksForManagedOnly(command),
  );
  return acknowledged({ ProfileList: listed.map(describeProfile) });
}

function describeProfile({ profile, isManaged }: InstalledProfile): Values {
  return {
    PayloadIdentifier: profile.identifier,
    PayloadUUID: profile.uuid,
    PayloadDisplayName: profile.displayName,
    PayloadOrganization: profile.organization,
    PayloadDescription: stringAt(profile.root, "PayloadDescription") ?? undefined,
    PayloadVersion: integerAt(profile.root, "PayloadVersion") ?? 1,
    PayloadRemovalDisallowed: false,
    HasRemovalPasscode: false,
    IsEncrypted: false,
    IsManaged: isManaged,
    SignerCertificates: profile.signer === null ? [] : [profile.signer],
    PayloadContent: profile.payloads.map((payload) => ({
      PayloadType: payload.type,
      PayloadIdentifier: payload.identifier,
      PayloadUUID: payload.uuid,
      PayloadDisplayName: payload.displayName,
      PayloadVersion: 1,
    })),
  };
}

/** Answers CertificateList: the identity of the enrollment, and what profiles brought along. */
export function answerCertificateList(state: DeviceState): CommandAnswer {
  const identity = state.enrollment?.identity.certificate;
  const listed = [
    ...(identity === undefined ? [] : [{ certificate: identity, isIdentity: true }]),
    ...state.certificates.map((certificate) => ({ certificate, isIdentity: false })),
  ];
  return acknowledged({
    CertificateList: listed.map(({ certificate, isIdentity }) => ({
      CommonName: findNameValue(decodeCertificate(certificate).subject, nameOids.commonName) ?? "",
      Data: certificate,
      IsIdentity: isIdentity,
    })),
  });
}
