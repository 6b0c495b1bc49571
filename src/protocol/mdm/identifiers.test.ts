import { describe, expect, test } from "vitest";
import {
  channelOf,
  decodeIdentifiers,
  deviceKey,
  isSharedIpadUser,
  type MessageIdentifiers,
  sharedIpadUserId,
  userKey,
} from "./identifiers.ts";

function identifiersOf(message: Record<string, string>): MessageIdentifiers {
  const identifiers = decodeIdentifiers(message);
  if ("problem" in identifiers) throw new Error(`${identifiers.problem} ${identifiers.field}`);
  return identifiers;
}

describe("the keys of a message", () => {
  test.each([
    ["a device", { UDID: "D" }, "D", null, "Device"],
    ["a user of a device", { UDID: "D", UserID: "U" }, "D", "U", "User"],
    ["a user enrollment", { EnrollmentID: "E" }, "E", null, "Device"],
    ["a user of a user enrollment", { EnrollmentID: "E", EnrollmentUserID: "EU" }, "E", "EU", "User"],
    ["a device with both", { UDID: "D", EnrollmentID: "E" }, "D", null, "Device"],
    ["a user with both", { UDID: "D", UserID: "U", EnrollmentUserID: "EU" }, "D", "U", "User"],
    ["an empty user id", { UDID: "D", UserID: "" }, "D", null, "Device"],
    ["a Shared iPad", { UDID: "D", UserID: sharedIpadUserId }, "D", sharedIpadUserId, "User"],
  ])("of %s", (_name, message, device, user, channel) => {
    const identifiers = identifiersOf(message);
    expect([deviceKey(identifiers), userKey(identifiers), channelOf(identifiers)]).toEqual([
      device,
      user,
      channel,
    ]);
  });

  test("the placeholder user of a Shared iPad is known in either case", () => {
    expect(isSharedIpadUser(sharedIpadUserId.toLowerCase())).toBe(true);
    expect(isSharedIpadUser("66ADE930-5FDF-5EC4-8429-15640684C489")).toBe(false);
  });
});
