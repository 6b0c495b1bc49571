import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import type { PlistWritableDictionary } from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { DeviceAttributesError, decodeDeviceAttributes, decodeMachineInfo } from "./device-attributes.ts";

const attributes = {
  SERIAL: "C02MT66KFLHH",
  UDID: "66ADE930-5FDF-5EC4-8429-15640684C489",
  PRODUCT: "iPhone17,1",
  VERSION: "23B85",
  CHALLENGE: "chal",
  IMEI: "35 123456 123456 1",
};

function codeOf(decode: (content: Uint8Array) => unknown, message: PlistWritableDictionary): string {
  try {
    decode(writePlist(message));
    return "decoded";
  } catch (error) {
    if (error instanceof DeviceAttributesError) return error.code;
    throw error;
  }
}

describe("the attributes of OTA phases 2 and 3", () => {
  test("are decoded", () => {
    expect(decodeDeviceAttributes(writePlist(attributes))).toEqual({
      serialNumber: "C02MT66KFLHH",
      udid: "66ADE930-5FDF-5EC4-8429-15640684C489",
      challenge: "chal",
      product: "iPhone17,1",
      buildVersion: "23B85",
      imei: "35 123456 123456 1",
      meid: null,
      deviceName: null,
      platform: "iOS",
      raw: attributes,
    });
  });

  test("need no more than serial number and UDID, and ignore malformed others", () => {
    for (const value of [undefined, 7, "", ["x"]]) {
      const message = { ...attributes, CHALLENGE: value, PRODUCT: value, VERSION: value, IMEI: value };
      expect(decodeDeviceAttributes(writePlist(message))).toMatchObject({
        challenge: null,
        product: null,
        buildVersion: null,
        imei: null,
        platform: null,
      });
    }
  });

  test.each([
    ["SERIAL", "device_attributes_serial_missing"],
    ["UDID", "device_attributes_udid_missing"],
  ])("are refused without a whole %s", (key, code) => {
    for (const value of [undefined, 7, ""]) {
      expect(codeOf(decodeDeviceAttributes, { ...attributes, [key]: value })).toBe(code);
    }
  });
});

describe("machine info", () => {
  test("is decoded", () => {
    const message = {
      ...attributes,
      OS_VERSION: "18.1",
      SUPPLEMENTAL_OS_VERSION_EXTRA: "(a)",
      SUPPLEMENTAL_BUILD_VERSION: "22B83a",
      MDM_CAN_REQUEST_SOFTWARE_UPDATE: true,
      SOFTWARE_UPDATE_DEVICE_ID: "iPhone17,1",
      LANGUAGE: "de_DE",
    };
    expect(decodeMachineInfo(writePlist(message))).toMatchObject({
      serialNumber: "C02MT66KFLHH",
      product: "iPhone17,1",
      platform: "iOS",
      osVersionText: "18.1",
      osVersion: { numbers: [18, 1, 0], supplement: "(a)" },
      supplementalBuildVersion: "22B83a",
      canRequestSoftwareUpdate: true,
      softwareUpdateDeviceId: "iPhone17,1",
      language: "de_DE",
    });
  });

  test("of an older system has no version and cannot be asked to update", () => {
    expect(decodeMachineInfo(writePlist(attributes))).toMatchObject({
      osVersionText: null,
      osVersion: { numbers: [0, 0, 0] },
      canRequestSoftwareUpdate: false,
    });
  });

  test.each([
    ["SERIAL", "device_attributes_serial_missing"],
    ["UDID", "device_attributes_udid_missing"],
    ["PRODUCT", "device_attributes_product_missing"],
  ])("is refused without a whole %s", (key, code) => {
    for (const value of [undefined, 7, ""]) {
      expect(codeOf(decodeMachineInfo, { ...attributes, [key]: value })).toBe(code);
    }
  });
});

describeWithFixtures("the OTA phase 2 message captured from a virtual Mac", (fixtures) => {
  testWithProgram(["openssl"], "names the device, its product and its build", (openssl) => {
    const file = join(fixtures, "ota", "zentral-phase2-virtualmac.der");
    const content = execFileSync(openssl, ["cms", "-verify", "-noverify", "-inform", "DER", "-in", file], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(decodeDeviceAttributes(content)).toMatchObject({
      serialNumber: "ZDL2M9PTJ3",
      udid: "78897E40-F532-5DE0-A7DC-56BAC5CEEB9C",
      challenge: "8gLEIttrT7qbLOZs3XzL5XPgNXCliGwRLtn2Lfe4GBsa7g6MGm2sJjicKrLFal4D",
      product: "VirtualMac2,1",
      buildVersion: "22A380",
      imei: null,
      platform: "macOS",
    });
  });
});
