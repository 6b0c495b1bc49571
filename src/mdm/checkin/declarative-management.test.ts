import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeclarativeManagementMessage, decodeCheckin } from "#protocol/mdm/checkin.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { readDeclarativeManagement } from "./declarative-management.ts";

function aMessage(Endpoint: string, Data?: Buffer): DeclarativeManagementMessage {
  const body = writePlist({ MessageType: "DeclarativeManagement", UDID: "U", Endpoint, Data });
  return decodeCheckin(body) as DeclarativeManagementMessage;
}

describe("the endpoint", () => {
  test.each([
    "tokens",
    "declaration-items",
    "declaration/configuration/com.example.1",
    "declaration/activation/a",
  ])("%s is understood", (endpoint) => {
    expect(readDeclarativeManagement(aMessage(endpoint))).toEqual({ endpoint });
  });

  test.each([
    "token",
    "tokens/",
    "declaration",
    "declaration/configuration",
    "declaration/configuration/",
    "declaration/configuration/a/b",
    "declaration//a",
    "Tokens",
    "../status",
    `declaration/asset/${"x".repeat(401)}`,
  ])("%s is refused", (endpoint) => {
    expect(() => readDeclarativeManagement(aMessage(endpoint))).toThrow(
      expect.objectContaining({ refusal: expect.objectContaining({ code: "declarative_endpoint_unknown" }) }),
    );
  });
});

describe("the data", () => {
  test("of a status report is needed", () => {
    expect(() => readDeclarativeManagement(aMessage("status"))).toThrow(
      expect.objectContaining({
        refusal: expect.objectContaining({ code: "declarative_status_without_data" }),
      }),
    );
  });

  test("is read as JSON, whatever it holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const data = Buffer.from(JSON.stringify(value));
        expect(readDeclarativeManagement(aMessage("status", data)).data).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  test("that is no JSON never fails the report, and is kept in bounds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { endpoint } = readDeclarativeManagement(aMessage("status", Buffer.from(bytes)));
        expect(endpoint).toBe("status");
      }),
    );
    const { data } = readDeclarativeManagement(aMessage("status", Buffer.alloc(100_000, "x\0")));
    expect(data).toEqual({ unreadable: "x".repeat(4_096) });
  });
});
