/** One request that succeeds for each endpoint of accounts and roles that takes tokens. */
import { secondsAfter } from "#platform/clock.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import type { MakeRequest } from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";

const usernameOf = ({ uniqueName }: ContractWorld): string =>
  `person-of-${uniqueName().replaceAll(" ", "-")}`.toLowerCase();

async function newUserPath(world: ContractWorld, isServiceAccount = false): Promise<string> {
  const body = { username: usernameOf(world), is_service_account: isServiceAccount };
  return `/api/accounts/users/${numberOf(await world.api.create("/api/accounts/users/", body), "id")}/`;
}

async function newRolePath(world: ContractWorld): Promise<string> {
  const body = { name: world.uniqueName(), permissions: [] };
  return `/api/accounts/roles/${numberOf(await world.api.create("/api/accounts/roles/", body), "id")}/`;
}

export const accountRequests: Readonly<Record<string, MakeRequest>> = {
  listPermissions: () => ({ path: "/api/accounts/permissions/" }),
  listRoles: () => ({ path: "/api/accounts/roles/" }),
  createRole: ({ uniqueName }) => ({
    path: "/api/accounts/roles/",
    body: { name: uniqueName(), permissions: ["accounts.add_role"] },
  }),
  readRole: async (world) => ({ path: await newRolePath(world) }),
  updateRole: async (world) => ({
    path: await newRolePath(world),
    body: { name: world.uniqueName(), permissions: ["accounts.change_role"] },
  }),
  deleteRole: async (world) => ({ path: await newRolePath(world) }),
  listUsers: () => ({ path: "/api/accounts/users/" }),
  createUser: (world) => ({ path: "/api/accounts/users/", body: { username: usernameOf(world) } }),
  readUser: async (world) => ({ path: await newUserPath(world) }),
  updateUser: async (world) => {
    const username = usernameOf(world);
    const body = {
      username,
      email: `${username}@example.com`,
      is_superuser: false,
      is_active: false,
      roles: [],
    };
    return { path: await newUserPath(world), body };
  },
  resetUserPassword: async (world) => ({ path: `${await newUserPath(world)}reset_password/`, body: {} }),
  listApiTokens: async (world) => ({ path: `${await newUserPath(world, true)}api_tokens/` }),
  createApiToken: async (world) => ({
    path: `${await newUserPath(world, true)}api_tokens/`,
    body: { name: "CI", expiry: null },
  }),
  listExpiries: async (world) => {
    const { clock } = world.testApp;
    const expiry = secondsAfter(clock.now(), 30 * 86_400).toISOString();
    await world.api.create(`${await newUserPath(world, true)}api_tokens/`, { name: "CI", expiry });
    // Answers are kept for a moment.
    clock.advance(10);
    return { path: "/api/expiries/" };
  },
  revokeApiToken: async (world) => {
    const token = await world.api.create(`${await newUserPath(world, true)}api_tokens/`, {});
    return { path: `/api/accounts/api_tokens/${textOf(token, "id")}/` };
  },
};
