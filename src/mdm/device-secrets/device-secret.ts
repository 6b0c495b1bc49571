// What a device entrusts to us: unlock token, bootstrap token, and the PIN of the last acknowledged lock.
// Check-in stores tokens, answers store the PIN, a purge empties them; operators may read the PIN.
// A secret is never held or shown unsealed without its own right and its own event.

/** The sealed columns of a device. */
export const deviceSecretColumns = {
  unlockToken: "unlock_token_sealed",
  bootstrapToken: "bootstrap_token_sealed",
  deviceLockPin: "device_lock_pin_sealed",
} as const;

export type DeviceSecretName = keyof typeof deviceSecretColumns;

/** Tokens are some hundred bytes to a few kilobytes; more than this is no token. */
export const deviceSecretBytesMax = 64 * 1024;

/** Where a secret of a device lives; the UDID never changes and never comes back for another row. */
export function deviceSecretContext(name: DeviceSecretName, udid: string) {
  return { table: "devices", column: deviceSecretColumns[name], row: udid };
}
