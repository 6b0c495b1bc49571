/** The check-in messages of a device, with the members each platform sends. */
import type { PlistWritable } from "#protocol/plist/value.ts";
import type { DeviceFacts } from "./device-facts.ts";
import type { PushTarget } from "./device-state.ts";

export type Message = Readonly<Record<string, PlistWritable | undefined>>;

/** The first message of an enrollment. */
export function authenticateMessage(facts: DeviceFacts, topic: string): Message {
  return {
    MessageType: "Authenticate",
    Topic: topic,
    UDID: facts.udid,
    SerialNumber: facts.serialNumber,
    DeviceName: facts.deviceName,
    Model: facts.productName,
    ModelName: facts.modelName,
    ProductName: facts.productName,
    OSVersion: facts.osVersion,
    BuildVersion: facts.buildVersion,
    IMEI: facts.imei ?? undefined,
    MEID: facts.meid ?? undefined,
  };
}

/** Tells the server where to push to; with `user`, on the user channel of a Mac. */
export function tokenUpdateMessage(
  facts: DeviceFacts,
  details: {
    readonly topic: string;
    readonly push: PushTarget;
    readonly unlockToken: Buffer | null;
    readonly isUserChannel: boolean;
  },
): Message {
  return {
    MessageType: "TokenUpdate",
    Topic: details.topic,
    UDID: facts.udid,
    Token: details.push.token,
    PushMagic: details.push.magic,
    AwaitingConfiguration: details.isUserChannel ? undefined : false,
    UnlockToken: details.unlockToken ?? undefined,
    ...(details.isUserChannel ? { NotOnConsole: false, ...userMembers(facts) } : {}),
  };
}

/** Who speaks, on the user channel of a Mac. */
export function userMembers(facts: DeviceFacts): Message {
  if (facts.user === null) throw new TypeError(`A ${facts.model} has no user channel`);
  const { userId, longName, shortName } = facts.user;
  return { UserID: userId, UserLongName: longName, UserShortName: shortName };
}

/** What a device tells an OTA service about itself: what the profile asks for, and what Macs add. */
export function deviceAttributes(
  facts: DeviceFacts,
  asked: readonly string[],
  challenge: string | null,
): Message {
  const known: Message = {
    UDID: facts.udid,
    SERIAL: facts.serialNumber,
    PRODUCT: facts.productName,
    VERSION: facts.buildVersion,
    IMEI: facts.imei ?? "",
    MEID: facts.meid ?? "",
  };
  const attributes = Object.entries(known).filter(([key]) => asked.includes(key));
  const mac = facts.user === null ? {} : { NotOnConsole: false, ...userMembers(facts) };
  return { CHALLENGE: challenge ?? undefined, ...Object.fromEntries(attributes), ...mac };
}
