/** What can go wrong for a simulated device, by a code a test can name. */
export type DeviceErrorCode =
  /** The server answered with a status the device does not expect; see `status`. */
  | "status_unexpected"
  | "content_type_unexpected"
  | "profile_unusable"
  | "scep_refused"
  | "not_enrolled"
  /** The device went on answering commands for too long. */
  | "too_many_commands"
  /** The device is locked, off or erased, so it talks to nobody. */
  | "device_unreachable";

export class DeviceError extends Error {
  readonly code: DeviceErrorCode;
  /** Of the HTTP answer, when there was one. */
  readonly status: number | null;

  constructor(code: DeviceErrorCode, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "DeviceError";
    this.code = code;
    this.status = options.status ?? null;
  }
}
