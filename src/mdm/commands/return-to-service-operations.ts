/** Answers devices that ask how to return to service, from the erase command that waits for them. */
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import type { Operation } from "#platform/operation.ts";
import type { Device } from "#mdm/devices/device.ts";
import { type CommandDeps, openArguments } from "./command-delivery-operations.ts";
import { queueOf } from "./command-operations.ts";
import { findLiveCommand } from "./command-store.ts";
import { readReturnToService } from "./erase-device.ts";

/**
 * The configuration of the latest erase command that is not answered yet, or null when there is none or it asks for no
 * return. An answered command has erased the device, and its arguments are gone with it.
 */
export async function findReturnToService(
  op: Operation,
  deps: CommandDeps,
  device: Device,
): Promise<PlistWritableDictionary | null> {
  const target = { device, user: null };
  const command = await findLiveCommand(op.tx, queueOf(target), "EraseDevice");
  return command === null ? null : readReturnToService(openArguments(deps, command, target));
}
