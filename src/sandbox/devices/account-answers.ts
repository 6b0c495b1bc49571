/** Answers about the people at a device: accounts, Setup Assistant and invitations. */
import { booleanAt, dictionariesAt, nonEmptyStringAt } from "#protocol/plist/access.ts";
import type { CommandContext } from "./command-answers.ts";
import { acknowledged, commandError, commandFormatError } from "./device-state.ts";
import type { CommandAnswer } from "./device-state.ts";

type Handler = (context: CommandContext) => CommandAnswer;

export const accountAnswers: Readonly<Record<string, Handler>> = {
  UserList: ({ facts, state }) =>
    acknowledged({
      Users: state.managed.accounts.map(({ shortName, fullName, isLoggedIn }, index) => ({
        UserName: shortName,
        FullName: fullName,
        IsLoggedIn: isLoggedIn,
        ...(facts.model === "Mac"
          ? { UID: 501 + index, UserGUID: facts.user?.userId, MobileAccount: false, HasSecureToken: true }
          : { HasDataToSync: false, DataQuota: 1_000_000_000, DataUsed: 250_000_000 }),
      })),
    }),
  LogOutUser: ({ state }) => {
    for (const account of state.managed.accounts) account.isLoggedIn = false;
    return acknowledged();
  },
  DeleteUser: deleteUser,
  UnlockUserAccount: ({ state, command }) => {
    const name = nonEmptyStringAt(command, "UserName");
    if (name === null) return commandFormatError;
    const isKnown = state.managed.accounts.some(({ shortName }) => shortName === name);
    if (!isKnown) return commandError(12_071, "MCMDMErrorDomain", `There is no user “${name}”.`);
    state.managed.lockedAccounts.delete(name);
    return acknowledged();
  },
  AccountConfiguration: ({ state, command }) => {
    if (!state.managed.isAwaitingConfiguration) {
      return commandError(12_021, "MCMDMErrorDomain", "Setup Assistant is not running.");
    }
    state.managed.adminAccount = dictionariesAt(command, "AutoSetupAdminAccounts")?.[0] ?? null;
    return acknowledged();
  },
  DeviceConfigured: ({ state }) => {
    state.managed.isAwaitingConfiguration = false;
    return acknowledged();
  },
  InviteToProgram: ({ state, command }) => {
    const url = nonEmptyStringAt(command, "InvitationURL");
    if (command["ProgramID"] !== "com.apple.cloudvpp") {
      return acknowledged({ InvitationResult: "InvalidProgramID" });
    }
    if (url === null || !URL.canParse(url)) return acknowledged({ InvitationResult: "InvalidInvitationURL" });
    state.managed.invitations.push(url);
    return acknowledged({ InvitationResult: "Acknowledged" });
  },
};

function deleteUser({ state: { managed }, command }: CommandContext): CommandAnswer {
  if (booleanAt(command, "DeleteAllUsers") === true) {
    managed.accounts = managed.accounts.filter(({ isLoggedIn }) => isLoggedIn);
    return acknowledged();
  }
  const name = nonEmptyStringAt(command, "UserName");
  const account = managed.accounts.find(({ shortName }) => shortName === name);
  if (account === undefined) return commandError(12_071, "MCMDMErrorDomain", "There is no such user.");
  if (account.isLoggedIn) return commandError(12_073, "MCMDMErrorDomain", "The user is logged in.");
  managed.accounts = managed.accounts.filter((other) => other !== account);
  return acknowledged();
}
