/** Push certificates in the operators' API: http-api 2.2 to read, and our own endpoints to write (decisions). */
import { type TSchema, Type } from "typebox";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asId } from "#platform/ids.ts";
import { Secret } from "#platform/secret.ts";
import {
  type PushCertificate,
  PushCertificateFilter,
  PushCertificateInput,
  PushCertificateUpload,
  PushCertificateView,
} from "./push-certificate.ts";
import {
  createPushCertificate,
  deletePushCertificate,
  type PushCertificateDeps,
  requestPushCertificate,
  requestSignedPushCsr,
  requirePushCertificate,
  uploadPushCertificate,
} from "./push-certificate-operations.ts";
import { listPushCertificates } from "./push-certificate-store.ts";

function view(row: PushCertificate) {
  return {
    id: row.id,
    provisioning_uid: row.provisioningUid,
    name: row.name,
    topic: row.topic,
    not_before: wireTime(row.notBefore),
    not_after: wireTime(row.notAfter),
    certificate: row.certificate,
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
  };
}

const list = readEndpoint<PushCertificateDeps, typeof PushCertificateFilter>({
  method: "GET",
  path: "/api/mdm/push_certificates/",
  operationId: "listPushCertificates",
  view: "push_certificates",
  access: "mdm.view_pushcertificate",
  summary: "Lists push certificates",
  query: PushCertificateFilter,
  response: { status: 200, schema: PushCertificateView },
  list: "envelope",
  handle: async (_deps, op, { query, page }) => {
    const { count, rows } = await listPushCertificates(op.tx, query, page);
    return { count, rows: rows.map(view) };
  },
});

const create = writeEndpoint<PushCertificateDeps, TSchema, typeof PushCertificateInput>({
  method: "POST",
  path: "/api/mdm/push_certificates/",
  operationId: "createPushCertificate",
  view: "push_certificates",
  access: "mdm.add_pushcertificate",
  summary: "Creates a push certificate and its key",
  description: "Next: fetch its CSR, have Apple sign it, upload the certificate.",
  body: PushCertificateInput,
  response: { status: 201, schema: PushCertificateView },
  handle: async (deps, op, { body }) => view(await createPushCertificate(op, deps, body)),
});

const find = readEndpoint<PushCertificateDeps>({
  method: "GET",
  path: "/api/mdm/push_certificates/:id/",
  operationId: "findPushCertificate",
  view: "push_certificate",
  access: "mdm.view_pushcertificate",
  summary: "Shows a push certificate",
  response: { status: 200, schema: PushCertificateView },
  handle: async (_deps, op, { params }) => view(await requirePushCertificate(op.tx, asId(params.id))),
});

const remove = writeEndpoint<PushCertificateDeps>({
  method: "DELETE",
  path: "/api/mdm/push_certificates/:id/",
  operationId: "deletePushCertificate",
  view: "push_certificate",
  access: "mdm.delete_pushcertificate",
  summary: "Deletes a push certificate that no device and no enrollment uses",
  response: { status: 204, schema: null },
  handle: async (_deps, op, { params }) => deletePushCertificate(op, asId(params.id)),
});

/** Writes, because asking for the CSR of a certificate in use makes the next key. */
const csr = writeEndpoint<PushCertificateDeps>({
  method: "GET",
  path: "/api/mdm/push_certificates/:id/csr/",
  operationId: "findPushCertificateCsr",
  view: "push_certificate_csr",
  access: "mdm.change_pushcertificate",
  summary: "The certificate request that Apple turns into the next certificate",
  response: { status: 200, schema: Type.Object({ csr: Type.String({ description: "PKCS#10, PEM" }) }) },
  handle: async (deps, op, { params }) => ({ csr: await requestPushCertificate(op, deps, asId(params.id)) }),
});

const signedCsr = readEndpoint<PushCertificateDeps>({
  method: "GET",
  path: "/api/mdm/push_certificates/:id/signed_csr/",
  operationId: "findPushCertificateSignedCsr",
  view: "push_certificate_signed_csr",
  access: "mdm.change_pushcertificate",
  summary: "The request as Apple's Push Certificates Portal takes it, signed by the configured signer",
  description: "Ask for the CSR first, which makes the key. 404 when no signer is configured.",
  response: {
    status: 200,
    schema: Type.Object({ signed_csr: Type.String({ description: "The file for the portal, base64" }) }),
  },
  handle: async (deps, op, { params }) => ({
    signed_csr: await requestSignedPushCsr(op, deps, asId(params.id)),
  }),
});

const upload = writeEndpoint<PushCertificateDeps, TSchema, typeof PushCertificateUpload>({
  method: "PUT",
  path: "/api/mdm/push_certificates/:id/certificate/",
  operationId: "uploadPushCertificate",
  view: "push_certificate_certificate",
  access: "mdm.change_pushcertificate",
  summary: "Uploads or renews the certificate",
  description: "It must belong to the key of the CSR, or come with its own key; a renewal keeps the topic.",
  body: PushCertificateUpload,
  response: { status: 200, schema: PushCertificateView },
  handle: async (deps, op, { params, body }) =>
    view(
      await uploadPushCertificate(op, deps, {
        id: asId(params.id),
        upload: {
          certificate: body.certificate,
          privateKey: body.private_key ? new Secret(body.private_key) : null,
          password: body.password ? new Secret(body.password) : null,
        },
      }),
    ),
});

export const pushCertificateEndpoints: readonly Endpoint<PushCertificateDeps>[] = [
  list,
  create,
  find,
  remove,
  csr,
  signedCsr,
  upload,
];
