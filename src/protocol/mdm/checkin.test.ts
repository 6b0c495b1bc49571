import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { PlistError, type PlistWritableDictionary } from "../plist/value.ts";
import { writeBinaryPlist } from "../plist/write-binary.ts";
import { writePlist } from "../plist/write.ts";
import { CheckinError, checkinBodyBytesMax, decodeCheckin } from "./checkin.ts";

const udid = "66ADE930-5FDF-5EC4-8429-15640684C489";
const topic = "com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9";

const messages = {
  Authenticate: {
    MessageType: "Authenticate",
    UDID: udid,
    Topic: topic,
    OSVersion: "26.1",
    BuildVersion: "25B78",
    ProductName: "Mac14,2",
    SerialNumber: "C02MT66KFLHH",
  },
  TokenUpdate: {
    MessageType: "TokenUpdate",
    UDID: udid,
    Topic: topic,
    Token: Buffer.alloc(32, 7),
    PushMagic: "888CEB39-BFFA-40F6-89FA-B60752EB63C2",
    UnlockToken: Buffer.of(1, 2, 3),
    AwaitingConfiguration: true,
  },
  CheckOut: { MessageType: "CheckOut", UDID: udid, Topic: topic },
  SetBootstrapToken: { MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.of(1) },
  GetBootstrapToken: { MessageType: "GetBootstrapToken", UDID: udid, AwaitingConfiguration: false },
  UserAuthenticate: { MessageType: "UserAuthenticate", UDID: udid, UserID: "U", DigestResponse: "" },
  DeclarativeManagement: {
    MessageType: "DeclarativeManagement",
    UDID: udid,
    Endpoint: "status",
    Data: Buffer.from("{}"),
  },
  GetToken: { MessageType: "GetToken", UDID: udid, TokenServiceType: "com.apple.maid", TokenParameters: {} },
  ReturnToService: { MessageType: "ReturnToService", UDID: udid },
} satisfies Record<string, PlistWritableDictionary>;

function decode(message: PlistWritableDictionary) {
  return decodeCheckin(writePlist(message));
}

function refusalOf(message: PlistWritableDictionary): { code: string; field: string } {
  try {
    decode(message);
  } catch (error) {
    if (error instanceof CheckinError) return { code: error.code, field: error.field };
    throw error;
  }
  return { code: "decoded", field: "" };
}

describe("a check-in message is decoded", () => {
  test.each(Object.values(messages))("of type $MessageType", (message) => {
    const decoded = decode(message);
    expect(decoded.messageType).toBe(message.MessageType);
    expect(decoded.identifiers.udid).toBe(udid);
    expect(decoded.raw).toEqual(message);
  });

  test("from a binary plist just as well", () => {
    expect(decodeCheckin(writeBinaryPlist(messages.TokenUpdate))).toEqual(decode(messages.TokenUpdate));
  });

  test("with all members of Authenticate", () => {
    expect(decode({ ...messages.Authenticate, IMEI: "", Challenge: Buffer.from("apple") })).toMatchObject({
      topic,
      osVersion: "26.1",
      buildVersion: "25B78",
      productName: "Mac14,2",
      serialNumber: "C02MT66KFLHH",
      imei: null,
      challenge: Buffer.from("apple"),
    });
  });

  test("with all members of TokenUpdate", () => {
    expect(decode(messages.TokenUpdate)).toMatchObject({
      token: Buffer.alloc(32, 7),
      pushMagic: "888CEB39-BFFA-40F6-89FA-B60752EB63C2",
      unlockToken: Buffer.of(1, 2, 3),
      awaitingConfiguration: true,
      notOnConsole: null,
    });
  });

  test("with an absent or empty unlock token as none, so that the stored one stays", () => {
    expect(decode({ ...messages.TokenUpdate, UnlockToken: undefined })).toMatchObject({ unlockToken: null });
    expect(decode({ ...messages.TokenUpdate, UnlockToken: Buffer.alloc(0) })).toMatchObject({
      unlockToken: null,
    });
  });

  test("with an absent or empty bootstrap token as the wish to forget it", () => {
    expect(decode({ ...messages.SetBootstrapToken, BootstrapToken: undefined })).toMatchObject({
      bootstrapToken: null,
    });
    expect(decode({ ...messages.SetBootstrapToken, BootstrapToken: Buffer.alloc(0) })).toMatchObject({
      bootstrapToken: null,
    });
  });

  test("with the identifiers of a user enrollment", () => {
    const { UDID: _, ...message } = messages.TokenUpdate;
    expect(decode({ ...message, EnrollmentID: "E", EnrollmentUserID: "EU" }).identifiers).toEqual({
      udid: null,
      enrollmentId: "E",
      userId: null,
      enrollmentUserId: "EU",
      userShortName: null,
      userLongName: null,
    });
  });
});

describe("a malformed optional member never fails a message", () => {
  const optional: [keyof typeof messages, string, string][] = [
    ["Authenticate", "OSVersion", "osVersion"],
    ["Authenticate", "BuildVersion", "buildVersion"],
    ["Authenticate", "ProductName", "productName"],
    ["Authenticate", "Model", "model"],
    ["Authenticate", "ModelName", "modelName"],
    ["Authenticate", "DeviceName", "deviceName"],
    ["Authenticate", "SerialNumber", "serialNumber"],
    ["Authenticate", "IMEI", "imei"],
    ["Authenticate", "MEID", "meid"],
    ["Authenticate", "Challenge", "challenge"],
    ["TokenUpdate", "UnlockToken", "unlockToken"],
    ["TokenUpdate", "AwaitingConfiguration", "awaitingConfiguration"],
    ["TokenUpdate", "NotOnConsole", "notOnConsole"],
    ["CheckOut", "Topic", "topic"],
    ["SetBootstrapToken", "AwaitingConfiguration", "awaitingConfiguration"],
    ["GetBootstrapToken", "AwaitingConfiguration", "awaitingConfiguration"],
    ["UserAuthenticate", "DigestResponse", "digestResponse"],
    ["DeclarativeManagement", "Data", "data"],
    ["GetToken", "TokenParameters", "tokenParameters"],
  ];
  test.each(optional)("%s with %s as integer, list or nothing", (type, key, property) => {
    for (const value of [42, ["a"], undefined]) {
      expect(decode({ ...messages[type], [key]: value })).toHaveProperty(property, null);
    }
  });

  test("not even when it is too long to be kept", () => {
    expect(decode({ ...messages.Authenticate, DeviceName: "x".repeat(100_000) })).toMatchObject({
      deviceName: null,
    });
  });

  test("nor do names of a user that are not strings", () => {
    const message = { ...messages.TokenUpdate, UserID: "U", UserShortName: 1, UserLongName: false };
    expect(decode(message).identifiers).toMatchObject({
      userId: "U",
      userShortName: null,
      userLongName: null,
    });
  });
});

describe("a check-in message is refused", () => {
  const required: [keyof typeof messages, string][] = [
    ["Authenticate", "Topic"],
    ["TokenUpdate", "Topic"],
    ["TokenUpdate", "Token"],
    ["TokenUpdate", "PushMagic"],
    ["DeclarativeManagement", "Endpoint"],
    ["GetToken", "TokenServiceType"],
  ];
  test.each(required)("%s without a whole %s", (type, key) => {
    for (const value of [undefined, 42, "", Buffer.alloc(0)]) {
      expect(refusalOf({ ...messages[type], [key]: value })).toEqual({
        code: "checkin_field_malformed",
        field: key,
      });
    }
  });

  test("for a bootstrap token that is not data, which must not clear the stored one", () => {
    expect(refusalOf({ ...messages.SetBootstrapToken, BootstrapToken: "AAAA" })).toEqual({
      code: "checkin_field_malformed",
      field: "BootstrapToken",
    });
  });

  test.each(["UDID", "EnrollmentID", "UserID", "EnrollmentUserID"])(
    "for a %s that is not a string, which must not change the channel",
    (field) => {
      for (const value of [42, Buffer.of(1), "x".repeat(256)]) {
        expect(refusalOf({ ...messages.TokenUpdate, [field]: value })).toEqual({
          code: "checkin_field_malformed",
          field,
        });
      }
    },
  );

  test("for an identifier with NUL, which only a binary plist can bring", () => {
    const body = writeBinaryPlist({ ...messages.TokenUpdate, UDID: `${udid}\0` });
    expect(() => decodeCheckin(body)).toThrow(expect.objectContaining({ field: "UDID" }));
  });

  test("without any identifier of a device", () => {
    const message = { ...messages.TokenUpdate, UDID: "", UserID: "U" };
    expect(refusalOf(message)).toEqual({ code: "checkin_identifier_missing", field: "UDID" });
  });

  test.each(["Yolo", "authenticate", "toString", "__proto__"])("for the message type %s", (type) => {
    expect(refusalOf({ MessageType: type, UDID: udid }).code).toBe("checkin_message_type_unknown");
  });

  test.each([undefined, "", 7])("for %j as message type", (type) => {
    expect(refusalOf({ MessageType: type, UDID: udid }).code).toBe("checkin_message_type_missing");
  });

  test.each([
    ["no plist", Buffer.from("yolo"), "plist_malformed"],
    ["a list", writePlist([]), "plist_root_not_dictionary"],
    ["more bytes than the limit", Buffer.alloc(checkinBodyBytesMax + 1), "plist_too_large"],
  ])("for %s", (_name, body, code) => {
    expect(() => decodeCheckin(body)).toThrow(expect.objectContaining({ code }));
  });

  test("or decoded, whatever its members are, without any other failure", () => {
    const member = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(Buffer.of(1)));
    const keys = [...new Set(Object.values(messages).flatMap((message) => Object.keys(message)))];
    const message = fc.record({
      type: fc.constantFrom(...Object.values(messages)),
      changes: fc.dictionary(fc.constantFrom(...keys.filter((key) => key !== "MessageType")), member),
    });
    fc.assert(
      fc.property(message, ({ type, changes }) => {
        try {
          decodeCheckin(writeBinaryPlist({ ...type, ...changes }));
        } catch (error) {
          expect(error instanceof CheckinError || error instanceof PlistError).toBe(true);
        }
      }),
    );
  });
});

describeWithFixtures("check-in messages captured from real devices", (fixtures) => {
  const capture = (name: string) => decodeCheckin(readFileSync(join(fixtures, "checkin", name)));

  test.each([
    ["commandment-Authenticate-10.11.x.xml", "10.11.6"],
    ["commandment-Authenticate-10.12.2.xml", "10.12.2"],
    ["commandment-Authenticate-IOS-11.3.1.xml", "11.3.1"],
    ["commandment-Authenticate-IOS-9.x.xml", "9.3.2"],
    ["nanomdm-Authenticate.1.plist", "9.3.5"],
    ["nanomdm-Authenticate.2.plist", "10.12.6"],
  ])("%s", (name, osVersion) => {
    const topic = expect.stringMatching(/^(com\.apple\.mgmt|io\.micromdm)\./);
    expect(capture(name)).toMatchObject({ messageType: "Authenticate", osVersion, topic });
  });

  test.each([
    "commandment-TokenUpdate-10.11.x.plist",
    "commandment-TokenUpdate-10.11.x-user.plist",
    "commandment-TokenUpdate-10.12.2.xml",
    "nanomdm-TokenUpdate.1.plist",
    "nanomdm-TokenUpdate.2.plist",
  ])("%s", (name) => {
    const message = capture(name);
    expect(message.messageType === "TokenUpdate" && message.token.length).toBeGreaterThan(0);
    expect(message.identifiers.userShortName).toBe(name.includes("user") ? "admin" : null);
  });

  test.each(["commandment-CheckOut-10.11.x.xml", "commandment-CheckOut-iOS-11.3.1.xml"])("%s", (name) => {
    expect(capture(name).messageType).toBe("CheckOut");
  });

  test("commandment-TokenUpdate-iOS-11.3.1.xml is refused: its tokens are placeholders", () => {
    expect(() => capture("commandment-TokenUpdate-iOS-11.3.1.xml")).toThrow(
      expect.objectContaining({ code: "plist_malformed" }),
    );
  });
});
