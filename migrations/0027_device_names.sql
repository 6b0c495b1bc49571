-- What lists look for in names: texts that are too short for trigrams, or found nearly everywhere, are compared with all
-- names of a device at once, in lower case, and within the index that the other filters read. Of very long names the
-- beginning has to do: it always fits into an index.
alter table devices
  add column search_text text not null generated always as (
    lower(left(serial_number, 100) || E'\n' || left(udid, 100) || E'\n' || left(coalesce(enrollment_id, ''), 100)
      || E'\n' || left(coalesce(name, ''), 250))) stored,
  -- A column, where an expression would have every row read on the way to a far page.
  add column sorted_name text generated always as (left(lower(name), 100)) stored;
alter table device_users
  add column search_text text not null generated always as (
    lower(left(short_name, 250) || E'\n' || left(long_name, 250))) stored;

drop index devices_listed;
create index devices_listed on devices (id) include (
  created_at, blocked_at, checkout_at, has_token, token_rejected_at, platform, os_version, serial_number, blueprint_id,
  supervised, awaiting_configuration, search_text);
drop index devices_name;
create index devices_name on devices (sorted_name nulls first, id);
create index device_users_listed on device_users (device_id) include (search_text);
