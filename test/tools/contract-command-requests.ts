/** One request that succeeds for each endpoint of commands. */
import { sql } from "#platform/db/sql.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { type MakeRequest, devicePath, newDevicePath, userPath } from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";

const customCommand = "<dict><key>RequestType</key><string>ProfileList</string></dict>";

async function newCommandPath(world: ContractWorld): Promise<string> {
  const command = await world.api.create(`${await newDevicePath(world)}commands/`, { name: "ProfileList" });
  return `/api/mdm/devices/commands/${textOf(command, "uuid")}/`;
}

async function newUserCommandPath(world: ContractWorld): Promise<string> {
  const command = await world.api.create(`${await userPath(world)}commands/`, { name: "ProfileList" });
  return `/api/mdm/users/commands/${textOf(command, "uuid")}/`;
}

/** Makes a command wait for its next try. */
async function postpone(world: ContractWorld, path: string): Promise<string> {
  await world.testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`update commands set retry_at = updated_at where uuid = ${path.split("/").at(-2)}`),
  );
  return path;
}

/** A command whose answer is kept. */
async function newAnsweredPath(world: ContractWorld): Promise<string> {
  const path = await newCommandPath(world);
  await answer(world, path.split("/").at(-2));
  return path;
}

async function answeredUserPath(world: ContractWorld): Promise<string> {
  const path = await newUserCommandPath(world);
  await answer(world, path.split("/").at(-2));
  return path;
}

async function answer({ testApp }: ContractWorld, uuid: unknown): Promise<void> {
  const result = writePlist({ Status: "Acknowledged" });
  await testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      with ended as (delete from commands where uuid = ${String(uuid)} returning *)
      insert into command_history (uuid, device_id, device_user_id, name, request_type, delivery_count, outcome, status,
                                   result, result_time, created_at, updated_at)
      select uuid, device_id, device_user_id, name, request_type, 1, 'answered', 'Acknowledged', ${result}::bytea,
             updated_at, created_at, updated_at from ended`),
  );
}

async function newBulkCommandPath(world: ContractWorld): Promise<string> {
  const body = { name: "ProfileList", devices: [world.deviceId] };
  const { id } = await world.api.create("/api/mdm/bulk_commands/", body);
  const path = `/api/mdm/bulk_commands/${String(id)}/`;
  await waitFor(
    "the bulk command to end",
    60,
    async () => (await world.api.read(path))["finished_at"] ?? null,
  );
  return path;
}

export const commandRequests: Readonly<Record<string, MakeRequest>> = {
  blockDevice: async (world) => ({ path: `${await newDevicePath(world)}block/` }),
  unblockDevice: async (world) => {
    const path = await newDevicePath(world);
    await world.api.create(`${path}block/`, {});
    return { path: `${path}unblock/` };
  },
  eraseDevice: async (world) => ({ path: `${await newDevicePath(world)}erase/`, body: { pin: "271828" } }),
  lockDevice: async (world) => ({ path: `${await newDevicePath(world)}lock/`, body: { pin: "271828" } }),
  sendCustomCommand: async (world) => ({
    path: `${await newDevicePath(world)}send_custom_command/`,
    body: { command: customCommand },
  }),
  createDeviceCommand: async (world) => ({
    path: `${await newDevicePath(world)}commands/`,
    body: { name: "ProfileList" },
  }),
  listSchedules: () => ({ path: "/api/schedules/" }),
  listCommandRows: () => ({
    path: "/api/mdm/devices/commands/rows/?state=queued&search=list&since=2026-01-01T00:00:00&ordering=created_at",
  }),
  listDeviceQueue: (world) => ({ path: `${devicePath(world)}commands/` }),
  retryDeviceCommand: async (world) => ({
    path: `${await postpone(world, await newCommandPath(world))}retry/`,
  }),
  retryUserCommand: async (world) => ({
    path: `${await postpone(world, await newUserCommandPath(world))}retry/`,
  }),
  cancelDeviceCommand: async (world) => ({ path: `${await newCommandPath(world)}cancel/` }),
  cancelUserCommand: async (world) => ({ path: `${await newUserCommandPath(world)}cancel/` }),
  createBulkCommand: ({ deviceId }) => ({
    path: "/api/mdm/bulk_commands/",
    body: { name: "ProfileList", devices: [deviceId] },
  }),
  listBulkCommands: async (world) => {
    await newBulkCommandPath(world);
    return { path: "/api/mdm/bulk_commands/" };
  },
  findBulkCommand: async (world) => ({ path: await newBulkCommandPath(world) }),
  listBulkCommandTargets: async (world) => ({ path: `${await newBulkCommandPath(world)}targets/` }),
  listDeviceCommands: () => ({ path: "/api/mdm/devices/commands/" }),
  findDeviceCommand: async (world) => ({ path: await newCommandPath(world) }),
  deleteDeviceCommand: async (world) => ({ path: await newCommandPath(world) }),
  listUserCommands: () => ({ path: "/api/mdm/users/commands/" }),
  listUserQueue: async (world) => ({ path: `${await userPath(world)}commands/` }),
  findDeviceCommandPayload: async (world) => ({ path: `${await newCommandPath(world)}payload/` }),
  findUserCommandPayload: ({ userCommandUuid: uuid }) => ({
    path: `/api/mdm/users/commands/${uuid}/payload/`,
  }),
  downloadDeviceCommandResult: async (world) => ({ path: `${await newAnsweredPath(world)}result/` }),
  downloadUserCommandResult: async (world) => ({ path: `${await answeredUserPath(world)}result/` }),
  findUserCommand: ({ userCommandUuid }) => ({ path: `/api/mdm/users/commands/${userCommandUuid}/` }),
  createUserCommand: async (world) => ({
    path: `${await userPath(world)}commands/`,
    body: { name: "ProfileList" },
  }),
};
