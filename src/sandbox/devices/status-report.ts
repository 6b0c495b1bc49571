/** The status report of one channel: what the device is at first, then its declarations whenever they changed. */
import type { DeclarativeState, HeldDeclaration, ManifestSection } from "./declarative-state.ts";
import { manifestSections } from "./declarative-state.ts";
import type { DeviceFacts } from "./device-facts.ts";
import type { Channel } from "./device-state.ts";

type Json = Readonly<Record<string, unknown>>;

export type BuiltReport = {
  readonly report: Json;
  /** What is compared with the last report. */
  readonly declarations: string;
};

const statusSections: Readonly<Record<ManifestSection, string>> = {
  Activations: "activations",
  Assets: "assets",
  Configurations: "configurations",
  Management: "management",
};

/** What devices of today say they can, in short. */
export const clientCapabilities: Json = {
  "supported-versions": ["1.0.0"],
  "supported-payloads": {
    declarations: {
      activations: ["com.apple.activation.simple"],
      assets: [
        "com.apple.asset.credential.acme",
        "com.apple.asset.credential.scep",
        "com.apple.asset.data",
        "com.apple.asset.useridentity",
      ],
      configurations: [
        "com.apple.configuration.legacy",
        "com.apple.configuration.management.status-subscriptions",
        "com.apple.configuration.passcode.settings",
        "com.apple.configuration.services.configuration-files",
        "com.apple.configuration.softwareupdate.enforcement.specific",
      ],
      management: ["com.apple.management.organization-info", "com.apple.management.properties"],
    },
    "status-items": [
      "device.identifier.serial-number",
      "device.identifier.udid",
      "device.model.family",
      "device.operating-system.build-version",
      "device.operating-system.version",
      "management.client-capabilities",
      "management.declarations",
      "test.string-value",
    ],
  },
  "supported-features": {},
};

/** Makes the report; the first of a channel is full. */
export function statusReport(facts: DeviceFacts, channel: Channel, state: DeclarativeState): BuiltReport {
  const declarations = declarationsOf(state);
  const isFirst = state.lastReported === null;
  const device = channel === "device" && isFirst ? { device: deviceItems(facts) } : {};
  const capabilities = isFirst ? { "client-capabilities": clientCapabilities } : {};
  return {
    report: {
      StatusItems: { ...device, management: { ...capabilities, declarations } },
      Errors: [],
      ...(isFirst ? { FullReport: true } : {}),
    },
    declarations: JSON.stringify(declarations),
  };
}

function deviceItems(facts: DeviceFacts): Json {
  return {
    identifier: { "serial-number": facts.serialNumber, udid: facts.udid },
    model: { identifier: facts.productName, "marketing-name": facts.modelName },
    "operating-system": { version: facts.osVersion, "build-version": facts.buildVersion },
  };
}

function declarationsOf(state: DeclarativeState): Json {
  const held = [...state.declarations.values()].toSorted((one, other) =>
    one.identifier < other.identifier ? -1 : 1,
  );
  return Object.fromEntries(
    manifestSections.map((section) => [
      statusSections[section],
      held.filter((each) => each.section === section).map(statusOf),
    ]),
  );
}

function statusOf({ identifier, serverToken, valid, active, reasons }: HeldDeclaration): Json {
  return {
    identifier,
    "server-token": serverToken,
    valid,
    active,
    ...(reasons.length === 0 ? {} : { reasons }),
  };
}
