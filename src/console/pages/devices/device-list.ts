/** The rows of the device list. */
import { api, unwrap } from "../../api/client.ts";
import { pageQuery } from "../../api/list-search.ts";
import { deviceFilters, type DevicesSearch } from "../devices-search.ts";

/** One page of devices. */
export function readDeviceRows(search: DevicesSearch) {
  const query = { ...pageQuery(search), ...deviceFilters(search, new Date()) };
  return unwrap(api.GET("/api/mdm/devices/rows/", { params: { query } }));
}

export type DeviceRow = Awaited<ReturnType<typeof readDeviceRows>>["results"][number];

/** The address of the same list as a file, whole. */
export function exportAddress(search: DevicesSearch): string {
  const { ordering } = search;
  const parameters = new URLSearchParams(ordering === undefined ? {} : { ordering });
  for (const [name, value] of Object.entries(deviceFilters(search, new Date()))) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return `/api/mdm/devices/export/?${parameters}`;
}
