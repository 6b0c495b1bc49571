--! breaking
-- An account of a directory has the same user id on every Mac: ids are unique on their device only.
alter table device_users drop constraint device_users_user_id_unique;
alter table device_users add constraint device_users_device_id_user_id_unique unique (device_id, user_id);
-- The constraint's index begins with the same column.
drop index device_users_device_id;
