-- The jobs that run by the clock: when each ran last and how it ended, and when it runs next.
create table schedules (
  name             text primary key,
  -- Five fields of cron, UTC.
  pattern          text not null,
  last_started_at  timestamptz,
  last_finished_at timestamptz,
  last_outcome     text check (last_outcome in ('succeeded', 'failed')),
  -- What kind of error; its words are in the log.
  last_error       text,
  next_run_at      timestamptz
);
