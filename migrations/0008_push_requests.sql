-- One pending push a target: a hundred reasons to wake a device are one row.
create table push_requests (
  id                 bigint generated always as identity primary key,
  device_id          integer not null references devices on delete cascade,
  device_user_id     integer references device_users on delete cascade,
  priority           smallint not null,
  expiration_seconds integer not null,
  not_before         timestamptz not null,
  requested_at       timestamptz not null,
  -- Grows with each further reason; a request that came while one was being sent is seen by it and not lost.
  request_count      integer not null default 1,
  attempt_count      integer not null default 0,
  claimed_until      timestamptz,
  constraint push_requests_one_per_target unique nulls not distinct (device_id, device_user_id)
);
create index push_requests_due on push_requests (priority desc, not_before);
