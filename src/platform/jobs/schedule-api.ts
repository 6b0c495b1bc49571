/** Where operators see what runs by the clock. */
import { Type } from "typebox";
import { type Endpoint, readEndpoint } from "../http/endpoint.ts";
import { choice, nullable, timestamp } from "../http/wire-fields.ts";
import { wireTime } from "../http/wire-time.ts";
import { listSchedules } from "./schedule-store.ts";

const ScheduleView = Type.Object({
  name: Type.String(),
  pattern: Type.String({ description: "Five fields of cron, UTC" }),
  last_started_at: nullable(timestamp()),
  last_finished_at: nullable(timestamp()),
  last_outcome: nullable(choice(["succeeded", "failed"])),
  last_error: nullable(Type.String({ description: "The kind of error; its words are in the log" })),
  next_run_at: nullable(timestamp()),
});

/** One endpoint: every job that runs by the clock. */
export const scheduleEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/schedules/",
    operationId: "listSchedules",
    view: "schedules",
    access: "core.view_schedule",
    summary: "Jobs that run by the clock: last run, outcome, next run",
    response: { status: 200, schema: Type.Array(ScheduleView) },
    list: "array",
    handle: async (_, op) => {
      const schedules = await listSchedules(op.tx);
      return schedules.map((schedule) => ({
        name: schedule.name,
        pattern: schedule.pattern,
        last_started_at: wireTime(schedule.lastStartedAt),
        last_finished_at: wireTime(schedule.lastFinishedAt),
        last_outcome: schedule.lastOutcome,
        last_error: schedule.lastError,
        next_run_at: wireTime(schedule.nextRunAt),
      }));
    },
  }),
];
