-- A request for many devices finds out once who they are, before the first of them gets anything.
alter table bulk_commands
  -- In ascending order; null while they are not known.
  add column device_ids        integer[],
  add column device_count      integer,
  -- When more are meant, none gets the command.
  add column devices_max       integer not null default 1000000,
  -- Why no device got the command.
  add column refusal           text,
  -- Each device gets secrets of its own, such as the PIN that unlocks a Mac.
  add column generates_secrets boolean not null default false;
