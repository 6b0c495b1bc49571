/** The devices that take part in the load: certificates of the server's own authority, over a pool of key pairs. */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { identitySubjectInput } from "#mdm/enrollments/identity-subject.ts";
import { type Authority, planDeviceCertificate, serialOf } from "#mdm/identities/authority.ts";
import { openAuthorityKey } from "#mdm/identities/authority-operations.ts";
import type { AuthorityId } from "#mdm/identities/authority.ts";
import type { Sealer } from "#platform/sealer.ts";
import { certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import { issueCertificate } from "#protocol/x509/issue.ts";
import { createKeyPool, keyPoolSizeDefault } from "#sandbox/crypto/key-pool.ts";
import { pinCertificates, type SeededDevice } from "./seed.ts";

/** One device, in the form in which it travels to the process that makes the load. */
export type Participant = SeededDevice & { readonly certificate: Buffer; readonly keyPem: string };

/** The server's authority, its key opened. */
export async function openAuthority(client: pg.Client, sealer: Sealer): Promise<Authority> {
  const { rows } = await client.query<{ id: AuthorityId; certificate: Buffer; private_key_sealed: Buffer }>(
    "select id, certificate, private_key_sealed from certificate_authorities",
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server has made no authority");
  const { id, certificate, private_key_sealed: privateKeySealed } = row;
  return {
    id,
    certificate: decodeCertificate(certificate),
    privateKey: openAuthorityKey(sealer, { certificate, privateKeySealed }),
  };
}

/** Issues a certificate to each device and pins it. */
export async function certifyDevices(
  client: pg.Client,
  devices: readonly SeededDevice[],
  { authority, metaBusinessUnitId }: { readonly authority: Authority; readonly metaBusinessUnitId: number },
): Promise<Participant[]> {
  const pool = createKeyPool();
  const pairs = await Promise.all(Array.from({ length: keyPoolSizeDefault }, (_, place) => pool.pick(place)));
  const pems = pairs.map(({ privateKey }) => privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  const at = new Date();
  const certified = devices.map((device, index) => {
    const place = index % pairs.length;
    const sessionSecret = randomBytes(20).toString("hex");
    const plan = planDeviceCertificate(authority, {
      // The place is one of the pool's.
      publicKeyInfo: (pairs[place] as (typeof pairs)[number]).publicKeyInfo,
      serial: serialOf(randomBytes(20)),
      subject: identitySubjectInput({
        kind: "ota",
        sessionSecret,
        serialNumber: device.serialNumber,
        metaBusinessUnitId,
      }),
      at,
    });
    const certificate = issueCertificate(plan);
    return { participant: { ...device, certificate, keyPem: pems[place] as string }, sessionSecret };
  });
  const pins = certified.map(({ participant: { id, certificate }, sessionSecret }) => ({
    deviceId: id,
    fingerprint: certificateFingerprint(certificate),
    notAfter: decodeCertificate(certificate).notAfter,
    sessionSecret,
  }));
  await pinCertificates(client, pins);
  return certified.map(({ participant }) => participant);
}
