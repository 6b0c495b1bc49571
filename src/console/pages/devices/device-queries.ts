/** What the device pages ask of the API. Keys begin with `["devices", id]`: one call makes all of a device out of date. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";

type Page = { readonly limit: number; readonly offset: number };

const path = (id: number) => ({ params: { path: { id } } });
const paged = (id: number, query: Page) => ({ params: { path: { id }, query } });

const readDevice = (id: number) => unwrap(api.GET("/api/mdm/devices/{id}/", path(id)));
const readArtifacts = (id: number, query: Page) =>
  unwrap(api.GET("/api/mdm/devices/{id}/artifacts/", paged(id, query)));
const readCommands = (id: number, query: Page & { readonly state?: CommandState }) =>
  unwrap(api.GET("/api/mdm/devices/{id}/commands/", { params: { path: { id }, query } }));

/** One device with all that it reported. */
export type Device = Awaited<ReturnType<typeof readDevice>>;
export type DeviceArtifact = Awaited<ReturnType<typeof readArtifacts>>["results"][number];
export type DeviceCommand = Awaited<ReturnType<typeof readCommands>>["results"][number];

/** How far a command is; the API's own words, as values for a filter. */
export const commandStates = [
  "queued",
  "sent",
  "not_now",
  "parked",
  "answered",
  "expired",
  "superseded",
  "cancelled",
] as const;
export type CommandState = (typeof commandStates)[number];

/** What the top of a device's page looks at: enough for what is wrong and what is next. */
export const summaryRows: Page = { limit: 200, offset: 0 };

export const deviceKey = (id: number) => ["devices", id] as const;

export const deviceQuery = (id: number) =>
  queryOptions({ queryKey: deviceKey(id), queryFn: () => readDevice(id) });

export const artifactsQuery = (id: number, page: Page) =>
  queryOptions({ queryKey: [...deviceKey(id), "artifacts", page], queryFn: () => readArtifacts(id, page) });

export const commandsQuery = (id: number, query: Page & { readonly state?: CommandState }) =>
  queryOptions({ queryKey: [...deviceKey(id), "commands", query], queryFn: () => readCommands(id, query) });

export const applicationsQuery = (id: number, page: Page) =>
  queryOptions({
    queryKey: [...deviceKey(id), "applications", page],
    queryFn: () => unwrap(api.GET("/api/mdm/devices/{id}/applications/", paged(id, page))),
  });

export const profilesQuery = (id: number, page: Page) =>
  queryOptions({
    queryKey: [...deviceKey(id), "profiles", page],
    queryFn: () => unwrap(api.GET("/api/mdm/devices/{id}/profiles/", paged(id, page))),
  });

export const certificatesQuery = (id: number, page: Page) =>
  queryOptions({
    queryKey: [...deviceKey(id), "certificates", page],
    queryFn: () => unwrap(api.GET("/api/mdm/devices/{id}/certificates/", paged(id, page))),
  });

export const statusItemsQuery = (id: number, page: Page) =>
  queryOptions({
    queryKey: [...deviceKey(id), "status items", page],
    queryFn: () => unwrap(api.GET("/api/mdm/devices/{id}/status_items/", paged(id, page))),
  });

/** Tags of the machine with a serial number. */
export const machineQuery = (serialNumber: string) =>
  queryOptions({
    queryKey: ["machines", serialNumber],
    queryFn: () =>
      unwrap(api.GET("/api/inventory/machines/{key}/meta/", { params: { path: { key: serialNumber } } })),
  });
