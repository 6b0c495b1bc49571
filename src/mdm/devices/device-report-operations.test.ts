import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictionary, enrollDevice } from "../../../test/tools/devices.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { decodeCertificateList } from "#protocol/mdm/answers/certificate-list.ts";
import { decodeDeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import { decodeInstalledApplicationList } from "#protocol/mdm/answers/installed-application-list.ts";
import { decodeProfileList } from "#protocol/mdm/answers/profile-list.ts";
import { decodeSecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { emptyDictionary, type PlistDictionary, type PlistValue } from "#protocol/plist/value.ts";
import { applicationsMax } from "./device-inventory.ts";
import { listApplications, listCertificates, listProfiles } from "./device-inventory-store.ts";
import {
  recordInstalledProfile,
  storeApplications,
  storeCertificates,
  storeDeviceInformation,
  storeProfiles,
  storeSecurityInfo,
} from "./device-report-operations.ts";
import { type Device, storableJson, storableText } from "./device.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const all = { limit: 10_000, offset: 0 };

function reportInformation(device: Device, answers: Record<string, PlistValue>): Promise<Device> {
  const information = decodeDeviceInformation(dictionary({ QueryResponses: dictionary(answers) }));
  if (information === null) throw new Error("The answer is empty");
  return run((op) => storeDeviceInformation(op, device, information));
}

function reportApplications(device: Device, entries: Record<string, PlistValue>[]): Promise<Device> {
  const response = dictionary({ InstalledApplicationList: entries.map(dictionary) });
  return run((op) => storeApplications(op, device, decodeInstalledApplicationList(response) ?? []));
}

describe("DeviceInformation", () => {
  test("names and versions are stored, absent ones emptied, flags kept unless reported", async () => {
    const device = await run((op) =>
      enrollDevice(op, { supervised: true, appleSilicon: true, model: "old" }),
    );
    const reported = await reportInformation(device, {
      DeviceName: "Ada's Mac",
      OSVersion: "13.0",
      SupplementalOSVersionExtra: "(a)",
      BuildVersion: "22E261",
      SupplementalBuildVersion: "22E772610a",
      AwaitingConfiguration: false,
    });
    expect(reported).toMatchObject({
      name: "Ada's Mac",
      model: null,
      osVersion: "13.0",
      osVersionExtra: "(a)",
      buildVersionExtra: "22E772610a",
      awaitingConfiguration: false,
      supervised: true,
      appleSilicon: true,
      deviceInformationUpdatedAt: database.clock.now(),
    });
    const empty = await reportInformation(device, { IsSupervised: false });
    expect(empty).toMatchObject({
      name: null,
      osVersion: "",
      awaitingConfiguration: null,
      supervised: false,
    });
  });

  test("a platform that changed is stored", async () => {
    const device = await run((op) => enrollDevice(op, { platform: "iOS" }));
    const reported = await reportInformation(device, { ProductName: "iPad13,1", OSVersion: "17.1" });
    expect(reported).toMatchObject({ platform: "iPadOS", model: "iPad13,1" });
  });

  test("a document too large to keep leaves the facts stored", async () => {
    const device = await run((op) => enrollDevice(op));
    const reported = await reportInformation(device, { DeviceName: "Big", HostName: "x".repeat(1_100_000) });
    expect(reported).toMatchObject({ name: "Big" });
    const { deviceInformation } = await database.database.one<{ deviceInformation: unknown }>(
      sql`select device_information from devices where id = ${device.id}`,
    );
    expect(deviceInformation).toBeNull();
  });
});

test("SecurityInfo sets what it says and keeps what it is silent about", async () => {
  const device = await run((op) => enrollDevice(op, { depEnrollment: true, userApprovedEnrollment: null }));
  const security = decodeSecurityInfo(
    dictionary({
      SecurityInfo: dictionary({
        FDE_Enabled: true,
        ManagementStatus: dictionary({ UserApprovedEnrollment: true, IsActivationLockManageable: false }),
        BootstrapTokenAllowedForAuthentication: "disallowed",
      }),
    }),
  );
  const reported = await run(async (op) => security && storeSecurityInfo(op, device, security));
  expect(reported).toMatchObject({
    depEnrollment: true,
    userApprovedEnrollment: true,
    activationLockManageable: false,
    filevaultEnabled: true,
    bootstrapTokenAllowedForAuthentication: false,
    bootstrapTokenRequiredForSoftwareUpdate: null,
    securityInfoUpdatedAt: database.clock.now(),
  });
});

describe("applications", () => {
  test("a list replaces the one before; what did not change is not written", async () => {
    const device = await run((op) => enrollDevice(op));
    const app = (name: string, version: string) => ({ Identifier: name, Name: name, ShortVersion: version });
    await reportApplications(device, [app("a", "1"), app("b", "1"), app("b", "1")]);
    const before = await listApplications(database.database, device.id, all);
    expect(before.rows.map(({ name }) => name)).toEqual(["a", "b"]);
    await reportApplications(device, [app("a", "1"), app("b", "2")]);
    const after = await listApplications(database.database, device.id, all);
    expect(after.rows.map(({ name, shortVersion }) => name + shortVersion)).toEqual(["a1", "b2"]);
    expect(after.rows[0]?.id).toBe(before.rows[0]?.id);
  });

  test("applications on their way are not there yet", async () => {
    const device = await run((op) => enrollDevice(op));
    const reported = await reportApplications(device, [
      { Identifier: "a", Installing: true },
      { Identifier: "b", DownloadFailed: true },
      { Identifier: "c", Installing: false },
    ]);
    expect((await listApplications(database.database, device.id, all)).rows).toMatchObject([
      { identifier: "c" },
    ]);
    expect(reported.applicationsUpdatedAt).toEqual(database.clock.now());
  });

  test("hostile names are stored as data, and the number of rows is bounded", async () => {
    const device = await run((op) => enrollDevice(op));
    const hostile = [
      "<script>",
      "'; drop table devices; --",
      "\ud83d\udca9",
      "\ud800",
      "x".repeat(1_000),
      "\0\0",
    ];
    await reportApplications(device, [
      ...hostile.map((name) => ({ Identifier: name, Name: name, BundleSize: -1, "\0\udfff": name })),
      ...Array.from({ length: applicationsMax }, (_, index) => ({ Identifier: `app ${index}` })),
    ]);
    const { count, rows } = await listApplications(database.database, device.id, all);
    expect(count).toBe(applicationsMax);
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["<script>", "\ud83d\udca9", "\uFFFD", "x".repeat(512)]));
  });
});

test("profiles keep the command that installed them, and leave with the list", async () => {
  const device = await run((op) => enrollDevice(op));
  const installed = { identifier: "p1", uuid: "u", displayName: "P", organization: "" };
  const installedBy = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";
  await run((op) => recordInstalledProfile(op, device, { ...installed, installedBy }));
  const report = (identifiers: string[]) => {
    const entries = identifiers.map((PayloadIdentifier) =>
      dictionary({ PayloadIdentifier, IsManaged: true }),
    );
    return run((op) =>
      storeProfiles(op, device, decodeProfileList(dictionary({ ProfileList: entries })) ?? []),
    );
  };
  await report(["p1", "p2", ""]);
  const { rows } = await listProfiles(database.database, device.id, all);
  expect(rows).toMatchObject([
    { identifier: "p1", installedBy },
    { identifier: "p2", installedBy: null },
  ]);
  await report(["p2"]);
  expect((await listProfiles(database.database, device.id, all)).count).toBe(1);
});

test("certificates that do not decode are kept with what the device said", async () => {
  const device = await run((op) => enrollDevice(op));
  const entry = dictionary({ CommonName: "odd", Data: Buffer.from("not DER"), IsIdentity: true });
  const response = dictionary({ CertificateList: [entry, entry, dictionary({ Data: "text" })] });
  await run((op) => storeCertificates(op, device, decodeCertificateList(response) ?? []));
  const { rows } = await listCertificates(database.database, device.id, all);
  expect(rows).toMatchObject([{ commonName: "odd", isIdentity: true, subject: "", notAfter: null }]);
});

describe("storable", () => {
  test("text is cut between characters", () => {
    expect(storableText("ä".repeat(10), 5)).toBe("ää");
    expect(storableText("a\0b\ud800", 100)).toBe("ab\uFFFD");
  });

  test("any JSON text becomes one that PostgreSQL takes, and clean text stays itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }), async (document) => {
        const text = storableJson(document);
        const { stored } = await database.database.one<{ stored: unknown }>(
          sql`select ${text}::jsonb as stored`,
        );
        const isClean = !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(document));
        if (isClean) expect(JSON.parse(text ?? "")).toEqual(JSON.parse(JSON.stringify(document)));
        return stored !== undefined;
      }),
      { numRuns: 200 },
    );
    expect(JSON.parse(storableJson({ "a\0\ud800": "\\u0000\\ud800\0" }) ?? "")).toEqual({
      "a\uFFFD": "\\u0000\\ud800",
    });
  });

  test("any report of any shape lands without an error", async () => {
    const device = await run((op) => enrollDevice(op));
    const leaf: fc.Arbitrary<PlistValue> = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.boolean(),
      fc.date(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    const names =
      "DeviceName OSVersion ProductName AutoSetupAdminAccounts Identifier Name Version BundleSize " +
      "PayloadIdentifier PayloadContent CommonName Data ManagementStatus";
    const keys = fc.constantFrom(...names.split(" "));
    const entry: fc.Arbitrary<PlistDictionary> = fc
      .dictionary(fc.oneof(keys, fc.string({ unit: "binary" })), leaf, { maxKeys: 8 })
      .map((members) => Object.assign(emptyDictionary(), members));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (entries) => {
        const one = entries[0] ?? emptyDictionary();
        const response = dictionary({
          QueryResponses: one,
          SecurityInfo: one,
          InstalledApplicationList: entries,
          ProfileList: entries,
          CertificateList: entries,
        });
        await run(async (op) => {
          const information = decodeDeviceInformation(response);
          const security = decodeSecurityInfo(response);
          if (information !== null) await storeDeviceInformation(op, device, information);
          if (security !== null) await storeSecurityInfo(op, device, security);
          await storeApplications(op, device, decodeInstalledApplicationList(response) ?? []);
          await storeProfiles(op, device, decodeProfileList(response) ?? []);
          await storeCertificates(op, device, decodeCertificateList(response) ?? []);
        });
      }),
      { numRuns: 100 },
    );
  });
});

describeWithFixtures("captured lists", (folder) => {
  const read = (name: string) =>
    readPlistDictionary(readFileSync(join(folder, "responses", `commandment-${name}.xml`)));

  test("a Mac's applications, profiles and certificates land whole", async () => {
    const device = await run((op) => enrollDevice(op));
    await run(async (op) => {
      const applications = decodeInstalledApplicationList(read("InstalledApplicationList-10.11.x")) ?? [];
      await storeApplications(op, device, applications);
      await storeProfiles(op, device, decodeProfileList(read("ProfileList-10.11.x")) ?? []);
      await storeCertificates(op, device, decodeCertificateList(read("CertificateList-10.11.x")) ?? []);
    });
    const certificates = await listCertificates(database.database, device.id, all);
    expect(certificates.count).toBeGreaterThan(0);
    expect(certificates.rows[0]?.notAfter).toBeInstanceOf(Date);
    expect((await listApplications(database.database, device.id, all)).count).toBe(3);
    expect((await listProfiles(database.database, device.id, all)).count).toBeGreaterThan(0);
  });
});
