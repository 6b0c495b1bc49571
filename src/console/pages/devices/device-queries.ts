/** What the device pages ask of the API. Keys begin with `["devices", id]`: one call makes all of a device out of date. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";

type Page = { readonly limit: number; readonly offset: number };

const path = (id: number) => ({ params: { path: { id } } });
const paged = (id: number, query: Page) => ({ params: { path: { id }, query } });

const readDevice = (id: number) => unwrap(api.GET("/api/mdm/devices/{id}/", path(id)));
const readArtifacts = (id: number, query: Page & { readonly user?: number }) =>
  unwrap(api.GET("/api/mdm/devices/{id}/artifacts/", { params: { path: { id }, query } }));
const readCommands = (id: number, query: Page & { readonly state?: CommandState }) =>
  unwrap(api.GET("/api/mdm/devices/{id}/commands/", { params: { path: { id }, query } }));

const readUserCommands = (id: number, query: Page) =>
  unwrap(api.GET("/api/mdm/users/{id}/commands/", paged(id, query)));
const readSessions = (id: number, page: Page) =>
  unwrap(api.GET("/api/mdm/devices/{id}/sessions/", paged(id, page)));
const readAccounts = (id: number, page: Page) =>
  unwrap(api.GET("/api/mdm/devices/{id}/accounts/", paged(id, page)));

/** One device with all that it reported. */
export type Device = Awaited<ReturnType<typeof readDevice>>;
export type DeviceArtifact = Awaited<ReturnType<typeof readArtifacts>>["results"][number];
export type DeviceUser = Device["users"][number];
export type UserCommand = Awaited<ReturnType<typeof readUserCommands>>["results"][number];
export type DeviceSession = Awaited<ReturnType<typeof readSessions>>["results"][number];
export type DeviceAccount = Awaited<ReturnType<typeof readAccounts>>["results"][number];
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

/** With a user: what the user's channel should have and has. */
export const artifactsQuery = (id: number, query: Page & { readonly user?: number }) =>
  queryOptions({ queryKey: [...deviceKey(id), "artifacts", query], queryFn: () => readArtifacts(id, query) });

export const commandsQuery = (id: number, query: Page & { readonly state?: CommandState }) =>
  queryOptions({ queryKey: [...deviceKey(id), "commands", query], queryFn: () => readCommands(id, query) });

export const userCommandsQuery = (deviceId: number, userId: number, page: Page) =>
  queryOptions({
    queryKey: [...deviceKey(deviceId), "user commands", userId, page],
    queryFn: () => readUserCommands(userId, page),
  });

export const sessionsQuery = (id: number, page: Page) =>
  queryOptions({ queryKey: [...deviceKey(id), "sessions", page], queryFn: () => readSessions(id, page) });

export const accountsQuery = (id: number, page: Page) =>
  queryOptions({ queryKey: [...deviceKey(id), "accounts", page], queryFn: () => readAccounts(id, page) });

export type Channel = "device" | "user";

/** Of a command by itself. */
export const named = (uuid: string) => ({ params: { path: { uuid } } });
const readPayload = (uuid: string) =>
  unwrap(api.GET("/api/mdm/devices/commands/{uuid}/payload/", named(uuid)));
const readUserPayload = (uuid: string) =>
  unwrap(api.GET("/api/mdm/users/commands/{uuid}/payload/", named(uuid)));

/** What was sent with a command, of either channel. */
export type CommandPayload = Omit<Awaited<ReturnType<typeof readPayload>>, "enrolled_device">;

export const payloadQuery = (deviceId: number, channel: Channel, uuid: string) =>
  queryOptions({
    queryKey: [...deviceKey(deviceId), "payload", uuid],
    queryFn: (): Promise<CommandPayload> =>
      channel === "device" ? readPayload(uuid) : readUserPayload(uuid),
  });

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
