/** Where devices find the server. Every path ends with a slash (protocol.md 0.4). */
export type DeviceUrls = {
  readonly checkIn: string;
  readonly connect: string;
  /** OTA phases 2 and 3, for enrollments without realm. */
  readonly otaEnroll: string;
  /** OTA phases 2 and 3, for sessions that began with a realm login. */
  readonly otaSessionEnroll: string;
};

/** The path of everything devices reach. */
export const publicMdmPath = "/public/mdm/";

/**
 * Makes the URLs devices are given.
 *
 * @param baseUrl `https://host` or `https://host:port`, with or without a slash at its end.
 */
export function deviceUrls(baseUrl: string): DeviceUrls {
  const root = `${baseUrl.replace(/\/$/, "")}${publicMdmPath}`;
  return {
    checkIn: `${root}checkin/`,
    connect: `${root}connect/`,
    otaEnroll: `${root}ota_enroll/`,
    otaSessionEnroll: `${root}ota_session_enroll/`,
  };
}
