/** What operators do with push certificates: create, ask Apple for a certificate, upload it, renew it, delete. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import type { Operation, ReadOperation } from "#platform/operation.ts";
import { openText, type SealContext, type Sealer, sealText } from "#platform/sealer.ts";
import type { Secret } from "#platform/secret.ts";
import { encodeCertificateRequest } from "#protocol/x509/certificate-request.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import {
  certificateRequestSubject,
  type PushCertificate,
  type PushCertificateFacts,
  type PushCertificateId,
  pushKeyBits,
  readPushCertificate,
  refusal,
  refuseReplacement,
  serializePushCertificate,
} from "./push-certificate.ts";
import {
  type Conflict,
  deletePushCertificateRow,
  findNextKey,
  findPushCertificate,
  findPushCertificateByTopic,
  findPushCertificateForUpdate,
  insertPushCertificate,
  type SealedPushKeys,
  updateNextKey,
  updatePushCertificateName,
  updatePushMaterial,
} from "./push-certificate-store.ts";
import type { SignPushCsr } from "./push-csr-signer.ts";
import { isPair, readPrivateKey } from "./push-private-key.ts";

export type PushCertificateDeps = {
  readonly sealer: Sealer;
  /** Absent or null: operators have the CSR signed themselves. */
  readonly signPushCsr?: SignPushCsr | null;
};

/** A certificate as it was uploaded; without `privateKey` it must belong to a key made here. */
export type PushUpload = {
  readonly certificate: string;
  readonly privateKey: Secret<string> | null;
  readonly password: Secret<string> | null;
};

type Locked = PushCertificate & SealedPushKeys;
type KeyColumn = "private_key_sealed" | "next_private_key_sealed";

/** Creates a push certificate without a certificate, and the key for its first one. */
export async function createPushCertificate(
  op: Operation,
  deps: PushCertificateDeps,
  input: { readonly name: string; readonly provisioningUid?: string },
): Promise<PushCertificate> {
  const { name, provisioningUid = null } = input;
  const created = await insertPushCertificate(op.tx, { name, provisioningUid, at: op.at });
  if ("conflict" in created) throw refusedConflict(created);
  await makeNextKey(op, deps, created.id);
  recordChange(op, { action: "created", after: created });
  return created;
}

/**
 * Makes the request that Apple turns into the next certificate.
 *
 * The same key answers until its certificate is uploaded, so asking twice does no harm; after that, a new one is made.
 *
 * @returns PKCS#10 as PEM text.
 */
export async function requestPushCertificate(
  op: Operation,
  deps: PushCertificateDeps,
  id: PushCertificateId,
): Promise<string> {
  const row = await lock(op, id);
  const privateKey = openKey(deps, row, "next_private_key_sealed") ?? (await makeNextKey(op, deps, id));
  return encodePem("CERTIFICATE REQUEST", requestFor(id, privateKey));
}

function requestFor(id: PushCertificateId, privateKey: KeyObject): Buffer {
  return encodeCertificateRequest({
    subject: certificateRequestSubject(id),
    privateKey,
    publicKeyInfo: createPublicKey(privateKey).export({ type: "spki", format: "der" }),
  });
}

/**
 * Has the configured signer sign the request of the key whose certificate is awaited.
 *
 * It holds no transaction while it waits for the signer; so the CSR, which makes the key, must have been asked for.
 *
 * @returns What is uploaded to Apple's Push Certificates Portal, base64.
 */
export async function requestSignedPushCsr(
  op: ReadOperation,
  deps: PushCertificateDeps,
  id: PushCertificateId,
): Promise<string> {
  await requirePushCertificate(op.tx, id);
  if (!deps.signPushCsr) {
    const detail = "No push CSR signer is configured.";
    throw new OperationRefused({ kind: "not_found", code: "push_csr_signer_missing", detail });
  }
  const sealed = await findNextKey(op.tx, id);
  if (sealed === null) {
    const detail = "There is no key that waits for a certificate; ask for the CSR first";
    throw new OperationRefused({ kind: "invalid", code: "push_csr_missing", detail });
  }
  const context = contextOf(id, "next_private_key_sealed");
  const privateKey = createPrivateKey(openText(deps.sealer, sealed, context).reveal());
  const signed = await deps.signPushCsr(requestFor(id, privateKey));
  if (typeof signed !== "string") throw new OperationRefused(signed);
  return signed;
}

/** Gives a push certificate another name. */
export async function renamePushCertificate(
  op: Operation,
  id: PushCertificateId,
  name: string,
): Promise<PushCertificate> {
  const before = await lock(op, id);
  const after = await updatePushCertificateName(op.tx, id, { name, at: op.at });
  if ("conflict" in after) throw refusedConflict(after);
  recordChange(op, { action: "updated", before, after });
  return after;
}

/** Puts Apple's certificate in place: the first one, or the one that renews it. */
export async function uploadPushCertificate(
  op: Operation,
  deps: PushCertificateDeps,
  { id, upload }: { readonly id: PushCertificateId; readonly upload: PushUpload },
): Promise<PushCertificate> {
  const before = await lock(op, id);
  const facts = readPushCertificate(upload.certificate);
  if ("code" in facts) throw new OperationRefused(facts);
  const keys = chooseKey(deps, before, { upload, facts });
  throwIfRefused(refuseReplacement(before, facts, op.at));
  const after = await updatePushMaterial(op.tx, id, { ...facts, ...keys, at: op.at });
  if ("conflict" in after) throw refusedConflict(after);
  recordChange(op, { action: "updated", before, after });
  return after;
}

/** Deletes a push certificate that nothing refers to. */
export async function deletePushCertificate(op: Operation, id: PushCertificateId): Promise<void> {
  const before = await lock(op, id);
  const isDeleted = before.provisioningUid === null && (await deletePushCertificateRow(op.tx, id));
  if (!isDeleted) {
    const detail = "This push certificate cannot be deleted";
    throw new OperationRefused({ kind: "conflict", code: "push_certificate_in_use", detail });
  }
  recordChange(op, { action: "deleted", before });
}

/** The push certificate of a topic, which check-in looks up by what the device says; null when there is none. */
export function findTopicCertificate(reader: Reader, topic: string): Promise<PushCertificate | null> {
  return findPushCertificateByTopic(reader, topic);
}

/** The push certificate of this id. @throws {OperationRefused} `push_certificate_not_found` */
export async function requirePushCertificate(
  reader: Reader,
  id: PushCertificateId,
): Promise<PushCertificate> {
  const found = await findPushCertificate(reader, id);
  if (found === null) throw notFound();
  return found;
}

async function lock(op: Operation, id: PushCertificateId): Promise<Locked> {
  const row = await findPushCertificateForUpdate(op.tx, id);
  if (row === null) throw notFound();
  return row;
}

function notFound(): OperationRefused {
  const detail = "No PushCertificate matches the given query.";
  return new OperationRefused({ kind: "not_found", code: "push_certificate_not_found", detail });
}

function refusedConflict({ conflict }: Conflict): OperationRefused {
  return new OperationRefused(
    conflict === "name"
      ? refusal("push_certificate_name_taken", "name", "push certificate with this name already exists.")
      : refusal(
          "push_certificate_topic_taken",
          "certificate",
          "push certificate with this topic already exists.",
        ),
  );
}

/** A key that comes with the certificate, else the one made for it, else the one in use (a reissue). */
function chooseKey(
  deps: PushCertificateDeps,
  row: Locked,
  { upload, facts }: { readonly upload: PushUpload; readonly facts: PushCertificateFacts },
): SealedPushKeys {
  const { nextPrivateKeySealed } = row;
  if (upload.privateKey !== null) {
    const given = readPrivateKey(upload.privateKey.reveal(), upload.password?.reveal() ?? null);
    if ("code" in given) throw new OperationRefused(given);
    if (!isPair(facts.publicKey, given)) throw mismatch();
    return { privateKeySealed: sealKey(deps, given, contextOf(row.id)), nextPrivateKeySealed };
  }
  const next = openKey(deps, row, "next_private_key_sealed");
  if (next !== null && isPair(facts.publicKey, next)) {
    return { privateKeySealed: sealKey(deps, next, contextOf(row.id)), nextPrivateKeySealed: null };
  }
  const current = openKey(deps, row, "private_key_sealed");
  if (current === null || !isPair(facts.publicKey, current)) throw mismatch();
  return { privateKeySealed: row.privateKeySealed, nextPrivateKeySealed };
}

function mismatch(): OperationRefused {
  const detail = "The certificate and key do not form a pair";
  return new OperationRefused(refusal("push_certificate_pair_mismatch", "certificate", detail));
}

async function makeNextKey(
  op: Operation,
  deps: PushCertificateDeps,
  id: PushCertificateId,
): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: pushKeyBits });
  await updateNextKey(op.tx, id, sealKey(deps, privateKey, contextOf(id, "next_private_key_sealed")));
  return privateKey;
}

/** Where a key is sealed to. */
export function contextOf(id: PushCertificateId, column: KeyColumn = "private_key_sealed"): SealContext {
  return { table: "push_certificates", column, row: id };
}

function sealKey(deps: PushCertificateDeps, key: KeyObject, context: SealContext): Buffer {
  return sealText(deps.sealer, key.export({ type: "pkcs8", format: "pem" }).toString(), context);
}

function openKey(deps: PushCertificateDeps, row: Locked, column: KeyColumn): KeyObject | null {
  const sealed = column === "private_key_sealed" ? row.privateKeySealed : row.nextPrivateKeySealed;
  if (sealed === null) return null;
  return createPrivateKey(openText(deps.sealer, sealed, contextOf(row.id, column)).reveal());
}

type Change = {
  readonly action: "created" | "updated" | "deleted";
  readonly before?: PushCertificate;
  readonly after?: PushCertificate;
};

function recordChange(op: Operation, { action, before, after }: Change): void {
  const subject = after ?? before;
  if (subject === undefined) return;
  op.record(
    auditEvent({
      action,
      model: "mdm.pushcertificate",
      pk: subject.id,
      ...(before === undefined ? {} : { prevValue: serializePushCertificate(before) }),
      ...(after === undefined ? {} : { newValue: serializePushCertificate(after) }),
      objectKey: "mdm_push_certificate",
      app: "mdm",
    }),
  );
}
