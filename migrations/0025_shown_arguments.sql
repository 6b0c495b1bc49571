-- What people may see of a command's arguments: written when it is queued, kept with the history. No secret is in it,
-- so that none need be opened to show what was sent. Null for commands of earlier versions.
alter table commands add column shown_arguments jsonb;
alter table command_history add column shown_arguments jsonb;
