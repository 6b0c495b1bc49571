/** The operators' door to trying a push certificate. */
import { type TSchema, Type } from "typebox";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { asId } from "#platform/ids.ts";
import type { CheckPushCertificate, PushCheck } from "./push-certificate-check-operations.ts";

export type PushCheckApiDeps = { readonly checkPushCertificate: CheckPushCertificate };

const View = Type.Object({
  is_ok: Type.Boolean({ description: "Apple takes pushes with this certificate" }),
  reason: Type.String({
    description:
      "`accepted`; `no_certificate`, `expired`, `unusable`, `no_answer`; else what Apple or the connection said",
  }),
});

/** One endpoint: whether Apple takes a certificate. */
export const pushCertificateCheckEndpoints: readonly Endpoint<PushCheckApiDeps>[] = [
  writeEndpoint<PushCheckApiDeps, TSchema, TSchema, PushCheck>({
    method: "POST",
    path: "/api/mdm/push_certificates/:id/test/",
    operationId: "testPushCertificate",
    view: "push_certificate_test",
    access: "mdm.change_pushcertificate",
    summary: "Whether Apple takes a push certificate",
    description: "Sends a notification to a device that does not exist, and waits up to 10 seconds.",
    response: { status: 200, schema: View },
    prepare: (deps, op, { params }) => deps.checkPushCertificate(op, asId(params.id)),
    handle: async (_deps, _op, { prepared }) => ({ is_ok: prepared.isOk, reason: prepared.reason }),
  }),
];
