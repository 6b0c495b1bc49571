import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  secretStatusItems,
  statusItemChangesMax,
  statusItemValueCharactersMax,
} from "./flatten-status-items.ts";
import { statusReportBytesMax, statusReportNodesMax } from "./read-report-json.ts";
import { decodeStatusReport, type StatusReport, statusWarningsMax } from "./status-report.ts";

const bytes = (report: unknown): Buffer => Buffer.from(JSON.stringify(report));

function decode(report: unknown): StatusReport {
  const decoded = decodeStatusReport(bytes(report));
  if (decoded === null) throw new Error("The report was refused");
  return decoded;
}

const withItems = (StatusItems: unknown): StatusReport => decode({ StatusItems, Errors: [] });
const withConfigurations = (configurations: unknown): StatusReport =>
  withItems({ management: { declarations: { configurations } } });

const valid = { identifier: "x.declaration.1", active: true, valid: "valid", "server-token": "t" };

describe("the system in a status report", () => {
  test("is read with its supplement", () => {
    const report = withItems({
      device: {
        "operating-system": {
          version: "26.3.1",
          "build-version": "25D1",
          supplemental: { "extra-version": "(a)", "build-version": "25D2" },
        },
      },
    });
    expect(report.operatingSystem).toStrictEqual({
      version: "26.3.1",
      extraVersion: "(a)",
      buildVersion: "25D1",
      extraBuildVersion: "25D2",
    });
  });

  test("has empty supplements when they are gone, and null for what is not told", () => {
    expect(withItems({ device: { "operating-system": { version: "26.4" } } }).operatingSystem).toStrictEqual({
      version: "26.4",
      extraVersion: "",
      buildVersion: null,
      extraBuildVersion: "",
    });
    expect(withItems({}).operatingSystem).toBeNull();
  });

  test("that is malformed loses only what is malformed", () => {
    const report = withItems({
      device: { "operating-system": { version: 26, "build-version": "25D1", supplemental: "yolo" } },
    });
    expect(report.operatingSystem).toMatchObject({ version: null, buildVersion: "25D1" });
    expect(report.warnings).toStrictEqual([
      "StatusItems.device.operating-system.supplemental is not an object",
      "StatusItems.device.operating-system.version is no version",
    ]);
  });
});

describe("the declarations in a status report", () => {
  test("are read from all sections, with their reasons", () => {
    const reasons = [{ code: "Error.Bad", description: "No.", details: {} }];
    const report = withItems({
      management: {
        declarations: {
          activations: [{ ...valid, identifier: "a" }],
          assets: [],
          configurations: [{ ...valid, valid: "invalid", active: false, reasons }],
          management: [{ ...valid, reasons: [] }],
        },
      },
    });
    expect(report.declarations).toEqual([
      {
        section: "activations",
        identifier: "a",
        active: true,
        valid: "valid",
        serverToken: "t",
        reasons: null,
      },
      {
        section: "configurations",
        identifier: "x.declaration.1",
        active: false,
        valid: "invalid",
        serverToken: "t",
        reasons,
      },
      {
        section: "management",
        identifier: "x.declaration.1",
        active: true,
        valid: "valid",
        serverToken: "t",
        reasons: null,
      },
    ]);
    expect(report.warnings).toStrictEqual([]);
  });

  test("are unknown without the item, and none when it is empty", () => {
    expect(withItems({ management: {} }).declarations).toBeNull();
    expect(withItems({ management: { declarations: "yolo" } }).declarations).toBeNull();
    expect(withItems({ management: { declarations: {} } }).declarations).toStrictEqual([]);
  });

  test.each([
    ["no object", 1],
    ["no identifier", { ...valid, identifier: undefined }],
    ["an empty identifier", { ...valid, identifier: "" }],
    ["a token that is a number", { ...valid, "server-token": 7 }],
    ["an active that is text", { ...valid, active: "true" }],
    ["no valid", { ...valid, valid: null }],
  ])("with %s are left out, and the others stay", (_, malformed) => {
    const report = withConfigurations([malformed, valid]);
    expect(report.declarations).toMatchObject([{ identifier: valid.identifier }]);
    expect(report.warnings).toHaveLength(1);
    expect(report.warnings[0]).toContain("StatusItems.management.declarations.configurations[0]");
  });
});

describe("the items of a status report", () => {
  test("have Apple's dotted names, dictionaries of Apple's are one value", () => {
    const pending = { "os-version": "26.4", "target-local-date-time": "2026-03-01T09:30:00" };
    const report = withItems({
      device: { model: { family: "Mac" }, identifier: { "serial-number": "C02" } },
      softwareupdate: { "pending-version": pending },
      security: { certificate: { list: [{ identifier: "1", "subject-summary": "CA" }] } },
      vendor: { "new-thing": { value: 3 } },
    });
    expect(report.items).toStrictEqual([
      { name: "device.model.family", identifier: "", isRemoved: false, value: "Mac" },
      { name: "device.identifier.serial-number", identifier: "", isRemoved: false, value: "C02" },
      {
        name: "softwareupdate.pending-version",
        identifier: "",
        isRemoved: false,
        value: expect.objectContaining(pending),
      },
      {
        name: "security.certificate.list",
        identifier: "1",
        isRemoved: false,
        value: expect.objectContaining({ "subject-summary": "CA" }),
      },
      { name: "vendor.new-thing.value", identifier: "", isRemoved: false, value: 3 },
    ]);
  });

  test("of lists tell which elements are gone; the last of several counts", () => {
    const list = [
      { identifier: "a", state: "managed" },
      { identifier: "b", _removed: true },
      { identifier: "a", state: "failed" },
      { state: "nobody's" },
    ];
    const report = withItems({ app: { managed: { list } } });
    expect(report.items).toStrictEqual([
      {
        name: "app.managed.list",
        identifier: "a",
        isRemoved: false,
        value: expect.objectContaining({ state: "failed" }),
      },
      { name: "app.managed.list", identifier: "b", isRemoved: true, value: null },
    ]);
    expect(report.warnings).toStrictEqual(["StatusItems.app.managed.list[3] has no usable identifier"]);
  });

  test("that are lists without identifiers are one value; an empty list of elements changes nothing", () => {
    const report = withItems({ test: { "array-value": [] }, app: { managed: { list: [] } }, other: [1] });
    expect(report.items).toStrictEqual([
      { name: "test.array-value", identifier: "", isRemoved: false, value: [] },
      { name: "other", identifier: "", isRemoved: false, value: [1] },
    ]);
  });

  test.each(secretStatusItems)("do not include %s, nor does what is kept of the report", (name) => {
    const [family = "", key = ""] = name.split(".");
    const report = withItems({ [family]: { [key]: "planted", other: 1 }, [name]: "planted" });
    expect(JSON.stringify(report)).not.toContain("planted");
    expect(report.items).toHaveLength(1);
  });

  test("and errors and the flag of a full report are read", () => {
    const Errors = [{ StatusItem: "test.error-value", Reasons: [{ Code: "E" }] }, { Reasons: [] }, 3];
    const report = decode({ StatusItems: {}, Errors, FullReport: true });
    expect(report).toMatchObject({
      isFull: true,
      errors: [{ statusItem: "test.error-value", reasons: [{ Code: "E" }] }],
      warnings: ["Errors[1] names no StatusItem", "Errors[2] names no StatusItem"],
    });
    expect(decode({ FullReport: "true" }).isFull).toBe(false);
  });

  test("of the client's capabilities replace what is stored", () => {
    const capabilities = { "supported-versions": ["1.0.0"] };
    const report = withItems({ management: { "client-capabilities": capabilities } });
    expect(report.clientCapabilities).toEqual(capabilities);
    expect(withItems({}).clientCapabilities).toBeNull();
  });
});

describe("a hostile status report", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["text", '"yolo"'],
    ["a list", "[]"],
    ["null", "null"],
  ])("of %s is refused", (_, text) => {
    expect(decodeStatusReport(Buffer.from(text))).toBeNull();
  });

  test("that is too large is refused", () => {
    const padding = " ".repeat(statusReportBytesMax);
    expect(decodeStatusReport(Buffer.from(`{}${padding}`))).toBeNull();
    expect(decodeStatusReport(Buffer.from(`{}${padding.slice(2)}`))).not.toBeNull();
  });

  test("that nests deep is cut, and keeps the rest", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const text = `{"StatusItems":{"a":${deep},"device":{"model":{"family":"Mac"}}}}`;
    const report = decodeStatusReport(Buffer.from(text));
    expect(report?.items).toContainEqual(expect.objectContaining({ name: "device.model.family" }));
    expect(report?.warnings).toHaveLength(1);
    expect(JSON.stringify(report?.json).length).toBeLessThan(200);
  });

  test("with too many values is cut", () => {
    const report = withItems({
      test: { "array-value": Array.from({ length: statusReportNodesMax }, () => 1) },
    });
    expect(report.warnings[0]).toContain("left out");
  });

  test("with too many items keeps the first, and one warning is enough to be found", () => {
    const list = Array.from({ length: statusItemChangesMax + 50 }, (_, index) => ({
      identifier: `${index}`,
    }));
    const report = withItems({ mdm: { app: list } });
    expect(report.items).toHaveLength(statusItemChangesMax);
    expect(report.warnings).toHaveLength(statusWarningsMax);
  });

  test("with names and values that are too long loses these alone", () => {
    const report = withItems({
      ["n".repeat(300)]: 1,
      long: "v".repeat(statusItemValueCharactersMax),
      mdm: { app: [{ identifier: "i".repeat(300) }] },
      good: 1,
    });
    expect(report.items).toStrictEqual([{ name: "good", identifier: "", isRemoved: false, value: 1 }]);
    expect(report.warnings).toHaveLength(3);
  });

  test("has no text that PostgreSQL refuses", () => {
    const text =
      '{"StatusItems":{"a\\u0000b":"c\\u0000d","e":"\\ud800","f":1e999,"__proto__":{"polluted":1}}}';
    const report = decodeStatusReport(Buffer.from(text));
    expect(report?.items.map(({ name, value }) => [name, value])).toStrictEqual([
      ["ab", "cd"],
      ["e", "\ufffd"],
      ["f", null],
      ["__proto__.polluted", 1],
    ]);
    expect({}).not.toHaveProperty("polluted");
  });

  test("never throws, and what is kept of it can be written", () => {
    const words = ["StatusItems", "management", "declarations", "configurations", "identifier", "_removed"];
    const value = fc.object({
      key: fc.oneof(fc.constantFrom(...words), fc.string()),
      maxDepth: 6,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (items) => {
        for (const report of [items, { StatusItems: items }, { StatusItems: { management: items } }]) {
          const decoded = decodeStatusReport(Buffer.from(JSON.stringify(report)));
          expect(JSON.parse(JSON.stringify(decoded?.json))).toEqual(decoded?.json);
        }
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (noise) => void decodeStatusReport(noise)));
  });
});
