/** What simulated devices are: hardware, system and identifiers, the same for the same seed and number every time. */
import { createHash } from "node:crypto";

export type DeviceModel = "Mac" | "iPhone" | "iPad" | "AppleTV";

/** One device before it meets a server. */
export type DeviceFacts = {
  readonly number: number;
  readonly model: DeviceModel;
  readonly productName: string;
  readonly modelName: string;
  readonly osVersion: string;
  readonly buildVersion: string;
  readonly serialNumber: string;
  /** As MDM calls the device: the hardware UUID of a Mac, the chip's identifier otherwise. */
  readonly udid: string;
  readonly deviceName: string;
  readonly wifiMac: string;
  readonly bluetoothMac: string;
  readonly imei: string | null;
  readonly meid: string | null;
  /** The person at a Mac, who is its user channel. */
  readonly user: { readonly userId: string; readonly longName: string; readonly shortName: string } | null;
  /** Bytes that belong to this device alone, for tokens and the like: same label, same bytes. */
  readonly bytes: (label: string, count: number) => Buffer;
};

type Hardware = Pick<DeviceFacts, "productName" | "modelName" | "osVersion" | "buildVersion">;

function hardware(productName: string, modelName: string, osVersion: string, buildVersion: string): Hardware {
  return { productName, modelName, osVersion, buildVersion };
}

/** The last of each is too old for Apple's 403 answer (before iOS 17 and macOS 14) and knows only 401. */
const catalogue: Readonly<Record<DeviceModel, readonly Hardware[]>> = {
  Mac: [
    hardware("Mac15,12", "MacBook Air", "26.1", "25B78"),
    hardware("Mac16,10", "Mac mini", "15.7.2", "24G325"),
    hardware("Mac14,2", "MacBook Air", "14.8.2", "23J126"),
    hardware("MacBookPro18,3", "MacBook Pro", "13.7.8", "22H730"),
  ],
  iPhone: [
    hardware("iPhone17,1", "iPhone", "26.1", "23B85"),
    hardware("iPhone14,5", "iPhone", "18.7.2", "22H124"),
    hardware("iPhone10,4", "iPhone", "16.7.12", "20H364"),
  ],
  iPad: [
    hardware("iPad14,3", "iPad", "26.1", "23B85"),
    hardware("iPad13,18", "iPad", "18.7.2", "22H124"),
    hardware("iPad6,11", "iPad", "16.7.12", "20H364"),
  ],
  AppleTV: [
    hardware("AppleTV14,1", "Apple TV", "26.1", "23J579"),
    hardware("AppleTV11,1", "Apple TV", "18.6", "22M84"),
  ],
};

const people = ["Ada Park", "Grace Okoro", "Linus Brandt", "Mary Lindqvist", "Alan Rossi", "Katherine Wolf"];
/** Apple's newer serial numbers leave out what is easily misread. */
const serialAlphabet = "0123456789CDFGHJKLMNPQRTVWXY";
/** What a fleet looks like: of eight devices three Macs, three iPhones, an iPad and an Apple TV. */
const mix: readonly DeviceModel[] = ["Mac", "iPhone", "iPad", "Mac", "iPhone", "AppleTV", "Mac", "iPhone"];

/** The model of the device with this number in a mixed fleet. */
export function modelInFleet(number: number): DeviceModel {
  return mix[number % mix.length] ?? "Mac";
}

/**
 * Makes the facts of one device.
 *
 * @param number From 0 up; another number is another device.
 * @param seed Another seed is another fleet, whose serial numbers and UDIDs share nothing with the first.
 */
export function deviceFacts(model: DeviceModel, number: number, seed = "sandbox"): DeviceFacts {
  const bytes = (label: string, count: number): Buffer => deriveBytes(`${seed}/${number}/${label}`, count);
  const choices = catalogue[model];
  const chosen = choices[Math.floor(number / mix.length) % choices.length] ?? choices[0];
  if (chosen === undefined) throw new TypeError(`No hardware for ${model}`);
  const isMac = model === "Mac";
  const person = people[number % people.length] ?? "Ada Park";
  return {
    number,
    model,
    ...chosen,
    serialNumber: `Z${[...bytes("serial", 9)].map((byte) => serialAlphabet[byte % 28]).join("")}`,
    udid: isMac ? uuidOf(bytes("udid", 16)) : chipIdentifierOf(bytes("udid", 8)),
    deviceName: `${person.split(" ")[0]}'s ${chosen.modelName} ${number}`,
    wifiMac: macAddressOf(bytes("wifi", 5)),
    bluetoothMac: macAddressOf(bytes("bluetooth", 5)),
    imei: model === "iPhone" ? imeiOf(bytes("imei", 8)) : null,
    meid: model === "iPhone" ? imeiOf(bytes("imei", 8)).slice(0, 14) : null,
    user: isMac ? userOf(person, bytes("user", 16)) : null,
    bytes,
  };
}

function deriveBytes(label: string, count: number): Buffer {
  return createHash("shake256", { outputLength: count }).update(label).digest();
}

/** Sixteen bytes as an upper-case version 4 UUID. */
export function uuidOf(bytes: Buffer): string {
  const octets = Buffer.from(bytes);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  const hex = octets.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function chipIdentifierOf(bytes: Buffer): string {
  return `00008140-${bytes.toString("hex").toUpperCase()}`;
}

function macAddressOf(bytes: Buffer): string {
  // The second bit of the first octet: locally administered, so never a real device's address.
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

function imeiOf(bytes: Buffer): string {
  const digits = bytes.readBigUInt64BE().toString().padStart(15, "0").slice(-15);
  return `${digits.slice(0, 2)} ${digits.slice(2, 8)} ${digits.slice(8, 14)} ${digits.slice(14)}`;
}

function userOf(person: string, bytes: Buffer) {
  return {
    userId: uuidOf(bytes),
    longName: person,
    shortName: person.split(" ")[0]?.toLowerCase() ?? "user",
  };
}

/** Whether the device understands a 403 that names `com.apple.unrecognized.device` (Apple: iOS 17, macOS 14). */
export function understandsUnrecognizedDevice(facts: DeviceFacts): boolean {
  return Number.parseInt(facts.osVersion, 10) >= (facts.model === "Mac" ? 14 : 17);
}
