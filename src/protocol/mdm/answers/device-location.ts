import { numberAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { textAt } from "../text.ts";

/** Where a device in lost mode is. Null: not reported, or malformed. */
export type DeviceLocation = {
  /** Degrees, from -90 to 90. */
  readonly latitude: number;
  /** Degrees, from -180 to 180. */
  readonly longitude: number;
  /** Metres; negative when the device does not know. So are the other accuracies, the speed and the course. */
  readonly horizontalAccuracy: number | null;
  readonly verticalAccuracy: number | null;
  /** Metres. */
  readonly altitude: number | null;
  /** Metres a second. */
  readonly speed: number | null;
  /** Degrees from north. */
  readonly course: number | null;
  /** When the device was there, by its own clock. */
  readonly locatedAt: Date | null;
};

/**
 * Decodes the answer to DeviceLocation.
 *
 * @param response The whole report.
 * @returns Null without a place on Earth: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/devicelocationresponse
 */
export function decodeDeviceLocation(response: PlistDictionary): DeviceLocation | null {
  const latitude = numberAt(response, "Latitude");
  const longitude = numberAt(response, "Longitude");
  if (latitude === null || longitude === null) return null;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null;
  return {
    latitude,
    longitude,
    horizontalAccuracy: numberAt(response, "HorizontalAccuracy"),
    verticalAccuracy: numberAt(response, "VerticalAccuracy"),
    altitude: numberAt(response, "Altitude"),
    speed: numberAt(response, "Speed"),
    course: numberAt(response, "Course"),
    locatedAt: timeOf(textAt(response, "Timestamp")),
  };
}

/** RFC 3339 section 5.6. Anything else that would parse is not what devices send. */
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function timeOf(text: string | null): Date | null {
  if (text === null || !timestampPattern.test(text)) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
}
