import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { readPlist } from "../plist/read.ts";
import type { PlistWritableDictionary } from "../plist/value.ts";
import { writeBinaryPlist } from "../plist/write-binary.ts";
import { writePlist } from "../plist/write.ts";
import {
  ConnectError,
  type ConnectMessage,
  connectBodyBytesMax,
  decodeConnect,
  encodeCommand,
  errorChainLinksMax,
} from "./connect.ts";

const udid = "66ADE930-5FDF-5EC4-8429-15640684C489";
const commandUuid = "93A81E2A-8FBE-4E4B-B6E5-EE9148893F33";
const report = { UDID: udid, Status: "Acknowledged", CommandUUID: commandUuid };

function decode(message: PlistWritableDictionary): ConnectMessage {
  return decodeConnect(writePlist(message));
}

function refusalOf(message: PlistWritableDictionary): { code: string; field: string } {
  try {
    decode(message);
  } catch (error) {
    if (error instanceof ConnectError) return { code: error.code, field: error.field };
    throw error;
  }
  return { code: "decoded", field: "" };
}

describe("a connect message is decoded", () => {
  test("when the device is idle", () => {
    expect(decode({ UDID: udid, Status: "Idle", NotOnConsole: false })).toMatchObject({
      status: "Idle",
      identifiers: { udid, userId: null },
      notOnConsole: false,
    });
  });

  test.each(["Acknowledged", "Error", "CommandFormatError", "NotNow"])("when it reports %s", (status) => {
    const message = { ...report, Status: status, RequestType: "ProfileList", ProfileList: [] };
    expect(decode(message)).toMatchObject({
      status,
      commandUuid,
      requestType: "ProfileList",
      errorChain: null,
      response: message,
    });
  });

  test("with the error chain as JSON", () => {
    const chain = [
      { ErrorCode: 97, ErrorDomain: "MDMClientError" },
      { When: new Date(0), Blob: Buffer.of(1) },
    ];
    expect(decode({ ...report, Status: "Error", ErrorChain: chain })).toMatchObject({
      errorChain: [
        { ErrorCode: 97, ErrorDomain: "MDMClientError" },
        { When: "1970-01-01T00:00:00Z", Blob: "AQ==" },
      ],
    });
  });

  test("with an error chain that is no list as none, and a long one cut", () => {
    expect(decode({ ...report, Status: "Error", ErrorChain: "oops" })).toMatchObject({ errorChain: null });
    const message = decode({ ...report, Status: "Error", ErrorChain: Array(1000).fill({ ErrorCode: 1 }) });
    expect(message.status !== "Idle" && message.errorChain).toHaveLength(errorChainLinksMax);
  });

  test("without the UUID of a command the device could not read", () => {
    expect(decode({ UDID: udid, Status: "CommandFormatError" })).toMatchObject({ commandUuid: null });
  });

  test("with a request type that is not a string as none", () => {
    expect(decode({ ...report, RequestType: 1 })).toMatchObject({ requestType: null });
  });

  test("from a binary plist just as well", () => {
    expect(decodeConnect(writeBinaryPlist(report))).toEqual(decode(report));
  });
});

describe("a connect message is refused", () => {
  test.each([undefined, "", 7])("with %j as status", (status) => {
    expect(refusalOf({ UDID: udid, Status: status }).code).toBe("connect_status_missing");
  });

  test.each(["Yolo", "idle", "toString"])("with the status %s", (status) => {
    expect(refusalOf({ UDID: udid, Status: status }).code).toBe("connect_status_unknown");
  });

  test("without an identifier", () => {
    expect(refusalOf({ Status: "Idle" }).code).toBe("connect_identifier_missing");
  });

  test("when it is idle and reports on a command at once", () => {
    expect(refusalOf({ ...report, Status: "Idle" }).code).toBe("connect_idle_with_command");
  });

  test.each(["UDID", "UserID", "CommandUUID"])("with a %s that is not a string", (field) => {
    for (const value of [42, "x".repeat(256)]) {
      expect(refusalOf({ ...report, [field]: value })).toEqual({ code: "connect_field_malformed", field });
    }
  });

  test("beyond the body limit", () => {
    expect(() => decodeConnect(Buffer.alloc(connectBodyBytesMax + 1))).toThrow(
      expect.objectContaining({ code: "plist_too_large" }),
    );
  });
});

describe("a command is encoded", () => {
  test("with its UUID in upper case and without members that are undefined", () => {
    const body = encodeCommand(commandUuid.toLowerCase(), { RequestType: "DeviceLock", PIN: undefined });
    expect(body.toString("utf8")).toContain('<?xml version="1.0" encoding="UTF-8"?>');
    expect(readPlist(body)).toEqual({ CommandUUID: commandUuid, Command: { RequestType: "DeviceLock" } });
  });
});

describeWithFixtures("connect messages captured from real devices", (fixtures) => {
  const folder = join(fixtures, "responses");
  const decodeFile = (name: string) => decodeConnect(readFileSync(join(folder, name)));

  test("are reports with a command UUID, the placeholder aside", () => {
    const names = readdirSync(folder).filter((name) => !name.includes("CertificateList-iOS-11.3.1"));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const message = decodeFile(name);
      expect(message.status !== "Idle" && message.commandUuid, name).toMatch(/^[0-9a-f-]{36}$/i);
    }
  });

  test("carry their error chains", () => {
    expect(decodeFile("commandment-Errors-iOS-11.3.1-AvailableOSUpdatesFailure.xml")).toMatchObject({
      status: "Error",
      errorChain: [
        { ErrorCode: 2213 },
        { ErrorCode: 3, ErrorDomain: "com.apple.softwareupdateservices.errors" },
      ],
    });
    expect(decodeFile("commandment-Errors-iOS-11.3.1-CommandFormatError.xml")).toMatchObject({
      status: "CommandFormatError",
      errorChain: null,
    });
    expect(decodeFile("commandment-NotNow-iOS-11.3.1.xml")).toMatchObject({ status: "NotNow" });
  });

  test("are refused where certificates are placeholders", () => {
    expect(() => decodeFile("commandment-CertificateList-iOS-11.3.1.xml")).toThrow(
      expect.objectContaining({ code: "plist_malformed" }),
    );
  });
});
