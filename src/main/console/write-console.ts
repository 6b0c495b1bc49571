/** `npm run console:build`: builds the console when its sources changed, without starting a server. */
import { buildConsoleWhenChanged, consoleFolder } from "./build-console.ts";

const wasBuilt = await buildConsoleWhenChanged();
process.stdout.write(`${consoleFolder} ${wasBuilt ? "was built" : "is up to date"}\n`);
