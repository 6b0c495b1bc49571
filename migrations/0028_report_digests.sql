-- A report that is the one before again is not kept again. Null for those that were kept before this was known.
alter table status_reports add column digest bytea;
