-- What the console lists and searches. Trigrams find text inside names; the extension is trusted, so the owner of a
-- database may make it, and every PostgreSQL server package brings it.
create extension if not exists pg_trgm;

create index devices_search on devices using gin (
  serial_number gin_trgm_ops, name gin_trgm_ops, udid gin_trgm_ops, enrollment_id gin_trgm_ops);
create index device_users_search on device_users using gin (short_name gin_trgm_ops, long_name gin_trgm_ops);
-- Of few different values: which there are is read by skipping from one to the next.
create index devices_os_version on devices (os_version);
-- The few that want attention.
create index target_artifacts_failed on target_artifacts (device_id) where status in ('Failed', 'RemovalFailed');
create index commands_parked on commands (device_id) where parked_at is not null;
