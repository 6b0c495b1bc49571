import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createApnsClient } from "#apple/apns/apns-client.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { asId } from "#platform/ids.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { certificatePem, privateKeyPem, pushIdentity, useTestApns } from "../../../test/tools/push-world.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { pushCertificateCheckEndpoints } from "./push-certificate-check-api.ts";
import { createPushCertificateCheck } from "./push-certificate-check-operations.ts";
import { createPushCertificate, uploadPushCertificate } from "./push-certificate-operations.ts";

const world = useTestDatabase();
const apns = useTestApns();
const sealer = createSealer(new Secret(randomBytes(32)));
let opened = 0;
const api = useApiServer(world, () => {
  const checkPushCertificate = createPushCertificateCheck({
    sealer,
    randomBytes,
    openApnsClient: (credentials) => {
      opened++;
      return createApnsClient({ url: apns.url, caPem: apns.caPem, ...credentials });
    },
  });
  return bindEndpoints({ checkPushCertificate }, pushCertificateCheckEndpoints);
});

async function aCertificate(hasMaterial = true): Promise<number> {
  const topic = `com.apple.mgmt.External.${randomUUID()}`;
  const { id } = await world.testOperation((op) => createPushCertificate(op, { sealer }, { name: topic }));
  if (!hasMaterial) return id;
  const identity = pushIdentity(topic);
  const upload = {
    certificate: certificatePem(identity),
    privateKey: new Secret(privateKeyPem(identity)),
    password: null,
  };
  await world.testOperation((op) => uploadPushCertificate(op, { sealer }, { id: asId(id), upload }));
  return id;
}

async function check(id: number): Promise<unknown> {
  const { status, body } = await api.call("POST", `/api/mdm/push_certificates/${id}/test/`);
  expect(status).toBe(200);
  return body;
}

test("a certificate that Apple takes is accepted, and no device hears of it", async () => {
  expect(await check(await aCertificate())).toEqual({ is_ok: true, reason: "accepted" });
});

test("who asks at the same time shares one connection", async () => {
  const id = await aCertificate();
  const before = opened;
  const answers = await Promise.all([check(id), check(id), check(id)]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(opened - before).toBeLessThanOrEqual(3);
  await check(id);
  expect(opened).toBeGreaterThan(before);
});

test("what cannot be tried says why, and bothers nobody", async () => {
  const before = opened;
  expect(await check(await aCertificate(false))).toEqual({ is_ok: false, reason: "no_certificate" });
  const ended = await aCertificate();
  await world.testOperation((op) =>
    op.tx.run(sql`update push_certificates set not_after = ${testStart} where id = ${ended}`),
  );
  expect(await check(ended)).toEqual({ is_ok: false, reason: "expired" });
  expect(opened).toBe(before);
});

test("only those who may change push certificates try them", async () => {
  const id = await aCertificate();
  const permissions = ["mdm.view_pushcertificate"];
  expect((await api.call("POST", `/api/mdm/push_certificates/${id}/test/`, { permissions })).status).toBe(
    403,
  );
  expect((await api.call("POST", "/api/mdm/push_certificates/987654/test/")).status).toBe(404);
});
