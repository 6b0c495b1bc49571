/** The console as a server needs it at its start: built when its sources changed, or as it was shipped. */
import type { Logger } from "#platform/log.ts";
import { buildConsoleWhenChanged, consoleFolder, isConsoleBuilt } from "./build-console.ts";

/**
 * Builds the console when that is due. A build that fails is told of and does not stop the server: devices need it more
 * than people need pages.
 *
 * @returns The folder to serve; null when there is nothing in it.
 */
export async function prepareConsole(log: Logger): Promise<string | null> {
  try {
    if (await buildConsoleWhenChanged()) log.info("The console was built");
  } catch (err) {
    log.error({ err }, "The console could not be built; what was built before is served");
  }
  return isConsoleBuilt() ? consoleFolder : null;
}
