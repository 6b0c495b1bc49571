/** What management can change on a simulated device beyond profiles, applications and its enrollment. */
import type { PlistDictionary } from "#protocol/plist/value.ts";
import type { DeviceFacts } from "./device-facts.ts";

/** How a device came under management. An automated one is supervised, and waits in Setup Assistant. */
export type Supervision = "none" | "supervised" | "automated";

export type Account = { readonly shortName: string; readonly fullName: string; isLoggedIn: boolean };

export type ProvisioningProfile = { readonly name: string; readonly expiresAt: Date };

export type ManagedState = {
  readonly isSupervised: boolean;
  readonly isAutomated: boolean;
  isAwaitingConfiguration: boolean;
  isShutDown: boolean;
  hasPasscode: boolean;
  /** The command that put the device into lost mode. */
  lostMode: PlistDictionary | null;
  soundsPlayed: number;
  activationLockBypassCode: string | null;
  isRemoteDesktopEnabled: boolean;
  mirroringTo: string | null;
  cellularServerUrl: string | null;
  /** The last setting of each item. */
  readonly settings: Map<string, PlistDictionary>;
  accounts: Account[];
  /** The administrator that AccountConfiguration asked for. */
  adminAccount: PlistDictionary | null;
  readonly lockedAccounts: Set<string>;
  readonly invitations: string[];
  readonly provisioningProfiles: Map<string, ProvisioningProfile>;
  validatedCount: number;
  /** How often the list of applications is asked for until a new one is in it, installed. */
  pollsUntilInstalled: number;
};

/** The state of a device that nobody has touched yet. */
export function newManagedState(facts: DeviceFacts, supervision: Supervision): ManagedState {
  const user = facts.user;
  return {
    isSupervised: supervision !== "none",
    isAutomated: supervision === "automated",
    isAwaitingConfiguration: supervision === "automated",
    isShutDown: false,
    hasPasscode: true,
    lostMode: null,
    soundsPlayed: 0,
    activationLockBypassCode: bypassCodeOf(facts),
    isRemoteDesktopEnabled: false,
    mirroringTo: null,
    cellularServerUrl: null,
    settings: new Map(),
    accounts:
      user === null
        ? sharedAccounts(facts)
        : [{ shortName: user.shortName, fullName: user.longName, isLoggedIn: true }],
    adminAccount: null,
    lockedAccounts: new Set(),
    invitations: [],
    provisioningProfiles: new Map(),
    validatedCount: 0,
    pollsUntilInstalled: 0,
  };
}

/** An iPad may be shared by a class; other devices without a user have no accounts. */
function sharedAccounts(facts: DeviceFacts): Account[] {
  if (facts.model !== "iPad") return [];
  return [
    { shortName: "mia@school.example.com", fullName: "Mia Sato", isLoggedIn: true },
    { shortName: "noah@school.example.com", fullName: "Noah Stein", isLoggedIn: false },
  ];
}

/** Apple's codes are 26 characters in six groups, of an alphabet without what is easily misread. */
function bypassCodeOf(facts: DeviceFacts): string {
  const alphabet = "0123456789ACDEFGHJKLMNPQRTUVWXYZ";
  const text = [...facts.bytes("bypass code", 26)].map((byte) => alphabet[byte % 32]).join("");
  return [0, 5, 10, 14, 18, 22].map((at, index) => text.slice(at, at + (index < 2 ? 5 : 4))).join("-");
}
