/** Which server the client talks to, and with which token: the environment, else what `pomona login` kept. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Secret } from "#platform/secret.ts";
import { parseServerUrl, type Server } from "./api-connection.ts";
import { CliUsageError } from "./request.ts";

export type CredentialSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file of `pomona login`. */
  readonly file: string;
};

/** Finds the server. @throws {CliUsageError} that says how to name one */
export function findServer({ environment, file }: CredentialSources): Server {
  const kept = readKept(file);
  const given = environment["POMONA_URL"];
  const url = given ?? kept?.url;
  // A kept token belongs to the kept address: it is never sent to another one.
  const token =
    environment["POMONA_TOKEN"] ?? (given === undefined || given === kept?.url ? kept?.token : undefined);
  if (url === undefined || token === undefined) {
    throw new CliUsageError("Name a server: pomona login URL, or POMONA_URL and POMONA_TOKEN");
  }
  return { url: parseServerUrl(url), token: new Secret(token) };
}

/** Keeps a server for later commands, in a file that its owner alone can read. */
export function keepServer(file: string, { url, token }: Server): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify({ url: url.href, token: token.reveal() })}\n`, { mode: 0o600 });
}

function readKept(file: string): { readonly url: string; readonly token: string } | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Nobody has logged in; the caller says what to do.
    return null;
  }
  const kept = JSON.parse(text) as { readonly url?: unknown; readonly token?: unknown };
  if (typeof kept.url === "string" && typeof kept.token === "string")
    return { url: kept.url, token: kept.token };
  throw new CliUsageError(`"${file}" is not what pomona login writes; log in again`);
}
