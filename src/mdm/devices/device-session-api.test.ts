import { expect, test } from "vitest";
import { useDeviceStories } from "../../../test/tools/device-stories.ts";

const stories = useDeviceStories();

test("a device's enrollments are listed, the present one marked, with the certificate each brought", async () => {
  const mac = await stories.enrolled("Mac");
  const path = `/api/mdm/devices/${await stories.idOf(mac)}/sessions/`;
  const [first] = await stories.api.list(path);
  expect(first).toMatchObject({
    kind: "ota",
    status: "COMPLETED",
    is_current: true,
    ota_enrollment: { pk: stories.enrollmentId, name: "Stories" },
    renews: null,
    first_enrolled_at: null,
    certificate: { serial_number: expect.stringMatching(/^[0-9a-f]+$/), not_after: expect.any(String) },
  });
  stories.clock.advance(3_600);
  await mac.enroll(await stories.directProfile(mac));
  const sessions = await stories.api.list(path);
  expect(sessions.map((session) => [session["id"], session["is_current"]])).toEqual([
    [expect.any(Number), true],
    [first?.["id"], false],
  ]);
  const serials = sessions.map(({ certificate }) => (certificate as { serial_number: string }).serial_number);
  expect(new Set(serials).size).toBe(2);
  const page = await stories.call("GET", `${path}?limit=1&offset=1`);
  expect(page.body).toMatchObject({ count: 2, results: [{ id: first?.["id"] }] });
});

test("devices are found by the enrollment of the session they are enrolled by now", async () => {
  const phone = await stories.enrolled("iPhone");
  const found = async (...ids: readonly number[]): Promise<unknown[]> => {
    const query = ids.map((id) => `ota_enrollment=${id}`).join("&");
    const rows = await stories.api.list(`/api/mdm/devices/rows/?${query}&limit=500`);
    return rows.map(({ id }) => id);
  };
  const id = await stories.idOf(phone);
  expect(await found(stories.enrollmentId)).toContain(id);
  expect(await found(999_999, stories.enrollmentId)).toContain(id);
  expect(await found(999_999)).toEqual([]);
});

test("sessions of another device are not among them, and an unknown device is none", async () => {
  const [one, other] = [await stories.enrolled("iPhone"), await stories.enrolled("iPad")];
  const sessionsOf = async (device: typeof one) =>
    stories.api.list(`/api/mdm/devices/${await stories.idOf(device)}/sessions/`);
  const [[ofOne], [ofOther]] = [await sessionsOf(one), await sessionsOf(other)];
  expect(ofOne?.["id"]).not.toBe(ofOther?.["id"]);
  expect((await stories.call("GET", "/api/mdm/devices/999999/sessions/")).status).toBe(404);
});
