-- One command for many devices: the request is stored whole, jobs carry it out in batches.
create table bulk_commands (
  id             uuid primary key,
  name           text not null,
  arguments      jsonb not null,
  -- Once for all devices: their commands refer to it.
  secrets_sealed bytea,
  selection      jsonb not null,
  not_before     timestamptz,
  expires_at     timestamptz,
  supersede_key  text,
  spread_seconds integer not null,
  -- The devices up to this one are done; with their commands in one transaction, so none gets two.
  cursor_id      integer not null default 0,
  created_at     timestamptz not null,
  finished_at    timestamptz
);
create index bulk_commands_unfinished on bulk_commands (created_at) where finished_at is null;

create table bulk_command_targets (
  bulk_command_id uuid not null references bulk_commands on delete cascade,
  device_id       integer not null references devices on delete cascade,
  command_uuid    uuid,
  -- Why it got no command.
  refusal         text,
  primary key (bulk_command_id, device_id),
  constraint bulk_command_targets_either check ((command_uuid is null) <> (refusal is null))
);
create index bulk_command_targets_device_id on bulk_command_targets (device_id);

alter table commands add column bulk_command_id uuid references bulk_commands;
create index commands_bulk_command_id on commands (bulk_command_id) where bulk_command_id is not null;
