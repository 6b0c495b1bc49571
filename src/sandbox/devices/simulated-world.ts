/** What the devices of one simulation share: the CA that made them, keys, connections, a clock. */
import { createDeviceCa } from "../apple/device-ca.ts";
import type { DeviceCa } from "../apple/device-ca.ts";
import { createKeyPool } from "../crypto/key-pool.ts";
import type { KeyPool } from "../crypto/key-pool.ts";
import { createTransport } from "./transport.ts";
import type { Transport } from "./transport.ts";

export type SimulatedWorld = {
  readonly deviceCa: DeviceCa;
  readonly keys: KeyPool;
  readonly transport: Transport;
  readonly trustedCaPem: string | null;
  readonly now: () => Date;
  /** Another seed makes other serial numbers and UDIDs. */
  readonly seed: string;
};

export type WorldOptions = {
  readonly deviceCa?: DeviceCa;
  readonly keys?: KeyPool;
  /** PEM of the authority of the server's own certificate, when it is a test's. */
  readonly trustedCaPem?: string;
  readonly now?: () => Date;
  readonly seed?: string;
};

/** Makes a world; close its transport when done. */
export async function createSimulatedWorld(options: WorldOptions = {}): Promise<SimulatedWorld> {
  const { trustedCaPem } = options;
  return {
    deviceCa: options.deviceCa ?? (await createDeviceCa()),
    keys: options.keys ?? createKeyPool(),
    transport: createTransport(trustedCaPem === undefined ? {} : { trustedCaPem }),
    trustedCaPem: trustedCaPem ?? null,
    now: options.now ?? (() => new Date()),
    seed: options.seed ?? "sandbox",
  };
}
