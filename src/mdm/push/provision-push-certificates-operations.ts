/** Push certificates that the configuration file names: made and kept in step at each start (console-ops 3.3). */
import { takeStartTurn } from "#platform/db/start-turn.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { decodeCertificateChain, encodePem } from "#protocol/x509/pem.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import { refusal } from "./push-certificate.ts";
import {
  createPushCertificate,
  type PushCertificateDeps,
  renamePushCertificate,
  uploadPushCertificate,
} from "./push-certificate-operations.ts";
import { findProvisionedPushCertificateForUpdate } from "./push-certificate-store.ts";

/** One entry of the file: what it is called, and Apple's certificate once there is one. */
export type PushCertificateEntry = {
  readonly uid: string;
  readonly name: string;
  readonly certificate: string | null;
};

/**
 * Applies one entry. The uid is stable: a changed value changes the object, and an entry that is gone leaves it.
 *
 * @throws {OperationRefused} for a certificate before there is a key, a name that is taken, and everything an upload
 *   may be refused for.
 */
export async function provisionPushCertificate(
  op: Operation,
  deps: PushCertificateDeps,
  entry: PushCertificateEntry,
): Promise<void> {
  await takeStartTurn(op.tx);
  const found = await findProvisionedPushCertificateForUpdate(op.tx, entry.uid);
  if (found === null) {
    await createFromEntry(op, deps, entry);
    return;
  }
  if (found.name !== entry.name) await renamePushCertificate(op, found.id, entry.name);
  if (entry.certificate === null) return;
  const leaf = leafOf(entry.certificate);
  if (leaf !== null && leaf === found.certificate) return;
  const upload = { certificate: entry.certificate, privateKey: null, password: null };
  await uploadPushCertificate(op, deps, { id: found.id, upload });
}

async function createFromEntry(
  op: Operation,
  deps: PushCertificateDeps,
  { uid, name, certificate }: PushCertificateEntry,
): Promise<void> {
  if (certificate !== null) {
    const detail = "A new push certificate cannot have a certificate yet: its key is made now";
    throw new OperationRefused(refusal("push_certificate_pair_mismatch", "certificate", detail));
  }
  await createPushCertificate(op, deps, { name, provisioningUid: uid });
}

/** The first certificate as it is stored; null when there is none, which the upload then refuses. */
function leafOf(pem: string): string | null {
  try {
    const [leaf] = decodeCertificateChain(pem);
    return leaf === undefined ? null : encodePem("CERTIFICATE", leaf.raw);
  } catch (error) {
    if (error instanceof X509Error) return null;
    throw error;
  }
}
