/** `pomona user create` and `pomona role create`: accounts, on the server itself. */
import { randomBytes } from "node:crypto";
import { Command, Option } from "commander";
import { createAccount } from "#admin/users/account-operations.ts";
import { createdAccountJson, createdAccountLines } from "#admin/users/created-account-text.ts";
import { expandPermissions } from "#admin/roles/role.ts";
import { createRole } from "#admin/roles/role-operations.ts";
import type { LoadedConfig } from "#platform/config-file/load-config.ts";
import { listPermissions } from "#platform/http/api-access.ts";
import { createLogger } from "#platform/log.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import { describeApi } from "../../api.ts";
import { type Foundation, openFoundation } from "../../app.ts";
import { collect, futureDate, list } from "../command-arguments.ts";

export type AccountCommandDeps = {
  readonly loadConfig: () => LoadedConfig;
  readonly print: (line: string) => void;
};

/** Builds `user create`. */
export function buildUserCommand(deps: AccountCommandDeps): Command {
  const user = new Command("user").description("Accounts, on the server itself");
  user
    .command("create <name> <email>")
    .description("Make a person's account or a service account, and print its secrets once")
    .option("--service-account", "an account for a program; it always gets an API token")
    .option("--superuser", "may do everything")
    .option("--role <name>", "give a role; may be repeated", collect)
    .option("--with-api-token", "make an API token too")
    .option("--api-token-name <name>", "name of that token")
    .option("--api-token-expiry <time>", "end of that token, ISO 8601", futureDate)
    .option("--skip-if-existing", "succeed when this very account is there already")
    .option("--json", "print one JSON object")
    .action((name: string, email: string, flags: UserCreateFlags) =>
      createUser(deps, { name, email, flags }),
    );

  return user;
}

/** Builds `role create`. */
export function buildRoleCommand(deps: AccountCommandDeps): Command {
  const role = new Command("role").description("Sets of permissions, on the server itself");
  role
    .command("create <name>")
    .description("Make a role")
    .addOption(
      new Option(
        "--permissions <codenames>",
        "such as mdm.view_enrolleddevice,mdm.add_devicecommand; all and all-view stand for those of the API",
      )
        .argParser(list)
        .makeOptionMandatory(),
    )
    .action((name: string, flags: { permissions: readonly string[] }) =>
      makeRole(deps, name, flags.permissions),
    );
  return role;
}

type UserCreateFlags = {
  readonly serviceAccount?: boolean;
  readonly superuser?: boolean;
  readonly role?: readonly string[];
  readonly withApiToken?: boolean;
  readonly apiTokenName?: string;
  readonly apiTokenExpiry?: Date;
  readonly skipIfExisting?: boolean;
  readonly json?: boolean;
};

async function createUser(
  deps: AccountCommandDeps,
  { name, email, flags }: { readonly name: string; readonly email: string; readonly flags: UserCreateFlags },
): Promise<void> {
  const { print } = deps;
  const created = await onServer(deps, "user create", (op) =>
    createAccount(
      op,
      { randomBytes },
      {
        username: name,
        email,
        isServiceAccount: flags.serviceAccount ?? false,
        isSuperuser: flags.superuser ?? false,
        roleNames: flags.role ?? [],
        withApiToken: flags.withApiToken ?? false,
        apiTokenName: flags.apiTokenName ?? null,
        apiTokenExpiry: flags.apiTokenExpiry ?? null,
        skipIfExisting: flags.skipIfExisting ?? false,
      },
    ),
  );
  if (flags.json === true) print(JSON.stringify(createdAccountJson(created)));
  else for (const line of createdAccountLines(created)) print(line);
}

async function makeRole(
  deps: AccountCommandDeps,
  name: string,
  permissions: readonly string[],
): Promise<void> {
  const known = listPermissions(describeApi());
  const codenames = expandPermissions(permissions, known);
  const role = await onServer(deps, "role create", (op) => createRole(op, { name, permissions: codenames }));
  deps.print(`Role ${role.name} created with ${role.permissions.length} permissions`);
}

/** Runs one operation on the server's own database, beside a running server or without one. */
async function onServer<T>(
  { loadConfig }: AccountCommandDeps,
  command: string,
  work: (op: Operation) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig();
  const log = createLogger("warn");
  const foundation: Foundation = await openFoundation({ config, log, needsOwnDatabase: false });
  try {
    return await operate(foundation.source, operatorActor(command), work);
  } finally {
    await foundation.close();
  }
}
