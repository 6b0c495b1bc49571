import { expect, test } from "vitest";
import { auditEvent } from "./audit-event.ts";

test("an update says what was and what is, and links the object", () => {
  expect(
    auditEvent({
      action: "updated",
      model: "mdm.pushcertificate",
      pk: 4,
      prevValue: { name: "a" },
      newValue: { name: "b" },
      objectKey: "mdm_push_certificate",
      app: "mdm",
    }),
  ).toEqual({
    type: "zentral_audit",
    payload: {
      action: "updated",
      object: { model: "mdm.pushcertificate", pk: "4", prev_value: { name: "a" }, new_value: { name: "b" } },
    },
    tags: ["zentral", "mdm"],
    serialNumber: null,
    objects: { mdm_push_certificate: ["4"] },
  });
});

test("a creation has no previous value and may name a machine", () => {
  const event = auditEvent({
    action: "created",
    model: "mdm.devicecommand",
    pk: 7,
    newValue: { uuid: "u-1" },
    objectKey: "mdm_device_command",
    objectPk: "u-1",
    app: "mdm",
    serialNumber: "C02",
  });
  expect(event.payload).toEqual({
    action: "created",
    object: { model: "mdm.devicecommand", pk: "7", new_value: { uuid: "u-1" } },
  });
  expect(event.objects).toEqual({ mdm_device_command: ["u-1"] });
  expect(event.serialNumber).toBe("C02");
});
