-- Lists of very many devices. A push token is whatever a device sends; whether there is one fits into an index.
alter table devices add column has_token boolean not null generated always as (token is not null) stored;

-- All that narrows and orders a list, apart from texts of any length: counting and sorting
-- read a few megabytes of index instead of whole rows with what the devices reported.
create index devices_listed on devices (id) include (
  created_at, blocked_at, checkout_at, has_token, token_rejected_at, platform, os_version, serial_number, blueprint_id,
  supervised, awaiting_configuration);
-- The beginning of a text orders a list as well as all of it, and always fits into an index.
create index devices_name on devices (left(lower(name), 100) nulls first, id);
create index devices_model on devices (left(model, 100) nulls first, id);

-- An index answers alone only where no row has changed since the last vacuum; devices report all day.
alter table devices set (autovacuum_vacuum_scale_factor = 0.02);
