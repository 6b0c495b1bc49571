// Apple's schema as values: names, types, presence and who takes what since when. The tables in `generated/` are
// written from Apple's device-management YAML (MIT) by `npm run apple-schema`; words are Apple's. Facts only: a
// message is judged by validate-*.ts, never here.

/** The platforms of the schema. An iPad is on `iOS`. */
export type SchemaPlatform = "iOS" | "macOS" | "tvOS" | "visionOS" | "watchOS";

/** Access rights as the schema writes them; some rights have two names. */
export type AccessRightName = keyof typeof accessRightBits;

/**
 * The bit of each right in `AccessRights` of the MDM payload (com.apple.mdm). Whether an application is
 * inspected, a passcode removed or a device locked has two names each. "Special Case" means that each key
 * names its own right.
 */
export const accessRightBits = {
  AllowInspection: 1,
  AllowInstallationRemoval: 2,
  AllowPasscodeRemovalAndLock: 4,
  DeviceLockAndRemovePasscode: 4,
  AllowDeviceErase: 8,
  AllowQueryDeviceInformation: 16,
  AllowQueryNetworkInformation: 32,
  AllowProvisioningInspection: 64,
  AllowProvisioningInstallationRemoval: 128,
  AllowQueryApplications: 256,
  QueryInstalledApps: 256,
  AllowQueryRestrictions: 512,
  AllowQuerySecurity: 1024,
  AllowSettings: 2048,
  AllowAppInstallation: 4096,
  "Special Case": 0,
} as const;

/** How user enrollment or a Shared iPad changes what a message or key is for. */
export type SchemaMode = "allowed" | "required" | "forbidden" | "ignored";

/** What one platform says of a message; of a key, only what differs from the message or key around it. */
export type Support = {
  /** OS versions. Absent for a key that came with what is around it. */
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  readonly accessrights?: AccessRightName;
  readonly devicechannel?: boolean;
  readonly userchannel?: boolean;
  readonly supervised?: boolean;
  /** True: only for devices of Automated Device Enrollment. */
  readonly requiresdep?: boolean;
  readonly sharedipad?: {
    readonly mode?: SchemaMode;
    readonly devicechannel?: boolean;
    readonly userchannel?: boolean;
  };
  readonly userenrollment?: SchemaMode;
};

/** Platforms to what they say; null: not on this platform. */
export type SupportedOs = { readonly [Platform in SchemaPlatform]?: Support | null };

/** The types of values in a property list. */
export type SchemaType =
  | "string"
  | "integer"
  | "real"
  | "boolean"
  | "date"
  | "data"
  | "array"
  | "dictionary"
  | "any";

export type SchemaScalar = string | number | boolean;

/** A key of a dictionary, an item of an array, or a value a string may have. */
export type SchemaKey = {
  /**
   * Apple's name. `ANY`, alone or with a word behind it, stands for every name; for items it is only a label.
   */
  readonly key: string;
  readonly type: SchemaType;
  readonly required?: true;
  readonly on?: SupportedOs;
  readonly default?: SchemaScalar;
  /** The only values there are (`rangelist`). */
  readonly values?: readonly SchemaScalar[];
  /** Bounds of a number, both included. */
  readonly range?: { readonly min?: number; readonly max?: number };
  /** A regular expression the whole text matches (`format`). */
  readonly format?: string;
  /** How values of several declarations are combined; for readers of the table. */
  readonly combinetype?: string;
  /** The value, or each item, is the identifier of a declaration of one of these types (`assettypes`). */
  readonly assetTypes?: readonly string[];
  /**
   * Of a dictionary: its keys (absent: any, also where a key is inside itself). Of an array: its item; several are alternatives, told apart by a
   * key of each that has one value. Of a string: the values it may have.
   */
  readonly keys?: readonly SchemaKey[];
};

/** A command, a check-in message, a declaration, a payload of a profile, or a status item. */
export type MessageSchema = {
  /** Apple's release that the facts come from, such as "26.0". */
  readonly release: string;
  readonly on: SupportedOs;
  /** What several configurations of a type do: `single`, `multiple` or `combined`. */
  readonly apply?: string;
  /**
   * Keys beside `RequestType`; of check-in messages, all; of a declaration those of its payload; of a status item
   * the item itself.
   */
  readonly keys: readonly SchemaKey[];
  /** Keys of the answer beside those all answers have. */
  readonly answer?: readonly SchemaKey[];
};

/** Tells whether a key of the schema stands for every name. */
export function isWildcard({ key }: SchemaKey): boolean {
  return /^ANY(?: |$)/.test(key);
}
