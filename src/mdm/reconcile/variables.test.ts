import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlist } from "#protocol/plist/read.ts";
import { Real } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { type VariableSource, substituteVariables, variableNames } from "./variables.ts";

const source: VariableSource = {
  device: { serialNumber: "C02ABC", udid: "00008112-0A" },
  user: { longName: "Anna Bell", shortName: "abell" },
  realmUser: {
    username: "anna.m.bell@example.com",
    email: "anna@mail.example.com",
    firstName: "Anna",
    lastName: "Bell",
    fullName: "Anna M. Bell",
    customAttr1: "one",
    customAttr2: "two",
  },
  managedAppleId: "anna@appleid.example.com",
};
const deviceOnly: VariableSource = { ...source, user: null, realmUser: null, managedAppleId: null };
const replace = (text: string, from: VariableSource = source): string =>
  substituteVariables(text, from).value;

describe("variables", () => {
  test.each([
    ["$ENROLLED_DEVICE.SERIAL_NUMBER", "C02ABC"],
    ["$ENROLLED_DEVICE.UDID", "00008112-0A"],
    ["$ENROLLED_USER.LONG_NAME", "Anna Bell"],
    ["$ENROLLED_USER.SHORT_NAME", "abell"],
    ["$REALM_USER.USERNAME", "anna.m.bell@example.com"],
    ["$REALM_USER.DEVICE_USERNAME", "annambell"],
    ["$REALM_USER.EMAIL_PREFIX", "anna"],
    ["$REALM_USER.EMAIL", "anna@mail.example.com"],
    ["$REALM_USER.FIRST_NAME", "Anna"],
    ["$REALM_USER.LAST_NAME", "Bell"],
    ["$REALM_USER.FULL_NAME", "Anna M. Bell"],
    ["$REALM_USER.CUSTOM_ATTR_1", "one"],
    ["$REALM_USER.CUSTOM_ATTR_2", "two"],
    ["$MANAGED_APPLE_ID.EMAIL", "anna@appleid.example.com"],
  ])("%s is %s", (name, value) => {
    expect(replace(name)).toBe(value);
    expect(variableNames).toContain(name);
  });

  test("there are fourteen", () => {
    expect(variableNames).toHaveLength(14);
  });

  test("are replaced wherever they stand in a text, each time", () => {
    expect(replace("a-$REALM_USER.EMAIL_PREFIX$REALM_USER.EMAIL_PREFIX_$REALM_USER.EMAILx")).toBe(
      "a-annaanna_anna@mail.example.comx",
    );
  });

  test("are replaced in values of lists and dictionaries, and never in keys, data, dates or numbers", () => {
    const data = Buffer.from("$ENROLLED_DEVICE.UDID");
    const at = new Date(0);
    const real = new Real(1);
    const tree = {
      "$ENROLLED_DEVICE.UDID": ["$ENROLLED_DEVICE.UDID", { data, at, real, none: null, one: 1 }],
    };
    expect(substituteVariables(tree, source)).toEqual({
      value: { "$ENROLLED_DEVICE.UDID": ["00008112-0A", { data, at, real, none: null, one: 1 }] },
      missing: [],
    });
  });

  test("leave the tree they are replaced in as it was", () => {
    const tree = { name: ["$ENROLLED_DEVICE.UDID"] };
    substituteVariables(tree, source);
    expect(tree).toEqual({ name: ["$ENROLLED_DEVICE.UDID"] });
  });

  test("a key that names the prototype is a key", () => {
    const { value } = substituteVariables(
      JSON.parse('{"__proto__": {"a": "$ENROLLED_DEVICE.UDID"}}'),
      source,
    );
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":"00008112-0A"}}');
  });
});

describe("a variable without value", () => {
  test.each([
    "$ENROLLED_USER.LONG_NAME",
    "$ENROLLED_USER.SHORT_NAME",
    "$REALM_USER.EMAIL",
    "$MANAGED_APPLE_ID.EMAIL",
    "$ENROLLED_DEVICE.FOO",
    "$REALM_USER.X",
    "$REALM_USER.",
    "$MANAGED_APPLE_ID.Email",
  ])("is told of and stays as it is: %s", (name) => {
    expect(substituteVariables({ a: `<${name}>` }, deviceOnly)).toEqual({
      value: { a: `<${name}>` },
      missing: [name],
    });
  });

  test("is told of once, in order, and of twenty at most", () => {
    const tree = ["$REALM_USER.EMAIL", "$REALM_USER.B $REALM_USER.A", "$REALM_USER.A"];
    expect(substituteVariables(tree, deviceOnly).missing).toEqual([
      "$REALM_USER.A",
      "$REALM_USER.B",
      "$REALM_USER.EMAIL",
    ]);
    const many = Array.from({ length: 1000 }, (_, index) => `$REALM_USER.V${index}${"x".repeat(200)}`);
    const { missing } = substituteVariables(many, deviceOnly);
    expect(missing).toHaveLength(20);
    expect(missing[0]).toHaveLength(64);
  });

  test.each([
    "$",
    "$HOME",
    "$5.00",
    "$ENROLLED_DEVICE",
    "$enrolled_device.udid",
    "ENROLLED_DEVICE.UDID",
    "$$",
  ])("is not what merely begins with a dollar sign: %s", (text) => {
    expect(substituteVariables(text, deviceOnly)).toEqual({ value: text, missing: [] });
  });
});

describe("hostile values", () => {
  const hostile = `</string><key>A</key>&amp;"']]><!-- \\ {{ $ENROLLED_DEVICE.UDID $& $1 \u0000\u0001`;
  const people = { ...source, user: { longName: hostile, shortName: hostile } };

  test("stay one string of a property list", () => {
    const { value } = substituteVariables({ Name: "$ENROLLED_USER.LONG_NAME", Other: 1 }, people);
    expect(readPlist(writePlist(value))).toEqual({ Name: hostile.slice(0, -2), Other: 1 });
  });

  test("stay one string of a JSON document", () => {
    const { value } = substituteVariables({ Name: "$ENROLLED_USER.SHORT_NAME" }, people);
    expect(JSON.parse(JSON.stringify(value))).toEqual({ Name: hostile.slice(0, -2) });
  });

  test("are not searched for variables again", () => {
    expect(replace("$ENROLLED_USER.LONG_NAME", people)).toContain("$ENROLLED_DEVICE.UDID");
  });

  test("of any kind can be written as a property list, and read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (longName) => {
        const { value } = substituteVariables(
          { a: "$ENROLLED_USER.LONG_NAME" },
          { ...source, user: { longName, shortName: "" } },
        );
        expect(readPlist(writePlist(value))).toEqual(value);
      }),
    );
  });
});
