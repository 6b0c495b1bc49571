/**
 * What people do to a device: as data, so that the page, its dialogs and tests agree. The server has the last word; what
 * is refused here would be refused there, later.
 */
import { api, unwrap } from "../../api/client.ts";
import { ApiFailure } from "../../api/failure.ts";
import { deviceActionTexts as t } from "../../texts/device-actions.ts";
import type { Device } from "./device-queries.ts";
import { payloadTypes } from "./payload-types.ts";

export type ActionField = {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "long text" | "flag" | "code";
  readonly isRequired?: boolean;
  readonly help?: string;
  readonly lengthMax?: number;
};

/** What was filled in, by field; flags are booleans. */
export type ActionValues = Readonly<Record<string, string | boolean>>;

export type DeviceAction = {
  readonly id: string;
  readonly label: string;
  readonly group: "everyday" | "lost" | "management" | "dangerous";
  readonly permission: string;
  /** What will happen; shown before it does. */
  readonly consequence: string;
  /** True where the serial number must be typed. */
  readonly needsTyping?: boolean;
  readonly fields: (device: Device) => readonly ActionField[];
  /** Why it cannot be done to this device; null when it can. */
  readonly refusal: (device: Device) => string | null;
  /** @returns A secret to be shown once, such as the PIN of a locked Mac; null for none. */
  readonly run: (device: Device, values: ActionValues) => Promise<string | null>;
};

export const commandRight = "mdm.add_devicecommand";
const changeRight = "mdm.change_enrolleddevice";

type CommandName = Parameters<typeof queueCommand>[1];

/** Queues a command of a kind; the answer is the command as it waits. */
export function queueCommand(
  id: number,
  name:
    | "ActivationLockBypassCode"
    | "ClearActivationLockBypassCode"
    | "ClearPasscode"
    | "DeleteUser"
    | "UnlockUserAccount"
    | "UserList"
    | "RemoveProfile"
    | "DisableLostMode"
    | "EnableLostMode"
    | "PlayLostModeSound"
    | "DeviceLocation"
    | "RestartDevice"
    | "ShutDownDevice"
    | "Settings"
    | "DeviceInformation"
    | "SecurityInfo"
    | "InstalledApplicationList"
    | "ProfileList"
    | "CertificateList"
    | "LogOutUser",
  args: Readonly<Record<string, unknown>> = {},
) {
  const body = { name, arguments: args };
  return unwrap(api.POST("/api/mdm/devices/{id}/commands/", { params: { path: { id } }, body }));
}

const isMobile = ({ platform }: Device): boolean => platform === "iOS" || platform === "iPadOS";
const isMac = ({ platform }: Device): boolean => platform === "macOS";

function refuseAbsent({ blocked_at: blockedAt, checkout_at: checkoutAt }: Device): string | null {
  if (checkoutAt !== null) return t.refusals.checkedOut;
  return blockedAt === null ? null : t.refusals.blocked;
}

const refuseUnless =
  (isFine: (device: Device) => boolean, text: string) =>
  (device: Device): string | null =>
    refuseAbsent(device) ?? (isFine(device) ? null : text);

const refuseUnsupervisedMobile = refuseUnless(
  (device) => isMobile(device) && device.supervised !== false,
  t.refusals.supervisedMobile,
);
const refuseUnsupervised = refuseUnless(
  (device) => isMac(device) || device.supervised !== false,
  t.refusals.supervised,
);
/** What Apple asks of Macs as of all others. */
const refuseEveryUnsupervised = refuseUnless(
  (device) => device.supervised !== false,
  t.refusals.supervisedAny,
);
/** Accounts are of supervised Macs and of iPads that several people share. */
export const refuseAccounts = refuseUnless(
  (device) => (isMac(device) && device.supervised !== false) || isSharedIpad(device),
  t.refusals.accounts,
);
/** Wrong passwords lock accounts of Macs alone. */
export const refuseUnlock = refuseUnless(isMac, t.refusals.mac);

/** An iPad that has not said yet whether it is shared may be. */
function isSharedIpad({ platform, device_information: information }: Device): boolean {
  const isMultiUser = (information as Readonly<Record<string, unknown>> | null)?.["IsMultiUser"];
  return platform === "iPadOS" && isMultiUser !== false;
}

const noFields = (): readonly ActionField[] => [];

/** A command of one kind without anything to fill in. */
function plainCommand(
  name: CommandName,
  rest: Pick<DeviceAction, "id" | "label" | "group" | "consequence" | "refusal">,
): DeviceAction {
  return {
    ...rest,
    permission: commandRight,
    fields: noFields,
    run: async ({ id }) => {
      await queueCommand(id, name);
      return null;
    },
  };
}

/** More profiles than any device has. */
const profilesMax = 500;

/** The identifier of the profile that put a device under management, as the device reported it. */
async function findManagementProfile(id: number): Promise<string> {
  const { results } = await unwrap(
    api.GET("/api/mdm/devices/{id}/profiles/", { params: { path: { id }, query: { limit: profilesMax } } }),
  );
  const found = results.find(({ payloads }) => payloadTypes(payloads).includes("com.apple.mdm"));
  if (found === undefined) throw new ApiFailure(409, t.removeManagement.unknown);
  return found.identifier;
}

const pinDigits = 6;

/** Six digits that nobody chose. */
export function randomPin(): string {
  const words = crypto.getRandomValues(new Uint32Array(pinDigits));
  // The remainder of 2^32 by 10 favours some digits by less than a billionth.
  return [...words].map((word) => word % 10).join("");
}

const text = (values: ActionValues, name: string): string => String(values[name] ?? "").trim();

/** The members that were filled in. */
function filled(values: ActionValues, names: Readonly<Record<string, string>>): Record<string, string> {
  const members = Object.entries(names).map(([field, member]) => [member, text(values, field)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== ""));
}

const messageFields: readonly ActionField[] = [
  { name: "message", label: t.fields.message, kind: "long text", lengthMax: 255 },
  { name: "phone", label: t.fields.phone, kind: "text", lengthMax: 15 },
];

/** The kinds of inventory that a blueprint may collect. */
const inventory = [
  "DeviceInformation",
  "SecurityInfo",
  "InstalledApplicationList",
  "ProfileList",
  "CertificateList",
] as const;

export const deviceActions: readonly DeviceAction[] = [
  {
    id: "refresh",
    label: t.refresh.label,
    group: "everyday",
    permission: commandRight,
    consequence: t.refresh.consequence,
    fields: noFields,
    refusal: refuseAbsent,
    run: async (device) => {
      await Promise.all(inventory.map((name) => queueCommand(device.id, name)));
      return null;
    },
  },
  {
    id: "lock",
    label: t.lock.label,
    group: "everyday",
    permission: commandRight,
    consequence: t.lock.consequence,
    fields: () => messageFields,
    refusal: refuseUnless((device) => isMac(device) || isMobile(device), t.refusals.notTv),
    run: async (device, values) => {
      const pin = isMac(device) ? randomPin() : null;
      const body = {
        ...filled(values, { message: "message", phone: "phone_number" }),
        ...(pin === null ? {} : { pin }),
      };
      await unwrap(api.POST("/api/mdm/devices/{id}/lock/", { params: { path: { id: device.id } }, body }));
      return pin;
    },
  },
  plainCommand("RestartDevice", {
    id: "restart",
    ...t.restart,
    group: "everyday",
    refusal: refuseUnsupervised,
  }),
  plainCommand("ShutDownDevice", {
    id: "shut-down",
    ...t.shutDown,
    group: "everyday",
    refusal: refuseUnsupervised,
  }),
  plainCommand("ClearPasscode", {
    id: "clear-passcode",
    ...t.clearPasscode,
    group: "everyday",
    refusal: refuseUnless(isMobile, t.refusals.mobile),
  }),
  {
    id: "rename",
    label: t.rename.label,
    group: "everyday",
    permission: commandRight,
    consequence: t.rename.consequence,
    fields: () => [{ name: "name", label: t.fields.name, kind: "text", isRequired: true, lengthMax: 63 }],
    refusal: refuseUnsupervised,
    run: async ({ id }, values) => {
      await queueCommand(id, "Settings", {
        Settings: [{ Item: "DeviceName", DeviceName: text(values, "name") }],
      });
      return null;
    },
  },
  plainCommand("LogOutUser", {
    id: "log-out",
    ...t.logOut,
    group: "everyday",
    refusal: refuseUnless(isSharedIpad, t.refusals.sharedIpad),
  }),
  {
    id: "lost-mode-on",
    label: t.lostModeOn.label,
    group: "lost",
    permission: commandRight,
    consequence: t.lostModeOn.consequence,
    fields: () => [
      ...messageFields,
      { name: "footnote", label: t.fields.footnote, kind: "text", lengthMax: 255 },
    ],
    refusal: refuseUnsupervisedMobile,
    run: async ({ id }, values) => {
      const names = { message: "Message", phone: "PhoneNumber", footnote: "Footnote" };
      await queueCommand(id, "EnableLostMode", filled(values, names));
      return null;
    },
  },
  plainCommand("DisableLostMode", {
    id: "lost-mode-off",
    ...t.lostModeOff,
    group: "lost",
    refusal: refuseUnsupervisedMobile,
  }),
  plainCommand("PlayLostModeSound", {
    id: "sound",
    ...t.sound,
    group: "lost",
    refusal: refuseUnsupervisedMobile,
  }),
  plainCommand("DeviceLocation", {
    id: "locate",
    ...t.locate,
    group: "lost",
    refusal: refuseUnsupervisedMobile,
  }),
  plainCommand("ActivationLockBypassCode", {
    id: "bypass-code",
    ...t.bypassCode,
    group: "lost",
    refusal: refuseEveryUnsupervised,
  }),
  plainCommand("ClearActivationLockBypassCode", {
    id: "clear-bypass-code",
    ...t.clearBypassCode,
    group: "lost",
    refusal: refuseEveryUnsupervised,
  }),
  {
    id: "custom",
    label: t.custom.label,
    group: "management",
    permission: commandRight,
    consequence: t.custom.consequence,
    fields: () => [
      {
        name: "command",
        label: t.fields.command,
        kind: "code",
        isRequired: true,
        help: t.fields.commandHelp,
      },
    ],
    refusal: refuseAbsent,
    run: async ({ id }, values) => {
      const body = { command: text(values, "command") };
      await unwrap(
        api.POST("/api/mdm/devices/{id}/send_custom_command/", { params: { path: { id } }, body }),
      );
      return null;
    },
  },
  {
    id: "unblock",
    label: t.unblock.label,
    group: "management",
    permission: changeRight,
    consequence: t.unblock.consequence,
    fields: noFields,
    refusal: ({ blocked_at: at }) => (at === null ? t.refusals.notBlocked : null),
    run: async ({ id }) => {
      await unwrap(api.POST("/api/mdm/devices/{id}/unblock/", { params: { path: { id } } }));
      return null;
    },
  },
  {
    id: "remove-management",
    label: t.removeManagement.label,
    group: "dangerous",
    permission: commandRight,
    consequence: t.removeManagement.consequence,
    needsTyping: true,
    fields: noFields,
    refusal: refuseAbsent,
    run: async ({ id }) => {
      await queueCommand(id, "RemoveProfile", { Identifier: await findManagementProfile(id) });
      return null;
    },
  },
  {
    id: "block",
    label: t.block.label,
    group: "dangerous",
    permission: changeRight,
    consequence: t.block.consequence,
    needsTyping: true,
    fields: noFields,
    refusal: ({ blocked_at: at }) => (at === null ? null : t.refusals.alreadyBlocked),
    run: async ({ id }) => {
      await unwrap(api.POST("/api/mdm/devices/{id}/block/", { params: { path: { id } } }));
      return null;
    },
  },
  {
    id: "erase",
    label: t.erase.label,
    group: "dangerous",
    permission: commandRight,
    consequence: t.erase.consequence,
    needsTyping: true,
    fields: eraseFields,
    refusal: refuseAbsent,
    run: async (device, values) => {
      const body = isMobile(device)
        ? {
            preserve_data_plan: values["preserveDataPlan"] === true,
            disallow_proximity_setup: values["disallowProximitySetup"] === true,
          }
        : filled(values, { pin: "pin" });
      await unwrap(api.POST("/api/mdm/devices/{id}/erase/", { params: { path: { id: device.id } }, body }));
      return null;
    },
  },
];

function eraseFields(device: Device): readonly ActionField[] {
  if (isMobile(device)) {
    return [
      { name: "preserveDataPlan", label: t.fields.preserveDataPlan, kind: "flag" },
      { name: "disallowProximitySetup", label: t.fields.disallowProximitySetup, kind: "flag" },
    ];
  }
  if (!isMac(device) || device.apple_silicon === true) return [];
  return [{ name: "pin", label: t.fields.erasePin, kind: "text", lengthMax: 6, help: t.fields.erasePinHelp }];
}
