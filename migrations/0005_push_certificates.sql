create table push_certificates (
  id                 integer generated always as identity primary key,
  provisioning_uid   text constraint push_certificates_provisioning_uid_unique unique,
  name               text not null constraint push_certificates_name_unique unique,
  topic              text constraint push_certificates_topic_unique unique,
  certificate        text,
  private_key_sealed bytea,
  -- The key made for the next certificate; it replaces the other one when its certificate is uploaded.
  next_private_key_sealed bytea,
  not_before         timestamptz,
  not_after          timestamptz,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  constraint push_certificates_material_whole check (
    (certificate is null) = (topic is null)
    and (certificate is null) = (not_before is null)
    and (certificate is null) = (not_after is null)
    and (certificate is null or private_key_sealed is not null))
);
