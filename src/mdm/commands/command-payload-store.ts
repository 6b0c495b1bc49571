/** What was sent with a command, as it may be shown, and what was answered; of the queue and of the history. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactOperation, CommandArguments, CommandUuid } from "./command.ts";

export type CommandPayload = {
  readonly uuid: CommandUuid;
  readonly deviceId: number;
  readonly deviceUserId: number | null;
  readonly name: string;
  readonly requestType: string;
  readonly shownArguments: CommandArguments | null;
  readonly artifactVersion: string | null;
  readonly artifactOperation: ArtifactOperation | null;
  /** A binary property list. */
  readonly result: Buffer | null;
};

/** The command of a UUID on a channel, live or finished. */
export function findPayload(
  reader: Reader,
  channel: "Device" | "User",
  uuid: string,
): Promise<CommandPayload | null> {
  const isOfUser = channel === "User";
  return reader.maybe(sql`
    select uuid, device_id, device_user_id, name, request_type, shown_arguments, artifact_version,
           artifact_operation, null::bytea as result
      from commands where uuid = ${uuid} and (device_user_id is not null) = ${isOfUser}
    union all
    select uuid, device_id, device_user_id, name, request_type, shown_arguments, artifact_version,
           artifact_operation, result
      from command_history where uuid = ${uuid} and (device_user_id is not null) = ${isOfUser}`);
}
