/** What the server says of itself once it serves. */
import { isLoopbackHost } from "#platform/config-values.ts";
import type { App } from "../app.ts";

export type StartFacts = {
  readonly version: string;
  readonly print: (line: string) => void;
  /** False when no console was built, and only the API answers. */
  readonly hasConsole: boolean;
};

/** Prints the address, where the data is, and once the first administrator. */
export function printStart(app: App, { version, print, hasConsole }: StartFacts): void {
  print(`Pomona ${version} serves ${app.baseUrl.origin}/`);
  print(`Data: ${app.foundation.dataDescription}`);
  if (isLoopbackHost(app.baseUrl.hostname)) {
    print("Only this machine reaches that address; for devices, set POMONA_BASE_URL to an https one");
  }
  if (app.firstAdministrator === null) return;
  const { username, oneTimePassword } = app.firstAdministrator;
  print(`First administrator: ${username}, one-time password: ${oneTimePassword.reveal()}`);
  if (hasConsole) print(`Log in with it at ${app.baseUrl.origin}/login, and choose your own`);
  print("An API token: npx pomona user create me me@example.com --superuser --with-api-token");
}
