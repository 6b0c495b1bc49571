/** The members of events, as the specification names them (protocol specification 10). */
import { beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { authenticateMessage } from "#sandbox/devices/checkin-messages.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { type StoredEvent, useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

type Full = StoredEvent & { readonly tags: readonly string[]; readonly request: unknown };

let mac: SimulatedDevice;
let events: readonly Full[];

beforeAll(async () => {
  const { api } = stories;
  mac = stories.newDevice("Mac");
  const taxonomy = await api.create("/api/inventory/taxonomies/", { name: "Rooms" });
  const tag = await api.create("/api/inventory/tags/", { name: "Lab", taxonomy: taxonomy["id"] });
  const path = `/api/mdm/ota_enrollments/${stories.enrollmentId}/`;
  const enrollment = await api.read(path);
  const secret = enrollment["enrollment_secret"] as Readonly<Record<string, unknown>>;
  await api.update(path, {
    name: "Stories",
    push_certificate: enrollment["push_certificate"],
    scep_issuer: enrollment["scep_issuer"],
    enrollment_secret: { meta_business_unit: secret["meta_business_unit"], tags: [tag["id"]] },
  });
  await mac.enroll(stories.otaProfile);
  await mac.pollUntilIdle();
  const id = await stories.idOf(mac);
  await stories.call("POST", `/api/mdm/devices/${id}/lock/`, { pin: "654321" });
  await mac.pollUntilIdle();
  await stories.call("GET", `/api/mdm/devices/${id}/device_lock_pin/`);
  mac.unlock("654321");
  await mac.pollUntilIdle();
  await mac.sendCheckin({ ...authenticateMessage(mac.facts, "com.apple.mgmt.External.unknown") });
  const Endpoint = "declaration/configuration/example.thing";
  await mac.sendCheckin({ MessageType: "DeclarativeManagement", Endpoint });
  const Data = Buffer.from('{"StatusItems": {}}');
  await mac.sendCheckin({ MessageType: "DeclarativeManagement", Endpoint: "status", Data });
  await stories.app.drainPushes();
  await stories.app.flush();
  events = await stories.app.foundation.database.many<Full>(sql`
    select type, serial_number, payload, objects, tags, request from events
     where serial_number = ${mac.facts.serialNumber} order by at, sequence`);
});

function one(type: string, members: Readonly<Record<string, unknown>> = {}): Full {
  const isMeant = (event: Full): boolean =>
    event.type === type && Object.entries(members).every(([name, value]) => event.payload[name] === value);
  const found = events.find(isMeant);
  if (found === undefined) throw new Error(`There is no ${type} with ${JSON.stringify(members)}`);
  return found;
}

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/i);
const ota_enrollment = { pk: expect.any(Number), name: "Stories" };
const session = (status: string) => ({
  enrollment_session: { pk: expect.any(Number), type: "ota", status },
  ota_enrollment,
});
const request = { ip: "127.0.0.1", user_agent: null };

test("the use of a secret", () => {
  const { payload, tags } = one("enrollment_secret_verification");
  expect([payload, tags]).toEqual([{ status: "success", type: "ota_enrollment", ota_enrollment }, ["mdm"]]);
});

test("the phases of an enrollment over the air", () => {
  const { udid } = mac.facts;
  for (const phase of [2, 3]) {
    const event = one("ota_enrollment_request", { phase });
    expect(event.payload).toEqual({ status: "success", phase, udid, ...session(`PHASE_${phase}`) });
    expect(event).toMatchObject({
      tags: ["mdm", "ota", "heartbeat"],
      objects: { mdm_ota_enrollment: [String(stories.enrollmentId)] },
      request,
    });
  }
});

test("Authenticate, TokenUpdate on both channels, and a connect", () => {
  const base = { status: "success", view_name: "checkin", udid: mac.facts.udid };
  const push_certificate = { pk: expect.any(Number), topic: stories.topic };
  const authenticate = one("mdm_request", { message_type: "Authenticate", status: "success" });
  expect(authenticate.tags).toEqual(["mdm", "heartbeat"]);
  expect(authenticate.payload).toEqual({
    ...base,
    ...session("PHASE_3"),
    message_type: "Authenticate",
    push_certificate,
    new_enrolled_device: true,
    reenrollment: false,
  });
  const token = { ...base, message_type: "TokenUpdate", push_certificate, device_created: false };
  expect(one("mdm_request", { token_type: "device" }).payload).toEqual({
    ...token,
    ...session("AUTHENTICATED"),
    token_type: "device",
    user_id: null,
    user_created: false,
    awaiting_configuration: false,
  });
  expect(one("mdm_request", { token_type: "user" }).payload).toEqual({
    ...token,
    ...session("COMPLETED"),
    token_type: "user",
    user_id: mac.facts.user?.userId,
    user_created: true,
    awaiting_configuration: null,
  });
  expect(one("mdm_request", { command_name: "DeviceLock" }).payload).toEqual({
    ...base,
    ...session("COMPLETED"),
    view_name: "connect",
    user_id: null,
    command_uuid: uuid,
    command_name: "DeviceLock",
    request_status: "Acknowledged",
  });
});

test("a refusal says why, and which topic nobody knows", () => {
  const { payload } = one("mdm_request", { status: "failure", message_type: "Authenticate" });
  expect(payload).toMatchObject({ reason: "unknown topic", topic: "com.apple.mgmt.External.unknown" });
});

test("declarative management names the endpoint, the declaration, and the report", () => {
  expect(one("mdm_request", { endpoint: "declaration/configuration/example.thing" }).payload).toMatchObject({
    message_type: "DeclarativeManagement",
    status: "failure",
    declaration_type: "configuration",
    declaration_identifier: "example.thing",
  });
  expect(one("mdm_request", { endpoint: "status" }).payload).toMatchObject({ data: { StatusItems: {} } });
});

test("a tag that a machine got", () => {
  expect(one("machine_tag").payload).toEqual({
    action: "added",
    tag: { pk: expect.any(Number), name: "Lab" },
    taxonomy: { pk: expect.any(Number), name: "Rooms" },
  });
});

test("the PIN of a lock: set, viewed, cleared", () => {
  const tags = ["mdm", "device_lock_pin"];
  const set = one("device_lock_pin_set");
  expect([set.payload, set.tags]).toEqual([{ command: { request_type: "DeviceLock", uuid } }, tags]);
  const viewed = one("device_lock_pin_viewed");
  expect([viewed.payload, viewed.tags]).toEqual([{}, ["mdm"]]);
  const cleared = one("device_lock_pin_cleared");
  expect([cleared.payload, cleared.tags, cleared.request]).toEqual([{}, tags, request]);
});

test("a notification", () => {
  expect(one("mdm_device_notification").payload).toMatchObject({
    udid: mac.facts.udid,
    apns_priority: 10,
    apns_expiration_seconds: expect.any(Number),
    status: "success",
  });
});

test("a change by an operator, with the request and who made it", () => {
  const { payload, tags, objects, request: asked } = one("zentral_audit");
  expect([tags, payload["action"]]).toEqual([["zentral", "mdm"], "created"]);
  expect(objects).toEqual({ mdm_device_command: [uuid] });
  expect(payload["object"]).toMatchObject({
    model: "mdm.devicecommand",
    pk: expect.any(String),
    new_value: { name: "DeviceLock", kwargs: { PIN: "<redacted>" } },
  });
  expect(asked).toMatchObject({
    ip: "127.0.0.1",
    method: "POST",
    path: expect.stringMatching(/^\/api\/mdm\/devices\/\d+\/lock\/$/),
    view: "mdm_api:lock_enrolled_device",
    user: { id: expect.any(Number), username: "root", session: { token_authenticated: true } },
  });
});
