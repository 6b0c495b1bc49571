/**
 * What devices are answered. The only file of the device doors that may answer 401 or Apple's 403: either makes a
 * device leave management, so nothing else may do it by accident.
 */
import { declarationContentType } from "#protocol/ddm/declaration-json.ts";
import { isOsVersionAtLeast, parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import type { RawResponse } from "#platform/http/raw-route.ts";

/** Success without a body: for check-in messages, and for connect when there is nothing to do. */
export const emptyResponse: RawResponse = { status: 200 };

/** Every refusal looks the same to a device; the reason is in the event and the log (spec 0.4). */
export const badRequestResponse: RawResponse = {
  status: 400,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Bad Request",
};

/** A declaration that is not there (decisions, "Unknown declaration"). */
export const notFoundResponse: RawResponse = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Not Found",
};

/** A network user who is not managed here (spec 1.4). */
export const userNotManagedResponse: RawResponse = { status: 410 };

/** The release from which each platform understands Apple's own error (errors/unrecognized.device). */
const understandsErrorFrom: Readonly<Record<Platform, string>> = {
  iOS: "17.0",
  iPadOS: "17.0",
  tvOS: "17.0",
  macOS: "14.0",
};

/** Tells a device to leave management: only to one that an operator blocked (decisions). */
export function tellDeviceToUnenroll(device: {
  readonly platform: Platform;
  readonly osVersion: string;
}): RawResponse {
  const version = parseOsVersion(device.osVersion);
  if (!isOsVersionAtLeast(version, understandsErrorFrom[device.platform])) {
    return { status: 401, headers: { "content-type": "text/plain; charset=utf-8" }, body: "Blocked" };
  }
  return {
    status: 403,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      code: "com.apple.unrecognized.device",
      description: "This device was blocked by its administrator",
    }),
  };
}

/** A command, in the words of the connect URL. */
export function commandResponse(plist: Buffer): RawResponse {
  return { status: 200, headers: { "content-type": "application/xml; charset=UTF-8" }, body: plist };
}

/** JSON in answer to a declarative management message. */
export function jsonResponse(json: string): RawResponse {
  return { status: 200, headers: { "content-type": declarationContentType }, body: json };
}

/** A property list in answer to a check-in message. */
export function plistResponse(plist: Buffer): RawResponse {
  return { status: 200, headers: { "content-type": "application/xml" }, body: plist };
}
