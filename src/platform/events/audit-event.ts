/** The audit event of one create, update or delete through the API (http-api 1.15). */
import type { DomainEvent } from "./event.ts";

export type AuditFacts = {
  readonly action: "created" | "updated" | "deleted";
  /** App and model, `mdm.pushcertificate`. */
  readonly model: string;
  readonly pk: string | number;
  /**
   * The object before an update or a delete. Event-specific values without secrets, never the stored row
   * itself.
   */
  readonly prevValue?: Readonly<Record<string, unknown>>;
  /** The object after a create or an update. */
  readonly newValue?: Readonly<Record<string, unknown>>;
  /**
   * Key of the linked object, `mdm_push_certificate`; inventory objects have no prefix: `meta_business_unit`.
   */
  readonly objectKey: string;
  /**
   * What the event links to instead of the primary key (device commands: the command's UUID), when it
   * differs.
   */
  readonly objectPk?: string;
  /** Further objects on whose timelines the event shows: `{ mdm_blueprint: ["3"] }`. */
  readonly linked?: Readonly<Record<string, readonly string[]>>;
  /** App label that becomes a tag: `mdm`, `inventory`, `accounts`. */
  readonly app: string;
  /** Set for events of one device, so that they show on its timeline. */
  readonly serialNumber?: string | null;
};

/** Makes the `zentral_audit` event; record it in the operation that made the change. */
export function auditEvent(facts: AuditFacts): DomainEvent {
  const { action, model, pk, prevValue, newValue, objectKey, objectPk, linked, app, serialNumber } = facts;
  return {
    type: "zentral_audit",
    payload: {
      action,
      object: {
        model,
        pk: String(pk),
        ...(prevValue === undefined ? {} : { prev_value: prevValue }),
        ...(newValue === undefined ? {} : { new_value: newValue }),
      },
    },
    tags: ["zentral", app],
    serialNumber: serialNumber ?? null,
    objects: { ...linked, [objectKey]: [objectPk ?? String(pk)] },
  };
}
