/** Check-in and connect bodies: whatever a message holds, what is made of it can be stored and told. */
import { decodeCertificateList } from "#protocol/mdm/answers/certificate-list.ts";
import { decodeDeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import { decodeInstalledApplicationList } from "#protocol/mdm/answers/installed-application-list.ts";
import { decodeProfileList } from "#protocol/mdm/answers/profile-list.ts";
import { decodeSecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import { decodeCheckin } from "#protocol/mdm/checkin.ts";
import { decodeConnect } from "#protocol/mdm/connect.ts";
import { deviceKey, type MessageIdentifiers } from "#protocol/mdm/identifiers.ts";
import { plistToJsonObject } from "#protocol/mdm/json.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { mutateTags, mutateValue } from "../mutate-plist.ts";
import { decodeOrNull, type FuzzTarget, promise } from "../target.ts";

/** Everything that a database or an index could not take. */
function expectStorable(value: unknown): void {
  const texts = typeof value === "string" ? [value] : [];
  promise(
    texts.every((text) => !text.includes("\0")),
    "no text holds NUL",
  );
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return;
  for (const [key, member] of Object.entries(value)) {
    promise(!key.includes("\0"), "no key holds NUL");
    expectStorable(member);
  }
}

function expectIdentifiers(identifiers: MessageIdentifiers): void {
  const key = deviceKey(identifiers);
  promise(key !== "" && key.length <= 255, "a message speaks for a device");
  for (const id of [identifiers.userId, identifiers.enrollmentUserId]) {
    promise(id === null || (id !== "" && id.length <= 255), "a user's identifier can be indexed");
  }
  expectStorable(identifiers);
}

const messageTypes = [
  "Authenticate",
  "TokenUpdate",
  "CheckOut",
  "SetBootstrapToken",
  "GetBootstrapToken",
  "UserAuthenticate",
  "DeclarativeManagement",
  "GetToken",
  "ReturnToService",
];

function runCheckin(input: Buffer): boolean {
  const message = decodeOrNull(["PlistError", "CheckinError"], () => decodeCheckin(input));
  if (message === null) return false;
  const { raw, ...members } = message;
  promise(messageTypes.includes(message.messageType), "a message has one of Apple's types");
  expectIdentifiers(message.identifiers);
  if (message.messageType === "TokenUpdate")
    promise(message.token.length > 0, "a token update brings a token");
  if ("tokenParameters" in members) members.tokenParameters = null; // A dictionary as sent; nobody stores it.
  expectStorable(members);
  expectStorable(plistToJsonObject(raw));
  JSON.stringify(plistToJsonObject(raw));
  return true;
}

const statuses = ["Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"];
const answers = [
  decodeCertificateList,
  decodeDeviceInformation,
  decodeInstalledApplicationList,
  decodeProfileList,
  decodeSecurityInfo,
];

function runConnect(input: Buffer): boolean {
  const message = decodeOrNull(["PlistError", "ConnectError"], () => decodeConnect(input));
  if (message === null) return false;
  promise(statuses.includes(message.status), "a message has one of Apple's states");
  expectIdentifiers(message.identifiers);
  if (message.status === "Idle") return true;
  promise((message.commandUuid?.length ?? 1) <= 255, "a command's identifier can be looked up");
  expectStorable(message.errorChain);
  expectStorable(plistToJsonObject(message.response));
  JSON.stringify(plistToJsonObject(message.response));
  for (const decode of answers) decode(message.response);
  return true;
}

const who = { UDID: "00008110-000A1234", UserID: "5A1B", UserShortName: "ann", UserLongName: "Ann" };
const udid = { UDID: who.UDID };
const token = { Topic: "com.apple.mgmt.External.1", Token: Buffer.alloc(32, 1), PushMagic: "magic" };

const checkins = [
  {
    ...udid,
    MessageType: "Authenticate",
    Topic: token.Topic,
    SerialNumber: "C02",
    OSVersion: "15.1",
    Challenge: Buffer.alloc(4),
  },
  {
    ...udid,
    ...token,
    MessageType: "TokenUpdate",
    UnlockToken: Buffer.alloc(64, 2),
    AwaitingConfiguration: false,
  },
  { ...who, ...token, MessageType: "TokenUpdate", NotOnConsole: false },
  { EnrollmentID: "E1", EnrollmentUserID: "EU1", MessageType: "CheckOut", Topic: token.Topic },
  { ...udid, MessageType: "SetBootstrapToken", BootstrapToken: Buffer.alloc(32, 3) },
  { ...udid, MessageType: "GetBootstrapToken" },
  { ...who, MessageType: "UserAuthenticate", DigestResponse: "digest" },
  { ...udid, MessageType: "DeclarativeManagement", Endpoint: "status", Data: Buffer.from("{}") },
  { ...udid, MessageType: "GetToken", TokenServiceType: "com.apple.maid", TokenParameters: { a: 1 } },
];
const chain = [
  { ErrorCode: 12_001, ErrorDomain: "MDMErrorDomain", LocalizedDescription: "No", When: new Date(0) },
];
const report = { ...udid, Status: "Acknowledged", CommandUUID: "0E5F7B60-0000-4000-8000-000000000001" };
const connects = [
  { ...udid, Status: "Idle" },
  { ...who, Status: "NotNow", CommandUUID: report.CommandUUID, NotOnConsole: true },
  { ...report, Status: "Error", ErrorChain: chain },
  {
    ...report,
    QueryResponses: {
      OSVersion: "15.1",
      SerialNumber: "C02",
      DeviceCapacity: 64.5,
      IsSupervised: true,
      ServiceSubscriptions: [{ IMEI: "1" }],
    },
  },
  {
    ...report,
    SecurityInfo: {
      FDE_Enabled: true,
      ManagementStatus: { EnrolledViaDEP: false },
      FirmwarePasswordStatus: { PasswordExists: true },
      FirewallSettings: { FirewallEnabled: true },
    },
  },
  {
    ...report,
    InstalledApplicationList: [{ Identifier: "com.example", Name: "Example", Version: "1", BundleSize: 12 }],
  },
  {
    ...report,
    ProfileList: [
      {
        PayloadIdentifier: "p",
        PayloadUUID: "u",
        PayloadContent: [{ PayloadType: "t" }],
        SignerCertificates: [Buffer.from("no")],
      },
    ],
  },
  {
    ...report,
    CertificateList: [{ CommonName: "c", Data: Buffer.from("not a certificate"), IsIdentity: true }],
  },
];

const words = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
];
const keysOf = (messages: readonly object[]): string[] => [
  ...new Set(messages.flatMap((message) => Object.keys(message))),
];

export const checkinTarget: FuzzTarget = {
  name: "checkin",
  seeds: checkins.flatMap((message) => [writePlist(message), writeBinaryPlist(message)]),
  mutators: [mutateValue, mutateValue, mutateTags],
  words: [...words, ...messageTypes, ...keysOf(checkins)],
  run: runCheckin,
};

export const connectTarget: FuzzTarget = {
  name: "connect",
  seeds: connects.flatMap((message) => [writePlist(message), writeBinaryPlist(message)]),
  mutators: [mutateValue, mutateValue, mutateTags],
  words: [
    ...words,
    ...statuses,
    ...keysOf(connects),
    "QueryResponses",
    "SecurityInfo",
    "CertificateList",
    "ProfileList",
  ],
  run: runConnect,
};
