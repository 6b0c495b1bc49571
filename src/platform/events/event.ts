/** A past fact. Each slice defines its own events in `<noun>-events.ts`; this is the shape they share. */

/** Linked objects: kind (`mdm_ota_enrollment`) to the keys of the objects of that kind. */
export type EventObjects = Readonly<Record<string, readonly string[]>>;

export type DomainEvent = {
  /** The specification's event type: `mdm_request`, `zentral_audit`, … */
  readonly type: string;
  /** Public fields only, chosen by allow-list where the event is defined. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** `mdm` and the further tags of protocol specification section 10. */
  readonly tags: readonly string[];
  /** The machine the event is about, when known. */
  readonly serialNumber?: string | null;
  readonly objects?: EventObjects;
};
