/**
 * AccountConfiguration: the accounts a Mac makes while it is set up. Lands in `device_outcomes` as
 * `account_configuration`, without passwords.
 */
import { Type } from "typebox";
import { hashAccountPassword } from "#protocol/mdm/account-password.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";
import { type CommandArguments, type CommandKind } from "./command.ts";
import { copyArguments, operatorCommand } from "./operator-command.ts";

/** Setup Assistant makes the first account and ignores the others (Apple, AutoSetupAdminAccounts). */
const accountsMax = 1;

const name = Type.String({ minLength: 1, maxLength: 255 });
const flag = Type.Optional(Type.Boolean());
const accountArguments = Type.Object({
  SkipPrimarySetupAccountCreation: flag,
  SetPrimarySetupAccountAsRegularUser: flag,
  PrimaryAccountFullName: Type.Optional(name),
  PrimaryAccountUserName: Type.Optional(name),
  DontAutoPopulatePrimaryAccountInfo: flag,
  LockPrimaryAccountInfo: flag,
  ManagedLocalUserShortName: Type.Optional(name),
  AutoSetupAdminAccounts: Type.Optional(
    Type.Array(
      Type.Object({
        shortName: name,
        fullName: Type.Optional(name),
        hidden: flag,
        password: Type.String({ minLength: 1, maxLength: 255, description: "Kept as its hash alone" }),
      }),
      { minItems: 1, maxItems: accountsMax },
    ),
  ),
});

const publicArguments = [
  "SkipPrimarySetupAccountCreation",
  "SetPrimarySetupAccountAsRegularUser",
  "PrimaryAccountFullName",
  "PrimaryAccountUserName",
  "DontAutoPopulatePrimaryAccountInfo",
  "LockPrimaryAccountInfo",
  "ManagedLocalUserShortName",
];

export const accountConfiguration: CommandKind = {
  ...operatorCommand,
  name: "AccountConfiguration",
  publicArguments,
  secretArguments: ["AutoSetupAdminAccounts"],
  argumentsFor: () => accountArguments,
  refuse: refuseWithoutAdmin,
  prepare: async (args) => {
    if (args["AutoSetupAdminAccounts"] === undefined) return args;
    return { ...args, AutoSetupAdminAccounts: await Promise.all(listAdmins(args).map(hashPassword)) };
  },
  command: (_, args) => ({
    RequestType: "AccountConfiguration",
    ...copyArguments(args, publicArguments),
    AutoSetupAdminAccounts:
      args["AutoSetupAdminAccounts"] === undefined ? undefined : listAdmins(args).map(adminItem),
  }),
  acknowledged: (_, args) => {
    const detail = {
      admin_short_names: listAdmins(args).map(({ shortName }) => shortName ?? ""),
      primary_account: args["PrimaryAccountUserName"] ?? null,
    };
    return [{ kind: "recordOutcome", name: "account_configuration", detail }];
  },
};

type Admin = {
  readonly shortName?: string;
  readonly fullName?: string;
  readonly hidden?: boolean;
  readonly password?: string;
  /** Base64, once the password is hashed. */
  readonly passwordHash?: string;
};

/** The kind's schema checks what is in them, but for a bulk command only once its devices are known. */
function listAdmins(args: CommandArguments): readonly Admin[] {
  const admins: unknown = args["AutoSetupAdminAccounts"];
  if (!Array.isArray(admins)) return [];
  return admins.filter((admin: unknown): admin is Admin => typeof admin === "object" && admin !== null);
}

async function hashPassword({ password, ...admin }: Admin): Promise<Admin> {
  if (password === undefined) return admin;
  return { ...admin, passwordHash: (await hashAccountPassword(password)).toString("base64") };
}

function adminItem({ shortName, fullName, hidden, passwordHash }: Admin): PlistWritableDictionary {
  const hash = passwordHash === undefined ? undefined : Buffer.from(passwordHash, "base64");
  return { shortName, fullName, hidden, passwordHash: hash };
}

/** A Mac without any administrator could not be managed by anybody (Apple says the same of both flags). */
function refuseWithoutAdmin(args: CommandArguments): readonly Refusal[] {
  if (listAdmins(args).some(({ password }) => password !== undefined)) {
    // Only where arguments are prepared is a password hashed, which bulk commands are not.
    const detail = "A password can be given to one device at a time.";
    return [{ kind: "invalid", code: "account_malformed", field: "AutoSetupAdminAccounts", detail }];
  }
  if (args["AutoSetupAdminAccounts"] !== undefined) return [];
  const flags = ["SkipPrimarySetupAccountCreation", "SetPrimarySetupAccountAsRegularUser"];
  const asked = flags.find((each) => args[each] === true);
  if (asked === undefined) return [];
  const detail = `Required when ${asked} is true.`;
  return [{ kind: "invalid", code: "account_malformed", field: "AutoSetupAdminAccounts", detail }];
}
