/** Status reports: whatever a device sends, what is made of it can be stored, and reads the same again. */
import { isDeepStrictEqual } from "node:util";
import { decodeArtifactIdentifier, decodeDeclarationIdentifier } from "#protocol/ddm/identifiers.ts";
import { parseServerToken, versionIdOfServerToken } from "#protocol/ddm/server-token.ts";
import { decodeStatusReport, type StatusReport } from "#protocol/ddm/status-report.ts";
import { planStatusSubscriptions } from "#protocol/ddm/status-subscriptions.ts";
import { mutateJson } from "../mutate-json.ts";
import { type FuzzTarget, promise } from "../target.ts";

const depthMax = 40;

/** Everything that PostgreSQL's `jsonb` could not take. */
function expectStorable(value: unknown, depth = 0): void {
  promise(depth < depthMax, "nothing is deep");
  const texts = typeof value === "string" ? [value] : Object.keys(value ?? {});
  for (const text of texts)
    promise(!text.includes("\0") && text.isWellFormed(), "no text is refused by jsonb");
  if (typeof value === "number") promise(Number.isFinite(value), "a number can be written");
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) expectStorable(member, depth + 1);
}

function expectItems({ items }: StatusReport): void {
  const keys = new Set(items.map(({ name, identifier }) => JSON.stringify([name, identifier])));
  promise(keys.size === items.length, "an item is told once");
  for (const { name, identifier, isRemoved, value } of items) {
    promise(name.length <= 255 && identifier.length <= 255, "an item can be indexed");
    promise(!isRemoved || (identifier !== "" && value === null), "only elements are removed");
    promise(!/^mdm\.push-(?:magic|token)$/.test(name), "secrets are left out");
  }
}

function expectDeclarations({ declarations }: StatusReport): void {
  for (const { identifier, serverToken, valid, active } of declarations ?? []) {
    promise(identifier !== "" && serverToken !== "" && valid !== "", "a declaration says what it is");
    promise(typeof active === "boolean", "a declaration is active or not");
    const artifact = decodeArtifactIdentifier("com.example.mdm", identifier);
    const reference = decodeDeclarationIdentifier("com.example.mdm", identifier);
    promise(artifact === null || reference !== null, "an artifact can be asked for");
    const token = parseServerToken(serverToken);
    promise(
      token === null || token.versionId === versionIdOfServerToken(serverToken),
      "a token has a version",
    );
  }
}

function run(input: Buffer): boolean {
  const report = decodeStatusReport(input);
  if (report === null) return false;
  const { json, ...members } = report;
  expectStorable(json);
  expectStorable(members);
  expectItems(report);
  expectDeclarations(report);
  promise(report.warnings.length <= 20, "warnings have an end");
  promise(planStatusSubscriptions(report.clientCapabilities).names.length > 0, "something is subscribed to");
  const again = decodeStatusReport(Buffer.from(JSON.stringify(json)));
  const kept = (each: StatusReport | null): unknown => [
    each?.items,
    each?.declarations,
    each?.operatingSystem,
  ];
  promise(isDeepStrictEqual(kept(again), kept(report)), "what is stored reads the same again");
  return true;
}

const artifact = "com.example.mdm.declaration.7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11";
const declaration = {
  identifier: artifact,
  active: true,
  valid: "valid",
  "server-token": "0d4b1d3e-0000-4000-8000-000000000001.ov-13.1.0.ri-0.rc-2",
};
const reports = [
  {
    StatusItems: {
      device: {
        identifier: { "serial-number": "C02", udid: "U-1" },
        "operating-system": {
          version: "26.3",
          "build-version": "25D1",
          supplemental: { "extra-version": "(a)" },
        },
      },
      management: {
        "client-capabilities": {
          "supported-versions": ["1.0.0"],
          "supported-payloads": { "status-items": ["mdm.app", "test.string-value"] },
        },
        declarations: {
          activations: [
            { ...declaration, identifier: "com.example.mdm.blueprint.1.activation", "server-token": "a" },
          ],
          configurations: [
            declaration,
            { ...declaration, valid: "invalid", reasons: [{ code: "Error.Bad" }] },
          ],
          assets: [],
          management: [],
        },
      },
    },
    Errors: [{ StatusItem: "test.error-value", Reasons: [{ Code: "E" }] }],
    FullReport: true,
  },
  {
    StatusItems: {
      app: {
        managed: {
          list: [
            { identifier: "a", state: "managed" },
            { identifier: "b", _removed: true },
          ],
        },
      },
      mdm: { "push-magic": "magic", "push-token": "dG9rZW4=", app: [{ identifier: "c" }] },
      softwareupdate: { "pending-version": { "os-version": "26.4" } },
    },
    Errors: [],
  },
];

export const statusReportTarget: FuzzTarget = {
  name: "status-report",
  seeds: reports.map((report) => Buffer.from(JSON.stringify(report))),
  mutators: [mutateJson],
  words: [
    "__proto__",
    "identifier",
    "_removed",
    "StatusItems",
    "management",
    "mdm",
    "push-token",
    "0",
    artifact,
  ],
  run,
};
