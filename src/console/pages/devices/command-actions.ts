/** What can still be done about a command, and how it is asked for. */
import { api, unwrap } from "../../api/client.ts";
import { type Channel, type CommandState, named } from "./device-queries.ts";

/** Those that can still be taken back, and those that can be handed out again. */
export const cancellable: readonly CommandState[] = ["queued", "sent", "not_now", "parked"];
export const repeatable: readonly CommandState[] = ["not_now", "parked"];

type CommandRequests = {
  /** What the permissions are about. */
  readonly model: "devicecommand" | "usercommand";
  readonly cancel: (uuid: string) => Promise<unknown>;
  readonly retry: (uuid: string) => Promise<unknown>;
};

export const commandRequests: Readonly<Record<Channel, CommandRequests>> = {
  device: {
    model: "devicecommand",
    cancel: (uuid) => unwrap(api.POST("/api/mdm/devices/commands/{uuid}/cancel/", named(uuid))),
    retry: (uuid) => unwrap(api.POST("/api/mdm/devices/commands/{uuid}/retry/", named(uuid))),
  },
  user: {
    model: "usercommand",
    cancel: (uuid) => unwrap(api.POST("/api/mdm/users/commands/{uuid}/cancel/", named(uuid))),
    retry: (uuid) => unwrap(api.POST("/api/mdm/users/commands/{uuid}/retry/", named(uuid))),
  },
};
