/** One request that succeeds for each endpoint of devices and what is known of them. */
import { sql } from "#platform/db/sql.ts";
import { type MakeRequest, devicePath, userPath } from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";
import { insertArtifact } from "./desired-state.ts";

/** A device on which an artifact failed, and that reported its status. */
async function newReporting(
  world: ContractWorld,
): Promise<{ readonly path: string; readonly artifactId: string }> {
  const { id: deviceId } = await world.newDevice();
  const { id: artifactId } = await world.testApp.app.foundation.database.transaction(async (tx) => {
    const artifact = await insertArtifact(tx);
    await tx.run(sql`
      with made as (select id, created_at as at from artifact_versions where artifact_id = ${artifact.id}),
           report as (
             insert into status_reports (device_id, report, received_at) select ${deviceId}, '{}', at from made),
           item as (
             insert into status_items (device_id, name, identifier, value, reported_at)
             select ${deviceId}, 'device.model.family', '', '"Mac"', at from made)
      insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                    install_count, retry_count, max_retry_count, created_at, updated_at)
      select ${deviceId}, id, 'Failed', '{}', '', 0, 2, 2, at, at from made`);
    return artifact;
  });
  return { path: `/api/mdm/devices/${deviceId}/`, artifactId };
}

export const deviceRequests: Readonly<Record<string, MakeRequest>> = {
  listDevices: () => ({ path: "/api/mdm/devices/" }),
  listDeviceRows: ({ otaEnrollmentId: id }) => ({
    path: `/api/mdm/devices/rows/?state=enrolled&ota_enrollment=${id}`,
  }),
  exportDevices: () => ({ path: "/api/mdm/devices/export/" }),
  findDevice: (world) => ({ path: devicePath(world) }),
  listDeviceApplications: (world) => ({ path: `${devicePath(world)}applications/` }),
  listDeviceProfiles: (world) => ({ path: `${devicePath(world)}profiles/` }),
  listDeviceCertificates: (world) => ({ path: `${devicePath(world)}certificates/` }),
  findDeviceLockPin: (world) => ({ path: `${devicePath(world)}device_lock_pin/` }),
  listDeviceSessions: (world) => ({ path: `${devicePath(world)}sessions/` }),
  listDeviceOutcomes: (world) => ({ path: `${devicePath(world)}outcomes/` }),
  listDeviceSettings: (world) => ({ path: `${devicePath(world)}settings/` }),
  listDeviceAccounts: (world) => ({ path: `${devicePath(world)}accounts/` }),
  listDeviceManagedApplications: (world) => ({ path: `${devicePath(world)}managed_applications/` }),
  listDeviceProvisioningProfiles: (world) => ({ path: `${devicePath(world)}provisioning_profiles/` }),
  listDeviceArtifacts: async (world) => ({ path: `${(await newReporting(world)).path}artifacts/` }),
  retryDeviceArtifact: async (world) => {
    const { path, artifactId } = await newReporting(world);
    return { path: `${path}artifacts/${artifactId}/retry/` };
  },
  listDeviceStatusItems: async (world) => ({ path: `${(await newReporting(world)).path}status_items/` }),
  listDeviceStatusReports: async (world) => ({ path: `${(await newReporting(world)).path}status_reports/` }),
  findActivationLockBypassCode: (world) => ({ path: `${devicePath(world)}activation_lock_bypass_code/` }),
  findDeviceLocation: (world) => ({ path: `${devicePath(world)}location/` }),
  findUser: async (world) => ({ path: await userPath(world) }),
};
