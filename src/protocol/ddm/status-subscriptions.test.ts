import { describe, expect, test } from "vitest";
import {
  defaultStatusItems,
  listSupportedConfigurations,
  planStatusSubscriptions,
} from "./status-subscriptions.ts";

const reporting = (items: unknown): unknown => ({ "supported-payloads": { "status-items": items } });

describe("what a device is asked to report", () => {
  test("is what it says it can, ascending, each once, and no tests", () => {
    const capabilities = reporting(["passcode.is-present", "test.array-value", "mdm.app", "mdm.app"]);
    expect(planStatusSubscriptions(capabilities)).toStrictEqual({
      names: ["mdm.app", "passcode.is-present"],
      isMalformed: false,
    });
  });

  test("is the defaults before it said so, and that is nothing to warn of", () => {
    expect(planStatusSubscriptions(null)).toStrictEqual({ names: defaultStatusItems, isMalformed: false });
    expect(planStatusSubscriptions(reporting(["test.array-value"])).names).toBe(defaultStatusItems);
    expect(defaultStatusItems).toHaveLength(11);
  });

  test.each([
    ["text", "yolo"],
    ["a list", []],
    ["no payloads", {}],
    ["payloads that are none", { "supported-payloads": [1] }],
    ["items that are no list", reporting("mdm.app")],
    ["an item that is no name", reporting(["mdm.app", 3])],
    ["an endless name", reporting(["a".repeat(300)])],
    ["too many items", reporting(Array.from({ length: 1001 }, () => "a"))],
  ])("is the defaults when the capabilities are malformed: %s", (_, capabilities) => {
    expect(planStatusSubscriptions(capabilities)).toStrictEqual({
      names: defaultStatusItems,
      isMalformed: true,
    });
  });
});

test("the configurations a device supports are read from its capabilities", () => {
  const configurations = ["com.apple.configuration.softwareupdate.enforcement.specific"];
  expect(
    listSupportedConfigurations({ "supported-payloads": { declarations: { configurations } } }),
  ).toStrictEqual(configurations);
  expect(listSupportedConfigurations(reporting([]))).toBeNull();
});
