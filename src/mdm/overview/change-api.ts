/** The console's door to changes as they happen. */
import { Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { HeadedAnswer } from "#platform/http/headed-answer.ts";
import { StreamAnswer } from "#platform/http/stream-answer.ts";
import { changeTopics, topicPermissions } from "./change.ts";
import { type ChangeStream, streamSecondsMax } from "./change-buffer.ts";

export type ChangeDeps = { readonly changeStream: ChangeStream };

const contentType = "text/event-stream";

const ChangeQuery = Type.Object({
  serial_number: Type.Optional(
    Type.String({ description: "A device whose every contact is told, for those who may see devices" }),
  ),
});

/** One endpoint: server-sent events. */
export const changeEndpoints: readonly Endpoint<ChangeDeps>[] = [
  readEndpoint<ChangeDeps, typeof ChangeQuery>({
    method: "GET",
    path: "/api/stream/",
    operationId: "streamChanges",
    view: "stream",
    access: { special: "session" },
    summary: "What changes, as it changes",
    description:
      'Server-sent events. `hello` names the topics of this stream, those the caller may see: `{"topics": [...]}`. ' +
      "`change` says what is worth reading again, for each topic at most once a second: " +
      '`{"topic": "devices", "ids": [...]}`. Devices and commands are named by serial number, everything else by id; ' +
      `ids are null when there are many. \`contact\` says when the device of \`serial_number\` came, also when nothing else ` +
      'changed, at most once a second: `{"serial_number": "C02…", "at": "…"}`. ' +
      `A stream ends after ${streamSecondsMax / 60} minutes; ask again.`,
    query: ChangeQuery,
    response: { status: 200, schema: null, contentType },
    handle: async ({ changeStream }, _op, { caller, query }) => {
      const topics = changeTopics.filter((topic) => caller?.hasPermission(topicPermissions[topic]) === true);
      const stream = changeStream.open({
        accountId: caller?.id ?? "",
        topics,
        watched: topics.includes("devices") ? (query.serial_number ?? null) : null,
      });
      if (stream === null) {
        const detail = "Too many streams of this account are open.";
        throw new OperationRefused({ kind: "too_many", code: "streams_too_many", detail });
      }
      const answer = new StreamAnswer({ contentType, filename: null, stream });
      // A proxy that waits for more would make live pages late.
      return new HeadedAnswer(answer, { "x-accel-buffering": "no" });
    },
  }),
];
