/** The event of a SCEP request, granted or refused. It names neither the challenge nor the subject: both are secrets. */
import type { DomainEvent } from "#platform/events/event.ts";

/** What the request says of itself, short enough to be kept. */
export type ScepRequestFacts = {
  readonly operation: string;
  readonly transactionId: string | null;
  readonly messageType: string | null;
};

/** Records that a certificate was issued, or given once more to who already got it. */
export function scepRequestSucceeded(
  facts: ScepRequestFacts,
  issued: { readonly boundTo: string; readonly serialNumber: string | null; readonly isRepeat: boolean },
): DomainEvent {
  return {
    type: "scep_request",
    tags: ["mdm", "scep"],
    serialNumber: issued.serialNumber,
    payload: { status: "success", ...payload(facts), bound_to: issued.boundTo, repeated: issued.isRepeat },
  };
}

/** Records a refusal under the name that the answer keeps to itself. */
export function scepRequestFailed(facts: ScepRequestFacts, reason: string): DomainEvent {
  return {
    type: "scep_request",
    tags: ["mdm", "scep"],
    payload: { status: "failure", ...payload(facts), reason },
  };
}

function payload({ operation, transactionId, messageType }: ScepRequestFacts): Record<string, unknown> {
  return {
    operation,
    ...(transactionId === null ? {} : { transaction_id: transactionId }),
    ...(messageType === null ? {} : { message_type: messageType }),
  };
}
