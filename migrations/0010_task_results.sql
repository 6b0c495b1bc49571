-- What became of tasks that callers of the API started and ask about later. The owner is no reference: a result outlives
-- its account until it is purged, and account ids are never used twice.
create table task_results (
  id               uuid primary key,
  name             text not null,
  status           text not null check (status in ('PENDING', 'STARTED', 'SUCCESS', 'FAILURE')),
  owner_account_id integer,
  result           jsonb,
  created_at       timestamptz not null,
  started_at       timestamptz,
  finished_at      timestamptz,
  constraint task_results_finished_whole check ((finished_at is null) = (status in ('PENDING', 'STARTED')))
);
create index task_results_created_at on task_results (created_at);
