-- Past facts, written with the transaction that made them true.
create table events (
  id            uuid primary key,
  sequence      bigint generated always as identity,
  index         integer not null,
  type          text not null,
  at            timestamptz not null,
  tags          text[] not null,
  serial_number text,
  objects       jsonb not null,
  payload       jsonb not null,
  actor_kind    text not null,
  actor_id      text,
  request_id    text not null,
  request       jsonb
);
create index events_at on events (at, sequence);
create index events_serial_number on events (serial_number, at, sequence) where serial_number is not null;
create index events_type on events (type, at, sequence);
create index events_request_id on events (request_id);
-- Devices are found by their serial number; theirs are nearly all events, and cost this index nothing.
create index events_actor on events (actor_kind, actor_id, at, sequence) where actor_kind <> 'device';
create index events_tags on events using gin (tags);
create index events_objects on events using gin (objects jsonb_path_ops);
