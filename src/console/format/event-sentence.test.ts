import { expect, test } from "vitest";
import { type EventFacts, eventSentence } from "./event-sentence.ts";

const event = (type: string, payload: object, changes: Partial<EventFacts> = {}): EventFacts => ({
  type,
  actor: { kind: "user", id: "4" },
  request: { user: { username: "anna" } },
  payload: payload as EventFacts["payload"],
  ...changes,
});

test.each<[EventFacts, string]>([
  [
    event("zentral_audit", {
      action: "updated",
      object: { model: "mdm.blueprint", pk: "1", new_value: { name: "Sales" } },
    }),
    "anna changed the blueprint “Sales”",
  ],
  [
    event("zentral_audit", {
      action: "deleted",
      object: { model: "inventory.tag", prev_value: { name: "x" } },
    }),
    "anna deleted the tag “x”",
  ],
  [event("mdm_request", { status: "success", request_status: "Idle" }), "The device asked for commands"],
  [
    event("mdm_request", { status: "failure", reason: "Device blocked" }),
    "The device was refused: Device blocked",
  ],
  [
    event("mdm_request", { status: "failure", request_status: "Error", command_name: "DeviceLock" }),
    "The device answered DeviceLock with Error",
  ],
  [
    event("mdm_request", { status: "success", request_status: "NotNow", command_name: "InstallProfile" }),
    "The device was busy, and put off InstallProfile",
  ],
  [
    event("mdm_request", { status: "success", request_status: "Acknowledged", command_name: "ProfileList" }),
    "The device carried out ProfileList",
  ],
  [
    event("mdm_request", { status: "success", request_status: "Acknowledged" }),
    "The device carried out a command",
  ],
  [
    event("mdm_request", { status: "success", message_type: "DeclarativeManagement", endpoint: "tokens" }),
    "The device asked whether its declarations changed",
  ],
  [
    event("mdm_request", {
      status: "success",
      message_type: "DeclarativeManagement",
      endpoint: "declaration/configuration/a.b",
    }),
    "The device fetched a declaration",
  ],
  [
    event("mdm_request", { status: "success", message_type: "DeclarativeManagement" }),
    "The device sent DeclarativeManagement",
  ],
  [
    event("target_artifact_update", {
      target_artifact: { status: "Installed", artifact_version: { artifact: { name: "Wi-Fi" } } },
    }),
    "The artifact “Wi-Fi” is now installed",
  ],
  [event("target_artifact_update", { target_artifact: { status: "New" } }), "An artifact is now New"],
  [
    event("mdm_download", {
      outcome: "success",
      target_type: "enterprise_app",
      enterprise_app: { artifact: { name: "Agent" } },
    }),
    "The device downloaded the enterprise app “Agent”",
  ],
  [
    event("mdm_download", { outcome: "failure", target_type: "enterprise_app" }),
    "A download of an enterprise app was refused",
  ],
  [
    event(
      "zentral_audit",
      { action: "created", object: { model: "accounts.role", new_value: { name: "Admin" } } },
      { request: null, actor: { kind: "operator", id: "serve" } },
    ),
    "The server created the role “Admin”",
  ],
  [event("machine_tag", { action: "added", tag: { name: "Berlin" } }), "The tag “Berlin” was added"],
  [event("device_lock_pin_viewed", {}), "anna read the lock PIN"],
  [event("device_lock_pin_viewed", { reason: "Ticket 4711" }), "anna read the lock PIN: “Ticket 4711”"],
  [
    event("device_lock_pin_viewed", {}, { request: null, actor: { kind: "job", id: null } }),
    "The server read the lock PIN",
  ],
  [event("something_new_happened", {}), "Something new happened"],
  [event("zentral_audit", {}), "anna changed something"],
])("an event is a sentence", (facts, sentence) => expect(eventSentence(facts)).toBe(sentence));
