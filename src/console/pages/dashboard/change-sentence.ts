/** What people changed, in a sentence. */
import { eventSentence } from "../../format/event-sentence.ts";
import type { Dashboard } from "./dashboard-query.ts";

type ChangeRow = NonNullable<Dashboard["changes"]>[number];

/** A change as the event log tells it, such as `anna changed the blueprint “Sales”`. */
export function changeSentence(change: ChangeRow): string {
  const { actor, action, model, pk, machine_serial_number: serial } = change;
  const name = change.name ?? serial;
  return eventSentence({
    type: "zentral_audit",
    actor,
    request: actor.name === null ? null : { user: { username: actor.name } },
    payload: { action, object: { model, pk, new_value: name === null ? null : { name } } },
  });
}
