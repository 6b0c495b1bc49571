-- What failed or was tried again tells the manifest of a target from those of others. Most targets have no such row.
create index target_artifacts_told on target_artifacts (device_id) where retry_count > 0 or status = 'Failed';
