/**
 * Makes the prefix of all payload identifiers from the server's host name: its labels in reverse order
 * (protocol.md 0.3).
 *
 * @param host A host name without port: `mdm.example.com` gives `com.example.mdm`.
 */
export function identifierPrefix(host: string): string {
  return host
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "")
    .reverse()
    .join(".");
}

/** Makes a payload identifier below the prefix: `com.example.mdm` and `scep` give `com.example.mdm.scep`. */
export function payloadIdentifier(prefix: string, ...suffixes: string[]): string {
  return [prefix, ...suffixes].join(".");
}
