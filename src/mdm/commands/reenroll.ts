/**
 * Reenroll: gives a device a new identity, with an enrollment profile made for it (protocol specification 4.4). Planned
 * when a certificate nears its end, never asked for by a caller; the new certificate lands in `device_identities` at
 * its first use.
 */
import { type CommandKind, commandPriorities, noArguments, textArgument } from "./command.ts";

export const reenroll: CommandKind = {
  name: "Reenroll",
  priority: commandPriorities.inventory,
  // The challenge inside ends within the hour: a later try gets a profile of its own.
  reschedulesNotNow: false,
  storesResult: false,
  publicArguments: ["session_id"],
  secretArguments: ["Payload"],
  argumentsFor: () => noArguments,
  requestTypeOf: () => "InstallProfile",
  command: (_, args) => ({
    RequestType: "InstallProfile",
    Payload: Buffer.from(textArgument(args, "Payload") ?? "", "base64"),
  }),
  acknowledged: () => [],
};
