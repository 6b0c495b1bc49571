/** What requests of the contract test are made of. */
import { randomUUID } from "node:crypto";
import { sql } from "#platform/db/sql.ts";
import { numberOf } from "#sandbox/simulate/api-client.ts";
import type { ContractWorld } from "./contract-world.ts";

export type ContractRequest = {
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of a body that is JSON. */
  readonly rawBody?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Body = Readonly<Record<string, unknown>>;

/** Makes what the request needs, and answers the request. */
export type MakeRequest = (world: ContractWorld) => ContractRequest | Promise<ContractRequest>;

export const devicePath = ({ deviceId }: ContractWorld): string => `/api/mdm/devices/${deviceId}/`;

export async function userPath({ api, userCommandUuid }: ContractWorld): Promise<string> {
  const command = await api.read(`/api/mdm/users/commands/${userCommandUuid}/`);
  return `/api/mdm/users/${numberOf(command, "enrolled_user")}/`;
}

/** The path of a device that nobody else uses. */
export async function newDevicePath(world: ContractWorld): Promise<string> {
  return `/api/mdm/devices/${(await world.newDevice()).id}/`;
}

/** An artifact without versions; answers its id. */
export async function newArtifact(world: ContractWorld, type: string): Promise<string> {
  const artifact = randomUUID();
  await world.testApp.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${artifact}, ${artifact}, ${type}, 'Device', '{macOS}', false, true, 0, 'No', now(), now())`),
  );
  return artifact;
}

/** The five requests of a resource; each but the list and the creation is about an object of its own. */
export function crudRequests(
  { path, list, one }: { readonly path: string; readonly list: string; readonly one: string },
  bodyOf: (world: ContractWorld) => Body | Promise<Body>,
): Record<string, MakeRequest> {
  const make = async (world: ContractWorld): Promise<ContractRequest> => {
    const body = await bodyOf(world);
    const { id } = await world.api.create(path, body);
    return { path: `${path}${String(id)}/`, body };
  };
  const bare = async (world: ContractWorld): Promise<ContractRequest> => ({ path: (await make(world)).path });
  return {
    [`list${list}`]: async (world) => {
      await make(world);
      return { path };
    },
    [`create${one}`]: async (world) => ({ path, body: await bodyOf(world) }),
    [`find${one}`]: bare,
    [`update${one}`]: make,
    [`delete${one}`]: bare,
  };
}
