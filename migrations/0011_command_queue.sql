-- What keeps a queue moving: expiry, supersession, back-off and parking; and how a command ended that was not answered.
alter table commands
  add column expires_at    timestamptz,
  -- Of the commands of a target with one key that the device does not hold, the last one wins.
  add column supersede_key text,
  add column not_now_count integer not null default 0,
  -- Not handed out before this time: after a NotNow, or while it is parked.
  add column retry_at      timestamptz,
  -- Handed out again and again, and never answered.
  add column parked_at     timestamptz,
  -- Taken back by an operator while the device may hold it: not handed out again, an answer is still taken.
  add column cancelled_at  timestamptz;
create index commands_supersede_key on commands (device_id, supersede_key) where supersede_key is not null;
create index commands_expires_at on commands (expires_at) where expires_at is not null;

alter table command_history
  add column outcome text not null default 'answered'
    check (outcome in ('answered', 'expired', 'superseded', 'cancelled')),
  alter column status drop not null,
  alter column result_time drop not null,
  add constraint command_history_answered_whole check ((outcome = 'answered') = (status is not null)),
  add constraint command_history_answered_when check ((outcome = 'answered') = (result_time is not null));
