-- The live queue holds only what is not finished; an answer moves the row to the history.
create table commands (
  id                 bigint generated always as identity primary key,
  uuid               uuid not null constraint commands_uuid_unique unique,
  device_id          integer not null references devices on delete cascade,
  device_user_id     integer references device_users on delete cascade,
  name               text not null,
  request_type       text not null,
  arguments          jsonb not null,
  secrets_sealed     bytea,
  artifact_version   uuid,
  artifact_operation text check (artifact_operation in ('INSTALLATION', 'REMOVAL')),
  state              text not null check (state in ('queued', 'sent', 'not_now')),
  -- Higher goes first; the helpdesk's lock does not wait behind an inventory.
  priority           smallint not null,
  not_before         timestamptz,
  sent_at            timestamptz,
  delivery_count     integer not null default 0,
  result_time        timestamptz,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  constraint commands_sent_when_not_queued check ((state = 'queued') = (sent_at is null))
);
create index commands_next on commands (device_id, device_user_id, priority desc, created_at, id);

-- In partitions by the month a command ended in, so that old months go as a whole. The server makes them ahead; the
-- default one takes what finds no month, so that no answer is ever refused.
create table command_history (
  uuid               uuid not null,
  device_id          integer not null references devices on delete cascade,
  -- No reference: history outlives the user channel.
  device_user_id     integer,
  name               text not null,
  request_type       text not null,
  artifact_version   uuid,
  artifact_operation text,
  not_before         timestamptz,
  sent_at            timestamptz,
  delivery_count     integer not null,
  status             text not null check (status in ('Acknowledged', 'Error', 'CommandFormatError', 'NotNow')),
  result             bytea,
  result_time        timestamptz not null,
  error_chain        jsonb,
  created_at         timestamptz not null,
  -- When it ended: rows are never changed.
  updated_at         timestamptz not null,
  -- A UUID is unique in the queue and leaves it once.
  primary key (uuid, updated_at)
) partition by range (updated_at);
create table command_history_default partition of command_history default;
create index command_history_device on command_history (device_id, created_at);
create index command_history_created on command_history (created_at);
