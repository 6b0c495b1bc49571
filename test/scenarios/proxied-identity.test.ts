/** Story 5, behind a proxy: its headers count when it is trusted, and the same rules hold for them. */
import { expect, test } from "vitest";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { proxyHeadersOf } from "#sandbox/devices/mdm-client.ts";
import type { WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const trusting = useDeviceStories({ config: { isMtlsProxy: true, trustedProxies: ["127.0.0.1"] } });
const wary = useDeviceStories({ config: { isMtlsProxy: true, trustedProxies: ["192.0.2.1"] } });
const daySeconds = 24 * 3600;

const proxied = { proof: "proxy_headers" } as const;

/** Sends an idle report with headers of the test's choice. */
async function connectWith(device: SimulatedDevice, headers: Record<string, string>): Promise<WireAnswer> {
  await device.sendReport({ Status: "Idle" });
  const last = device.client.lastRequest;
  if (last === null) throw new Error("The report was sent");
  return device.sendRaw({ ...last, headers });
}

async function reasonOf(device: SimulatedDevice): Promise<unknown> {
  const failures = (await trusting.eventsOf(device)).filter(({ payload }) => payload["status"] === "failure");
  return failures.at(-1)?.payload["reason"];
}

test("a device behind a trusted proxy lives its life, and its certificate is pinned all the same", async () => {
  const mac = await trusting.settledDevice("Mac", proxied);
  expect(mac.state.enrollment?.settings.signsMessages).toBe(false);
  expect(await trusting.detailOf(mac)).toMatchObject({
    cert_not_valid_after: decodeCertificate(mac.identity.certificate).notAfter.toISOString().slice(0, 19),
    device_information_updated_at: expect.any(String),
  });
  const uuid = await trusting.order(mac, "RestartDevice");
  await mac.pollUntilIdle();
  expect(await trusting.commandOf(uuid)).toMatchObject({ status: "Acknowledged" });
});

test("the same headers from anyone else identify nobody", async () => {
  const mac = wary.newDevice("Mac", proxied);
  await expect(mac.enroll(await wary.directProfile(mac))).rejects.toMatchObject({ status: 400 });
  expect(await wary.api.list(`/api/mdm/devices/?udid=${mac.facts.udid}`)).toEqual([]);
});

test("a name without a certificate is taken from a trusted proxy", async () => {
  const mac = await trusting.settledDevice("Mac", proxied);
  const { "x-ssl-client-s-dn": name = "" } = proxyHeadersOf(mac.identity);
  expect((await connectWith(mac, { "x-ssl-client-s-dn": name })).status).toBe(200);
});

test("a certificate and a name that disagree are refused, as is a certificate without a name", async () => {
  const mac = await trusting.settledDevice("Mac", proxied);
  const other = await trusting.settledDevice("Mac", proxied);
  const own = proxyHeadersOf(mac.identity);
  const { "x-ssl-client-cert": foreign = "" } = proxyHeadersOf(other.identity);
  expect((await connectWith(mac, { ...own, "x-ssl-client-cert": foreign })).status).toBe(400);
  const { "x-ssl-client-cert": certificate = "" } = own;
  expect((await connectWith(mac, { "x-ssl-client-cert": certificate })).status).toBe(400);
  expect((await connectWith(mac, proxyHeadersOf(other.identity))).status).toBe(400);
});

test("malformed, doubled and oversized certificate headers are refused with a reason", async () => {
  const mac = await trusting.settledDevice("Mac", proxied);
  const { "x-ssl-client-s-dn": name = "", "x-ssl-client-cert": certificate = "" } = proxyHeadersOf(
    mac.identity,
  );
  const hostile = ["%", "no PEM", `${certificate}${certificate}`, "A".repeat(12_000), "%2D".repeat(100)];
  for (const header of hostile) {
    const answer = await connectWith(mac, { "x-ssl-client-s-dn": name, "x-ssl-client-cert": header });
    expect(answer.status).toBe(400);
  }
  const names = ["", "CN=", "=", "CN=MDM$OTA", `CN=MDM$OTA$${"x".repeat(56)},O=MBU$1,serialNumber=Z`];
  for (const hostileName of names) {
    expect((await connectWith(mac, { "x-ssl-client-s-dn": hostileName })).status).toBe(400);
  }
});

test("an expired certificate in a header gets the renewal too, then 400", async () => {
  const mac = await trusting.settledDevice("Mac", proxied);
  const late = await trusting.settledDevice("Mac", proxied);
  const { notAfter } = decodeCertificate(mac.identity.certificate);
  trusting.clock.set(new Date(notAfter.getTime() + 5 * daySeconds * 1000));
  const [first] = await mac.pollUntilIdle();
  expect(first).toMatchObject({ requestType: "InstallProfile", status: "Acknowledged" });
  expect(await mac.pollUntilIdle()).toEqual([]);
  trusting.clock.advance(26 * daySeconds);
  expect((await late.sendReport({ Status: "Idle" })).status).toBe(400);
  expect(await reasonOf(late)).toBe("client certificate has expired");
  expect(late.isEnrolled).toBe(true);
});
