// Decodes what a device reports of itself and of its declarations (desired-state.md 4.9; declarative/protocol/
// statusreport of Apple's schema). Total: what is malformed is left out and named in a warning, and never loses the
// rest of the report, because a device sends an item again only when it changes.
import type { JsonObject, JsonValue } from "../mdm/json.ts";
import {
  flattenStatusItems,
  isJsonObject,
  secretStatusItems,
  type StatusItemChange,
  type Warn,
} from "./flatten-status-items.ts";
import { readReportJson } from "./read-report-json.ts";

/** The sections of `management.declarations`. */
export const declarationSections = ["activations", "assets", "configurations", "management"] as const;

/** A section of `management.declarations`. */
export type DeclarationSection = (typeof declarationSections)[number];

/** What a device says of one declaration. */
export type DeclarationStatus = {
  readonly section: DeclarationSection;
  readonly identifier: string;
  readonly active: boolean;
  /** Apple's words are `valid`, `invalid` and `unknown`; kept as it came. */
  readonly valid: string;
  readonly serverToken: string;
  /** Why, as it came: usually a list of {code, description, details}; null when there are none. */
  readonly reasons: JsonValue | null;
};

/** What a device says of its system; null where it says nothing, empty where a supplement is gone. */
export type OperatingSystemStatus = {
  readonly version: string | null;
  readonly extraVersion: string;
  readonly buildVersion: string | null;
  readonly extraBuildVersion: string;
};

/** An item the device could not report. */
export type StatusItemError = { readonly statusItem: string; readonly reasons: JsonValue };

/** A decoded report. */
export type StatusReport = {
  /** Null when absent: on the device channel that is worth a warning. */
  readonly operatingSystem: OperatingSystemStatus | null;
  /** Replaces what is stored, unvalidated; null when absent. */
  readonly clientCapabilities: JsonObject | null;
  /** Null when the report has no `management.declarations`: nothing is known then, and nothing changes. */
  readonly declarations: readonly DeclarationStatus[] | null;
  /** Every item of the report, `management.declarations` as one value. Secrets are left out. */
  readonly items: readonly StatusItemChange[];
  /** True when the items are all there are, also those of lists: what is not among them is gone. */
  readonly isFull: boolean;
  readonly errors: readonly StatusItemError[];
  /** What was left out, in words; at most {@link statusWarningsMax}. */
  readonly warnings: readonly string[];
  /** The report as it can be stored, without secrets. */
  readonly json: JsonObject;
};

/** Warnings of one report. */
export const statusWarningsMax = 20;
/** Declarations of one report, and errors of one report. */
export const statusDeclarationsMax = 5000;
const identifierCharactersMax = 512;
const versionCharactersMax = 64;

/**
 * Decodes a status report.
 *
 * @param data `Data` of the check-in message.
 * @returns Null when it is no JSON object or larger than `statusReportBytesMax`. Never throws.
 */
export function decodeStatusReport(data: Uint8Array): StatusReport | null {
  const read = readReportJson(data);
  if (read === null) return null;
  const warnings: string[] = [];
  const warn: Warn = (warning) => {
    if (warnings.length < statusWarningsMax) warnings.push(warning);
  };
  if (read.isCut) warn("The report is too deep or too large; a part of it was left out");
  const { json } = read;
  const items = objectAt(json, "StatusItems", { path: "", warn }) ?? {};
  removeSecrets(items);
  const management = objectAt(items, "management", { path: "StatusItems.", warn });
  return {
    operatingSystem: readOperatingSystem(objectAt(items, "device", { path: "StatusItems.", warn }), warn),
    clientCapabilities: objectAt(management, "client-capabilities", { path: managementPath, warn }),
    declarations: readDeclarations(
      objectAt(management, "declarations", { path: managementPath, warn }),
      warn,
    ),
    items: flattenStatusItems(items, warn),
    isFull: json["FullReport"] === true,
    errors: readErrors(json["Errors"], warn),
    warnings,
    json,
  };
}

const managementPath = "StatusItems.management.";

type Place = { readonly path: string; readonly warn: Warn };

function objectAt(parent: JsonObject | null, key: string, { path, warn }: Place): JsonObject | null {
  const value = parent?.[key];
  if (value === undefined || isJsonObject(value)) return value ?? null;
  warn(`${path}${key} is not an object`);
  return null;
}

function readOperatingSystem(device: JsonObject | null, warn: Warn): OperatingSystemStatus | null {
  const path = "StatusItems.device.operating-system";
  const system = objectAt(device, "operating-system", { path: "StatusItems.device.", warn });
  if (system === null) return null;
  const supplement = objectAt(system, "supplemental", { path: `${path}.`, warn });
  const textAt = (parent: JsonObject | null, key: string): string | null => {
    const value = parent?.[key];
    if (value === undefined || value === null) return null;
    if (typeof value === "string" && value.length <= versionCharactersMax) return value;
    warn(`${parent === system ? path : `${path}.supplemental`}.${key} is no version`);
    return null;
  };
  return {
    version: textAt(system, "version") || null,
    extraVersion: textAt(supplement, "extra-version") ?? "",
    buildVersion: textAt(system, "build-version") || null,
    extraBuildVersion: textAt(supplement, "build-version") ?? "",
  };
}

function readDeclarations(sections: JsonObject | null, warn: Warn): readonly DeclarationStatus[] | null {
  if (sections === null) return null;
  const found = declarationSections.flatMap((section) => {
    const path = `${managementPath}declarations.${section}`;
    return listAt(sections[section], path, warn).flatMap((item, index) =>
      readDeclaration(section, item, { path: `${path}[${index}]`, warn }),
    );
  });
  if (found.length > statusDeclarationsMax) warn(`More than ${statusDeclarationsMax} declarations`);
  return found.slice(0, statusDeclarationsMax);
}

function readDeclaration(
  section: DeclarationSection,
  item: JsonValue,
  { path, warn }: Place,
): DeclarationStatus[] {
  const members = isJsonObject(item) ? item : {};
  const { identifier, active, valid, "server-token": serverToken, reasons } = members;
  if (!isShortText(identifier) || !isShortText(serverToken)) {
    warn(`${path} has no usable identifier and server-token`);
    return [];
  }
  if (typeof active !== "boolean" || !isShortText(valid)) {
    warn(`${path} has no usable active and valid`);
    return [];
  }
  const isEmpty = reasons === undefined || (Array.isArray(reasons) && reasons.length === 0);
  return [{ section, identifier, active, valid, serverToken, reasons: isEmpty ? null : reasons }];
}

function readErrors(value: JsonValue | undefined, warn: Warn): readonly StatusItemError[] {
  return listAt(value, "Errors", warn)
    .slice(0, statusDeclarationsMax)
    .flatMap((item, index) => {
      const statusItem = isJsonObject(item) ? item["StatusItem"] : undefined;
      if (isShortText(statusItem) && isJsonObject(item)) {
        return [{ statusItem, reasons: item["Reasons"] ?? [] }];
      }
      warn(`Errors[${index}] names no StatusItem`);
      return [];
    });
}

function listAt(value: JsonValue | undefined, path: string, warn: Warn): readonly JsonValue[] {
  if (value === undefined || Array.isArray(value)) return value ?? [];
  warn(`${path} is not a list`);
  return [];
}

function isShortText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= identifierCharactersMax;
}

/** The report is ours alone: it was read from bytes just now, and nobody else holds it. */
function removeSecrets(items: JsonObject): void {
  for (const name of secretStatusItems) {
    const [family = "", key = ""] = name.split(".");
    const branch = items[family];
    if (isJsonObject(branch)) delete branch[key];
    delete items[name];
  }
}
