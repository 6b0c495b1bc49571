/** Apple, for a machine without it: the push service, the push certificate portal and the device CA, started together. */
import { startFakeApns } from "../apple/apns/fake-apns.ts";
import type { FakeApns } from "../apple/apns/fake-apns.ts";
import { createDeviceCa } from "../apple/device-ca.ts";
import type { DeviceCa } from "../apple/device-ca.ts";
import { createPushCa } from "../apple/push-ca.ts";
import type { PushCa } from "../apple/push-ca.ts";

export type SandboxApple = {
  /** A server reaches it with `POMONA_APNS_URL` = `apns.url` and `POMONA_APNS_CA` = `pushCa.certificatePem`. */
  readonly apns: FakeApns;
  readonly pushCa: PushCa;
  /** A server must be told to trust `deviceCa.deviceCa`, or no simulated device can enroll over the air. */
  readonly deviceCa: DeviceCa;
  readonly close: () => Promise<void>;
};

/** Starts it on free ports of the loopback interface. */
export async function startSandboxApple(): Promise<SandboxApple> {
  const [pushCa, deviceCa] = await Promise.all([createPushCa(), createDeviceCa()]);
  const certificate = await pushCa.issueServerCertificate(["localhost", "127.0.0.1"]);
  const apns = await startFakeApns({ ...certificate, clientCaPem: pushCa.certificatePem });
  return { apns, pushCa, deviceCa, close: () => apns.close() };
}
