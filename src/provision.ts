/** What the configuration file names is applied at each start: issuers and push certificates. */
import { readAcmeIssuerEntry } from "#mdm/identities/acme-issuer-api.ts";
import { provisionAcmeIssuer } from "#mdm/identities/acme-issuer-operations.ts";
import { readScepIssuerEntry } from "#mdm/identities/scep-issuer-api.ts";
import { provisionScepIssuer } from "#mdm/identities/scep-issuer-operations.ts";
import { provisionPushCertificate } from "#mdm/push/provision-push-certificates-operations.ts";
import type { Config } from "#platform/config.ts";
import { OperationRefused } from "#platform/errors.ts";
import { operate, type Operation, operatorActor, type OperationSource } from "#platform/operation.ts";
import type { Sealer } from "#platform/sealer.ts";

export type Provisioning = {
  readonly config: Config;
  readonly source: OperationSource;
  readonly sealer: Sealer;
};

type IssuerEntries = Config["mdm"]["provisioning"]["scepIssuers"];

/** Applies the issuers of one kind; an entry that is malformed or refused is only told of. */
async function provisionIssuers<Write extends object>(
  source: OperationSource,
  entries: IssuerEntries,
  issuers: {
    readonly kind: string;
    readonly read: (fields: unknown) => Write | { readonly errors: Readonly<Record<string, unknown>> };
    readonly apply: (op: Operation, entry: Write & { readonly uid: string }) => Promise<void>;
  },
): Promise<void> {
  const { log } = source;
  for (const { uid, fields } of entries) {
    const write = issuers.read(fields);
    if ("errors" in write) {
      log.error({ uid, errors: write.errors }, `Cannot provision ${issuers.kind}`);
      continue;
    }
    try {
      await operate(source, operatorActor("provision"), (op) => issuers.apply(op, { ...write, uid }));
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
      log.error({ uid, detail: error.refusal.detail }, `Cannot provision ${issuers.kind}`);
    }
  }
}

/** Applies what the configuration file names; an entry that is refused is only told of (console-ops 3.3). */
export async function provision({ config, source, sealer }: Provisioning): Promise<void> {
  const { log } = source;
  const { pushCertificates, scepIssuers, acmeIssuers } = config.mdm.provisioning;
  await provisionIssuers(source, scepIssuers, {
    kind: "a SCEP issuer",
    read: readScepIssuerEntry,
    apply: (op, entry) => provisionScepIssuer(op, { sealer }, entry),
  });
  await provisionIssuers(source, acmeIssuers, {
    kind: "an ACME issuer",
    read: readAcmeIssuerEntry,
    apply: (op, entry) => provisionAcmeIssuer(op, { sealer }, entry),
  });
  for (const entry of pushCertificates) {
    try {
      await operate(source, operatorActor("provision"), (op) =>
        provisionPushCertificate(op, { sealer }, entry),
      );
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
      log.error({ uid: entry.uid, detail: error.refusal.detail }, "Cannot provision a push certificate");
    }
  }
}
