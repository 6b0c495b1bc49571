import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWithFixtures } from "../../../../test/tools/shared-folder.ts";
import { readPlistDictionary } from "../../plist/read.ts";
import type { PlistDictionary, PlistValue } from "../../plist/value.ts";
import { decodeCertificateList } from "./certificate-list.ts";
import { decodeDeviceInformation } from "./device-information.ts";
import { decodeDeviceLocation } from "./device-location.ts";
import { decodeInstalledApplicationList } from "./installed-application-list.ts";
import { decodeManagedApplicationList } from "./managed-application-list.ts";
import { decodeProfileList } from "./profile-list.ts";
import { decodeProvisioningProfileList } from "./provisioning-profile-list.ts";
import { decodeSecurityInfo } from "./security-info.ts";
import { decodeSettingResults } from "./settings.ts";
import { decodeUserList } from "./user-list.ts";

const decoders = {
  QueryResponses: decodeDeviceInformation,
  SecurityInfo: decodeSecurityInfo,
  InstalledApplicationList: decodeInstalledApplicationList,
  ProfileList: decodeProfileList,
  CertificateList: decodeCertificateList,
  Users: decodeUserList,
  ManagedApplicationList: decodeManagedApplicationList,
  ProvisioningProfileList: decodeProvisioningProfileList,
  Latitude: decodeDeviceLocation,
} satisfies Record<string, (response: PlistDictionary) => unknown>;

describe("an answer that says nothing is null, so that nothing is overwritten", () => {
  test.each(Object.entries(decoders))("%s", (key, decode) => {
    for (const value of ["yolo", 7, true, Buffer.of(1)]) expect(decode({ [key]: value })).toBeNull();
    expect(decode({})).toBeNull();
  });

  test("empty dictionaries included, while an empty list says that there is nothing", () => {
    expect(decodeDeviceInformation({ QueryResponses: {} })).toBeNull();
    expect(decodeSecurityInfo({ SecurityInfo: {} })).toBeNull();
    expect(decodeProfileList({ ProfileList: [] })).toEqual([]);
  });
});

describe("DeviceLocation", () => {
  const place = { Latitude: 52.5, Longitude: 13.4, Timestamp: "2026-03-01T10:58:30+01:00" };

  test("a place has coordinates and the time the device was there", () => {
    expect(decodeDeviceLocation({ ...place, Speed: -1, Altitude: "high" })).toEqual({
      latitude: 52.5,
      longitude: 13.4,
      horizontalAccuracy: null,
      verticalAccuracy: null,
      altitude: null,
      speed: -1,
      course: null,
      locatedAt: new Date("2026-03-01T09:58:30Z"),
    });
  });

  test.each([{ Latitude: 90.1 }, { Longitude: -180.1 }, { Latitude: Number.NaN }, { Longitude: "13" }])(
    "%o is nowhere on Earth",
    (wrong) => {
      expect(decodeDeviceLocation({ ...place, ...wrong })).toBeNull();
    },
  );

  test.each(["yesterday", "2026", "2026-99-99T00:00:00Z"])("%s is no time", (Timestamp) => {
    expect(decodeDeviceLocation({ ...place, Timestamp })).toMatchObject({ locatedAt: null });
  });
});

describe("Settings", () => {
  const unknown = { status: null, identifier: null, errorChain: null };

  test("results keep the order of the items, those that are none included", () => {
    const failed = { Status: "Error", Identifier: "com.example.a", ErrorChain: [{ ErrorCode: 7 }] };
    expect(decodeSettingResults({ Settings: [7, failed, { Status: "Acknowledged" }] })).toEqual([
      unknown,
      { status: "Error", identifier: "com.example.a", errorChain: [{ ErrorCode: 7 }] },
      { ...unknown, status: "Acknowledged" },
    ]);
  });

  test("one dictionary is one result, and anything else none", () => {
    expect(decodeSettingResults({ Settings: { Status: "Error" } })).toEqual([
      { ...unknown, status: "Error" },
    ]);
    for (const answer of [{}, { Settings: 7 }]) expect(decodeSettingResults(answer)).toEqual([]);
  });
});

test("what cannot be told apart is left out of lists", () => {
  expect(decodeUserList({ Users: [{ FullName: "Nobody" }, 7, { UserName: "ada" }] })).toMatchObject([
    { userName: "ada", fullName: null },
  ]);
  const list = { "": {}, "com.example.a": { Status: "Managed" }, "com.example.b": 7 };
  expect(decodeManagedApplicationList({ ManagedApplicationList: list })).toMatchObject([
    { identifier: "com.example.a", status: "Managed", isValidated: null },
  ]);
  expect(decodeProvisioningProfileList({ ProvisioningProfileList: [{ Name: "x" }, { UUID: "u" }] })).toEqual([
    { uuid: "u", name: null, expiresAt: null },
  ]);
});

describe("malformed members of an answer read as not reported", () => {
  const hostile: PlistValue[] = [7, "x", true, [7], { a: 7 }, Buffer.of(1), 2n ** 63n, new Date(0)];

  test("whichever member it is, and whatever it holds", () => {
    const members = [
      "DeviceName,ProductName,Model,OSVersion,BatteryLevel,AutoSetupAdminAccounts,ActiveManagedUsers",
      "DevicePropertiesAttestation,ManagementStatus,FirmwarePasswordStatus,FDE_PersonalRecoveryKeyCMS",
      "FirewallSettings,SecureBoot,Identifier,BundleSize,Installing,PayloadContent,SignerCertificates,Data",
    ].flatMap((line) => line.split(","));
    for (const value of hostile) {
      const entry = Object.fromEntries(members.map((key) => [key, value]));
      expect(decodeDeviceInformation({ QueryResponses: entry })).not.toBeNull();
      expect(decodeSecurityInfo({ SecurityInfo: entry })).not.toBeNull();
      expect(decodeInstalledApplicationList({ InstalledApplicationList: [entry, value] })).not.toBeNull();
      expect(decodeProfileList({ ProfileList: [entry, value] })).not.toBeNull();
      expect(decodeCertificateList({ CertificateList: [entry, value] })).not.toBeNull();
    }
  });

  test("such as a version that is a number", () => {
    const information = decodeDeviceInformation({ QueryResponses: { OSVersion: 26, DeviceName: ["a"] } });
    expect(information).toMatchObject({ osVersion: "", deviceName: null, platform: null, model: null });
  });
});

describe("DeviceInformation", () => {
  const decode = (answers: PlistDictionary) => decodeDeviceInformation({ QueryResponses: answers });

  test("tells a rapid security response by its extras", () => {
    const answers = {
      OSVersion: "13.0",
      SupplementalOSVersionExtra: "(a)",
      BuildVersion: "22A400",
      SupplementalBuildVersion: "22E772610a",
    };
    expect(decode(answers)).toMatchObject({
      osVersion: "13.0",
      osVersionExtra: "(a)",
      buildVersion: "22A400",
      buildVersionExtra: "22E772610a",
    });
  });

  test("has no extra build when the supplemental build is the build", () => {
    expect(decode({ BuildVersion: "25B78", SupplementalBuildVersion: "25B78" })).toMatchObject({
      buildVersionExtra: "",
    });
  });

  test("tells absent administrator accounts from none", () => {
    expect(decode({ AutoSetupAdminAccounts: [] })).toMatchObject({ autoSetupAdminAccounts: [] });
    expect(decode({ UDID: "D" })).toMatchObject({ autoSetupAdminAccounts: null });
    expect(decode({ AutoSetupAdminAccounts: [{ GUID: "G", shortName: "admin" }] })).toMatchObject({
      autoSetupAdminAccounts: [{ guid: "G", shortName: "admin" }],
    });
  });

  test("has no attestation when one certificate of the chain is missing", () => {
    expect(decode({ DevicePropertiesAttestation: [Buffer.of(1), "x"] })).toMatchObject({
      devicePropertiesAttestation: null,
    });
  });
});

describe("SecurityInfo", () => {
  const decode = (info: PlistDictionary) => decodeSecurityInfo({ SecurityInfo: info });

  test("tells how the device came under management", () => {
    const status = { EnrolledViaDEP: true, UserApprovedEnrollment: true, IsUserEnrollment: false };
    expect(decode({ ManagementStatus: status })).toMatchObject({
      managementStatus: {
        isEnrolledViaDep: true,
        isUserApprovedEnrollment: true,
        isUserEnrollment: false,
        isActivationLockManageable: null,
      },
    });
  });

  test.each([
    ["allowed", true],
    ["disallowed", false],
    ["not supported", null],
    [true, true],
    [7, null],
  ])("reads %j as bootstrap token permission %s", (word, permission) => {
    expect(decode({ BootstrapTokenAllowedForAuthentication: word })).toMatchObject({
      bootstrapToken: { isAllowedForAuthentication: permission, isRequiredForSoftwareUpdate: null },
    });
  });

  test("keeps the recovery key out of the stored copy", () => {
    const info = decode({ FDE_Enabled: true, FDE_PersonalRecoveryKeyCMS: Buffer.of(1) });
    expect(info).toMatchObject({ isFileVaultEnabled: true, personalRecoveryKeyCms: Buffer.of(1) });
    expect(info?.json).toEqual({ FDE_Enabled: true });
  });

  test("tells a Mac without firmware password from one with", () => {
    expect(decode({ FDE_Enabled: true })).toMatchObject({ firmwarePassword: null });
    expect(decode({ FirmwarePasswordStatus: { PasswordExists: true, ChangePending: false } })).toMatchObject({
      firmwarePassword: { passwordExists: true, isChangePending: false },
    });
  });
});

test("an application under way is told from one that failed, and from one that is there", () => {
  const list = [
    { Identifier: "a", Installing: true },
    { Identifier: "b", Installing: true, DownloadFailed: true },
    { Identifier: "c", Installing: false },
  ];
  const states = decodeInstalledApplicationList({ InstalledApplicationList: list });
  expect(states?.map((application) => application.transientState)).toEqual([
    "Installing",
    "DownloadFailed",
    null,
  ]);
});

test("a certificate entry without certificate is left out", () => {
  const list = [{ CommonName: "a" }, { CommonName: "b", Data: Buffer.of(0x30), IsIdentity: true }];
  expect(decodeCertificateList({ CertificateList: list })).toEqual([
    { commonName: "b", data: Buffer.of(0x30), isIdentity: true },
  ]);
});

describeWithFixtures("answers captured from real devices", (fixtures) => {
  const answer = (name: string) =>
    readPlistDictionary(readFileSync(join(fixtures, "responses", `commandment-${name}.xml`)));

  test("DeviceInformation of a Mac and of an iPad", () => {
    expect(decodeDeviceInformation(answer("DeviceInformation-10.11.x"))).toMatchObject({
      platform: "macOS",
      model: "iMac15,1",
      osVersion: "10.11.6",
      buildVersion: "15G1004",
      hostName: "micromdm-testing.dev",
      deviceCapacity: 464.82241058349609,
      isAwaitingConfiguration: false,
      json: { OSUpdateSettings: { PreviousScanDate: "2016-11-03T03:12:26Z" } },
    });
    expect(decodeDeviceInformation(answer("DeviceInformation-iOS-11.3.1"))).toMatchObject({
      platform: "iOS",
      model: "iPad4,1",
      deviceName: "iPad",
      serialNumber: "C00000000004",
      isSupervised: null,
    });
  });

  test("SecurityInfo of three systems", () => {
    expect(decodeSecurityInfo(answer("SecurityInfo-10.11.x"))).toMatchObject({ isFileVaultEnabled: false });
    for (const name of ["SecurityInfo-IOS-9.x", "SecurityInfo-iOS-11.3.1"]) {
      expect(decodeSecurityInfo(answer(name))).toMatchObject({
        hardwareEncryptionCaps: 3,
        isPasscodePresent: false,
        isPasscodeCompliant: true,
        isFileVaultEnabled: null,
      });
    }
  });

  test("InstalledApplicationList of three systems", () => {
    expect(decodeInstalledApplicationList(answer("InstalledApplicationList-10.11.x"))).toMatchObject([
      { identifier: "com.apple.systempreferences", shortVersion: "14.0", bundleBytes: 5_855_484 },
      { identifier: null, name: "Set Info" },
      { name: "Install OS X Yosemite", bundleBytes: 0 },
    ]);
    expect(
      decodeInstalledApplicationList(answer("InstalledApplicationList-iOS-11.3.1"))?.length,
    ).toBeGreaterThan(1);
    expect(decodeInstalledApplicationList(answer("InstalledApplicationList-iOS-12.1"))?.[0]).toMatchObject({
      identifier: "com.agilebits.onepassword-ios",
      externalVersionIdentifier: 829_185_909,
      hasUpdateAvailable: true,
      transientState: null,
    });
  });

  test("ProfileList of a Mac and of an iPad", () => {
    const [first] = decodeProfileList(answer("ProfileList-10.11.x")) ?? [];
    expect(first).toMatchObject({ isEncrypted: false, hasRemovalPasscode: false });
    expect(first?.payloads[0]).toMatchObject({
      payloadType: "com.apple.security.pkcs1",
      payloadIdentifier: "com.github.micromdm.tls",
      payloadOrganization: null,
      payloadVersion: 1,
    });
    const [profile] = decodeProfileList(answer("ProfileList-iOS-11.3.1")) ?? [];
    expect(profile).toMatchObject({ isManaged: false });
    expect(profile?.payloads.map((payload) => payload.payloadIdentifier)).toContain(
      "dev.commandment.identity",
    );
  });

  test("CertificateList of a Mac", () => {
    const certificates = decodeCertificateList(answer("CertificateList-10.11.x"));
    expect(certificates?.[0]).toMatchObject({ commonName: "com.apple.systemdefault", isIdentity: true });
    expect(certificates?.every(({ data }) => data[0] === 0x30)).toBe(true);
  });
});
