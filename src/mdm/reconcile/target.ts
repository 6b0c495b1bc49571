// A target is a device on its own channel, or one user of it: the unit that is planned.
// Reconcile loads it by these ids; whoever writes for one holds the lock on its device's row.
// Its key never names a device and a user of another one.
import type { ManifestSection } from "#protocol/ddm/tokens.ts";
import type { DeviceId, DeviceUserId, Target } from "#mdm/devices/device.ts";

export type TargetKey = { readonly deviceId: DeviceId; readonly deviceUserId: DeviceUserId | null };

/** The key of a target that was loaded. */
export function keyOf({ device, user }: Target): TargetKey {
  return { deviceId: device.id, deviceUserId: user?.id ?? null };
}

/** A declaration that the server makes of a blueprint. */
export type SnapshotDeclaration = {
  readonly Type: string;
  readonly Payload: Readonly<Record<string, unknown>>;
};

/** What a manifest promised under one identifier. */
export type SnapshotItem = {
  readonly section: ManifestSection;
  readonly serverToken: string;
  /** Null for what the server makes of the blueprint itself. */
  readonly versionId: string | null;
  /** Of these: all there is, so that it is served as it was promised; null for versions of artifacts. */
  readonly declaration: SnapshotDeclaration | null;
};
