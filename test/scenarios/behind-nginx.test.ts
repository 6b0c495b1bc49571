/** A server whose devices show their certificate to nginx: header mode (protocol specification 2.1). */
import { expect } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { makeAuthority, pemOf, writeCertificate } from "#sandbox/crypto/certificate-writer.ts";
import type { Identity } from "#sandbox/crypto/certificate-writer.ts";
import type { DeviceModel } from "#sandbox/devices/device-facts.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { proxyHeadersOf } from "#sandbox/devices/mdm-client.ts";
import { plistText } from "#sandbox/devices/plist-text.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { createSimulatedWorld } from "#sandbox/devices/simulated-world.ts";
import { createTransport, type WireAnswer } from "#sandbox/devices/transport.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { findFreePort } from "../tools/free-port.ts";
import { startNginx } from "../tools/nginx.ts";
import { testWithProgram } from "../tools/programs.ts";

const nginxPort = await findFreePort();
const nginxUrl = new URL(`https://localhost:${nginxPort}`);
/** nginx and everybody else are on the same machine; its address is what tells it from them. */
const nginxAddress = "127.0.0.2";
const stories = useDeviceStories({
  config: { isMtlsProxy: true, mtlsBaseUrl: nginxUrl, trustedProxies: [nginxAddress] },
});

const programs = ["nginx", "openssl"] as const;
const connectPath = "/public/mdm/connect/";

type ProxiedWorld = {
  readonly newDevice: (model: DeviceModel) => SimulatedDevice;
  /** Sends to the connect URL through nginx, with any certificate and any headers. */
  readonly connectAs: (identity: Identity | null, request: ConnectRequest) => Promise<WireAnswer>;
};
type ConnectRequest = { readonly udid: string; readonly headers?: Readonly<Record<string, string>> };

let nextNumber = 0;

/** Runs a story with nginx in front, set up as the documentation says: our CA comes from the SCEP server. */
async function behindNginx(
  paths: readonly string[],
  story: (world: ProxiedWorld) => Promise<void>,
): Promise<void> {
  const [nginx = "", openssl = ""] = paths;
  const { baseUrl: upstream } = stories.app;
  const ca = await fetch(new URL("/scep/?operation=GetCACert", upstream));
  const running = await startNginx({
    nginx,
    openssl,
    port: nginxPort,
    upstream,
    ownAddress: nginxAddress,
    clientCaPem: pemOf(Buffer.from(await ca.arrayBuffer())),
  });
  const { certificatePem: trustedCaPem } = running;
  const { deviceCa, keys, now } = stories.world;
  const world = await createSimulatedWorld({ deviceCa, keys, now, trustedCaPem });
  const devices: SimulatedDevice[] = [];
  try {
    await story({
      newDevice: (model) => {
        const device = makeDevice(world, model, { number: nextNumber++ });
        devices.push(device);
        return device;
      },
      connectAs: async (identity, { udid, headers = {} }) => {
        const own = identity === null ? {} : { clientIdentity: identity };
        const transport = createTransport({ trustedCaPem, ...own });
        const body = plistText({ UDID: udid, Status: "Idle" });
        const url = new URL(connectPath, nginxUrl).href;
        const answer = await transport.send({ url, method: "PUT", headers, body });
        transport.close();
        return answer;
      },
    });
  } finally {
    for (const device of devices) device.close();
    world.transport.close();
    await running.stop();
  }
}

testWithProgram(programs, "a Mac enrolls, reports and obeys through nginx", async (...paths) => {
  await behindNginx(paths, async ({ newDevice, connectAs }) => {
    const mac = newDevice("Mac");
    await mac.enroll(stories.otaProfile);
    const { settings } = mac.state.enrollment ?? {};
    expect(settings?.signsMessages).toBe(false);
    expect(settings?.serverUrl).toBe(new URL(connectPath, nginxUrl).href);

    const reported = await mac.pollUntilIdle();
    expect(reported.map(({ requestType }) => requestType)).toContain("SecurityInfo");
    const uuid = await stories.order(mac, "RestartDevice");
    await mac.pollUntilIdle();
    expect(mac.state.restartCount).toBe(1);
    expect(await stories.commandOf(uuid)).toMatchObject({ status: "Acknowledged" });
    const events = await stories.eventsOf(mac);
    expect(events.map(({ payload }) => payload["status"])).not.toContain("failure");
    expect(events.length).toBeGreaterThan(5);

    // The certificate is pinned as in signature mode: once renewed, the former one is refused.
    const former = mac.identity;
    await mac.renewIdentity();
    expect(await mac.pollUntilIdle()).toEqual([]);
    expect((await connectAs(former, { udid: mac.facts.udid })).status).toBe(400);
    expect((await stories.eventsOf(mac)).at(-1)?.payload).toMatchObject({
      status: "failure",
      reason: "client certificate was replaced by a newer one",
    });
    const { notAfter } = decodeCertificate(mac.identity.certificate);
    const shown = String((await stories.detailOf(mac))["cert_not_valid_after"]);
    expect(new Date(`${shown}Z`)).toEqual(notAfter);
  });
});

testWithProgram(programs, "certificate headers count from nginx alone", async (...paths) => {
  await behindNginx(paths, async ({ newDevice, connectAs }) => {
    const [phone, thief] = [newDevice("iPhone"), newDevice("iPad")];
    for (const device of [phone, thief]) await device.enroll(await stories.directProfile(device));
    const { udid } = phone.facts;
    const before = await readRows(udid);
    const forged = proxyHeadersOf(phone.identity);

    // Past nginx: the same headers from a peer that is not trusted.
    const direct = await fetch(new URL(connectPath, stories.app.baseUrl), {
      method: "PUT",
      headers: { ...forged, "x-real-ip": "192.0.2.7" },
      body: plistText({ UDID: udid, Status: "Idle" }),
    });
    expect([direct.status, await direct.text()]).toEqual([400, "Bad Request"]);
    expect(await lastRefusal()).toEqual({
      reason: "missing DN in request headers",
      serialNumber: null,
      ip: "127.0.0.1",
    });

    // Through nginx: it puts the certificate it has seen in their place.
    expect((await connectAs(thief.identity, { udid, headers: forged })).status).toBe(400);
    expect(await lastRefusal()).toEqual({
      reason: "enrollment session enrolled device UDID missmatch",
      serialNumber: thief.facts.serialNumber,
      ip: "127.0.0.1",
    });

    // Without a certificate of ours nothing passes nginx, and nothing reaches the server.
    const reachedBefore = await countRequests();
    expect((await connectAs(null, { udid, headers: forged })).status).toBe(400);
    expect((await connectAs(foreignCopyOf(phone), { udid })).status).toBe(400);
    expect(await countRequests()).toBe(reachedBefore);
    expect(await readRows(udid)).toEqual(before);
  });
});

/** The subject and the key of a device's certificate, under an authority that only calls itself ours. */
function foreignCopyOf({ identity }: SimulatedDevice): Identity {
  const { subject, issuer, publicKeyInfo } = decodeCertificate(identity.certificate);
  const keys = { privateKey: identity.privateKey, publicKeyInfo };
  const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 86_400_000)];
  const authority = makeAuthority({
    subject: [{ type: "CN", value: "Somebody else" }],
    keys,
    notBefore,
    notAfter,
  });
  const plan = { subject: subject.raw, publicKeyInfo, notBefore, notAfter, use: "push" } as const;
  const certificate = writeCertificate({ ...plan, issuer: { ...authority, name: issuer.raw } });
  return { certificate, privateKey: identity.privateKey, chain: [] };
}

async function lastRefusal() {
  await stories.app.flush();
  return stories.app.foundation.database.one(sql`
    select payload->>'reason' as reason, serial_number, request->>'ip' as ip from events
     where type = 'mdm_request' and payload->>'status' = 'failure' order by sequence desc limit 1`);
}

/** Requests of devices that reached the server, refused ones too; pushes leave events of their own at any time. */
async function countRequests(): Promise<number> {
  await stories.app.flush();
  const { count } = await stories.app.foundation.database.one<{ count: number }>(
    sql`select count(*)::integer as count from events where type = 'mdm_request'`,
  );
  return count;
}

/** What a stranger must not change. */
function readRows(udid: string) {
  return stories.app.foundation.database.one(sql`
    select d.xmin::text as version, (select count(*)::integer from device_identities i where i.device_id = d.id)
           as identities, (select count(*)::integer from commands c where c.device_id = d.id) as commands
      from devices d where d.udid = ${udid}`);
}
