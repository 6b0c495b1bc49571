import { describe, expect, test } from "vitest";
import { readPlist } from "../plist/read.ts";
import type { PlistWritableDictionary } from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { deviceUrls } from "./device-urls.ts";
import { identifierPrefix, payloadIdentifier } from "./identifier.ts";
import {
  type IdentityKind,
  identityCommonName,
  identitySubject,
  otaIdentityProfile,
  scepPayload,
} from "./identity-payload.ts";
import { mdmPayload, mdmProfile } from "./mdm-payload.ts";
import { profileServiceProfile } from "./profile-service.ts";
import { findLastPemCertificate, rootCaPayload, rootCaProfile } from "./root-ca.ts";

const prefix = "com.example.mdm";
const certificatePem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----";
const urls = deviceUrls("https://mdm.example.com");

/** Writes and reads a profile, as it would reach a device. */
function delivered(profile: PlistWritableDictionary) {
  return readPlist(writePlist(profile));
}

function anIdentity(kind: IdentityKind = "ota"): PlistWritableDictionary {
  return scepPayload({
    uuid: "IDENTITY-UUID",
    prefix,
    subject: { kind, sessionSecret: "s3cret", serialNumber: "C02MT66KFLHH", metaBusinessUnitId: 4 },
    scep: {
      url: "https://mdm.example.com/scep/",
      name: "Built-in CA",
      challenge: "chal",
      keySize: 2048,
      keyUsage: 0,
    },
  });
}

function anMdmPayload(changes: Partial<Parameters<typeof mdmPayload>[0]> = {}): PlistWritableDictionary {
  return mdmPayload({
    uuid: "MDM-UUID",
    prefix,
    identityUuid: "IDENTITY-UUID",
    topic: "com.apple.mgmt.External.e0bd1eac",
    urls,
    isMessageSigned: true,
    managedAppleId: null,
    ...changes,
  });
}

describe("the identifier prefix", () => {
  test.each([
    ["mdm.example.com", "com.example.mdm"],
    ["MDM.Example.com.", "com.example.mdm"],
    ["localhost", "localhost"],
    ["127.0.0.1", "1.0.0.127"],
  ])("of %s is %s", (host, expected) => {
    expect(identifierPrefix(host)).toBe(expected);
  });

  test("is followed by suffixes", () => {
    expect(payloadIdentifier(prefix, "artifact", "a1")).toBe("com.example.mdm.artifact.a1");
  });
});

test("device URLs end with a slash, whether the base URL does or not", () => {
  expect(deviceUrls("https://mdm.example.com:8443/")).toEqual({
    checkIn: "https://mdm.example.com:8443/public/mdm/checkin/",
    connect: "https://mdm.example.com:8443/public/mdm/connect/",
    otaEnroll: "https://mdm.example.com:8443/public/mdm/ota_enroll/",
    otaSessionEnroll: "https://mdm.example.com:8443/public/mdm/ota_session_enroll/",
  });
});

describe("the profile service profile of OTA phase 1", () => {
  test("asks for the device's attributes and gives the challenge", () => {
    const input = { uuid: "U", prefix, displayName: "Design Macs", url: urls.otaEnroll, challenge: "chal" };
    expect(delivered(profileServiceProfile(input))).toEqual({
      PayloadType: "Profile Service",
      PayloadUUID: "U",
      PayloadIdentifier: "com.example.mdm.profile-service",
      PayloadVersion: 1,
      PayloadDisplayName: "Design Macs",
      PayloadOrganization: "Design Macs",
      PayloadDescription: "Install this profile to enroll your device with Design Macs",
      PayloadContent: {
        URL: "https://mdm.example.com/public/mdm/ota_enroll/",
        DeviceAttributes: ["UDID", "VERSION", "PRODUCT", "SERIAL", "MEID", "IMEI"],
        Challenge: "chal",
      },
    });
  });
});

describe("the identity payload", () => {
  test("has its settings under PayloadContent", () => {
    expect(delivered(anIdentity())).toEqual({
      PayloadType: "com.apple.security.scep",
      PayloadUUID: "IDENTITY-UUID",
      PayloadIdentifier: "com.example.mdm.scep",
      PayloadVersion: 1,
      PayloadDisplayName: "SCEP",
      PayloadContent: {
        URL: "https://mdm.example.com/scep/",
        Name: "Built-in CA",
        Challenge: "chal",
        "Key Type": "RSA",
        Keysize: 2048,
        "Key Usage": 0,
        Subject: [[["CN", "MDM$OTA$s3cret"]], [["2.5.4.5", "C02MT66KFLHH"]], [["O", "MBU$4"]]],
        KeyIsExtractable: false,
        AllowAllAppsAccess: false,
      },
    });
  });

  test.each([
    ["ota_phase_2", "OTA$s"],
    ["ota", "MDM$OTA$s"],
    ["dep", "MDM$DEP$s"],
    ["user", "MDM$USER$s"],
    ["re", "MDM$RE$s"],
  ] as const)("for %s names %s", (kind, commonName) => {
    expect(identityCommonName(kind, "s")).toBe(commonName);
  });

  test.each([
    ["dep", 56],
    ["ota", 56],
    ["user", 55],
    ["re", 57],
  ] as const)("for %s has room for a secret of %i characters and no more", (kind, length) => {
    expect(identityCommonName(kind, "s".repeat(length))).toHaveLength(64);
    expect(() => identityCommonName(kind, "s".repeat(length + 1))).toThrow(RangeError);
  });

  test("has no serial number when the secret is bound to none", () => {
    const subject = {
      kind: "user",
      sessionSecret: "s",
      serialNumber: null,
      metaBusinessUnitId: "7",
    } as const;
    expect(identitySubject(subject)).toEqual([[["CN", "MDM$USER$s"]], [["O", "MBU$7"]]]);
  });

  test("stands alone in the answer to OTA phase 2", () => {
    const identity = anIdentity("ota_phase_2");
    expect(delivered(otaIdentityProfile({ uuid: "U", prefix, displayName: "Macs", identity }))).toMatchObject(
      {
        PayloadType: "Configuration",
        PayloadIdentifier: "com.example.mdm.scep",
        PayloadDisplayName: "Macs",
        PayloadContent: [{ PayloadType: "com.apple.security.scep" }],
      },
    );
  });
});

describe("the MDM payload", () => {
  test("of a device that signs its messages", () => {
    expect(delivered(anMdmPayload())).toEqual({
      PayloadType: "com.apple.mdm",
      PayloadUUID: "MDM-UUID",
      PayloadIdentifier: "com.example.mdm.mdm",
      PayloadVersion: 1,
      PayloadDisplayName: "MDM",
      IdentityCertificateUUID: "IDENTITY-UUID",
      Topic: "com.apple.mgmt.External.e0bd1eac",
      ServerCapabilities: ["com.apple.mdm.bootstraptoken", "com.apple.mdm.per-user-connections"],
      ServerURL: "https://mdm.example.com/public/mdm/connect/",
      CheckInURL: "https://mdm.example.com/public/mdm/checkin/",
      CheckOutWhenRemoved: true,
      SignMessage: true,
      AccessRights: 8191,
    });
  });

  test("says nothing about signing behind a proxy that checks certificates", () => {
    expect(delivered(anMdmPayload({ isMessageSigned: false }))).not.toHaveProperty("SignMessage");
  });

  test("asks for no rights when a managed Apple ID is assigned", () => {
    const payload = delivered(anMdmPayload({ managedAppleId: "ann@example.com" }));
    expect(payload).toMatchObject({
      AssignedManagedAppleID: "ann@example.com",
      EnrollmentMode: "BYOD",
    });
    expect(payload).not.toHaveProperty("AccessRights");
  });
});

describe("the enrollment profile", () => {
  const rootCa = rootCaPayload({ uuid: "CA-UUID", prefix, certificatePem });
  const input = { uuid: "U", prefix, displayName: "Macs", identity: anIdentity(), mdm: anMdmPayload() };

  test("holds root CA, identity and MDM in that order", () => {
    expect(delivered(mdmProfile({ ...input, rootCa }))).toMatchObject({
      PayloadIdentifier: "com.example.mdm.mdm",
      PayloadOrganization: "Macs",
      PayloadContent: [
        { PayloadType: "com.apple.security.pem" },
        { PayloadType: "com.apple.security.scep" },
        { PayloadType: "com.apple.mdm" },
      ],
    });
  });

  test("leaves the root CA out where it is not distributed", () => {
    expect(delivered(mdmProfile({ ...input, rootCa: null }))).toMatchObject({
      PayloadContent: [{ PayloadType: "com.apple.security.scep" }, { PayloadType: "com.apple.mdm" }],
    });
  });

  test("is the same bytes for the same input", () => {
    expect(writePlist(mdmProfile({ ...input, rootCa }))).toEqual(
      writePlist(mdmProfile({ ...input, rootCa })),
    );
  });
});

describe("the root CA payload", () => {
  test("holds the certificate as PEM", () => {
    expect(delivered(rootCaPayload({ uuid: "CA-UUID", prefix, certificatePem }))).toEqual({
      PayloadType: "com.apple.security.pem",
      PayloadUUID: "CA-UUID",
      PayloadIdentifier: "com.example.mdm.tls-root-ca-cert",
      PayloadVersion: 1,
      PayloadDisplayName: "root CA",
      PayloadContent: Buffer.from(`${certificatePem}\n`),
    });
  });

  test("comes in a profile of its own too", () => {
    const rootCa = rootCaPayload({ uuid: "CA-UUID", prefix, certificatePem });
    expect(delivered(rootCaProfile({ uuid: "U", prefix, displayName: "Root CA", rootCa }))).toMatchObject({
      PayloadType: "Configuration",
      PayloadIdentifier: "com.example.mdm.root-ca-certificates",
      PayloadContent: [{ PayloadType: "com.apple.security.pem" }],
    });
  });

  test("takes the last certificate of a chain", () => {
    const leaf = certificatePem.replace("MAA=", "MAE=");
    expect(findLastPemCertificate(`${leaf}\nsubject=/CN=root\n${certificatePem}\n`)).toBe(certificatePem);
    expect(findLastPemCertificate("nothing")).toBeNull();
  });
});
