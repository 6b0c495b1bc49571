-- The built-in certificate authority, what it issued, the challenges that allow it, and issuers as the API shows them.
create table certificate_authorities (
  id                 integer generated always as identity primary key,
  name               text not null constraint certificate_authorities_name_unique unique,
  certificate        bytea not null,
  private_key_sealed bytea not null,
  not_after          timestamptz not null,
  created_at         timestamptz not null
);

-- What enrollment profiles are signed with when the server has no TLS key of its own.
create table signing_certificates (
  id                       integer generated always as identity primary key,
  certificate_authority_id integer not null references certificate_authorities,
  certificate              bytea not null,
  private_key_sealed       bytea not null,
  not_after                timestamptz not null,
  created_at               timestamptz not null
);

create table scep_issuers (
  id                      uuid primary key,
  provisioning_uid        text constraint scep_issuers_provisioning_uid_unique unique,
  name                    text not null constraint scep_issuers_name_unique unique,
  description             text not null,
  url                     text not null,
  key_size                integer not null,
  key_usage               integer not null,
  backend                 text not null,
  backend_settings_sealed bytea,
  version                 integer not null,
  created_at              timestamptz not null,
  updated_at              timestamptz not null
);

create table issued_certificates (
  id                       bigint generated always as identity primary key,
  certificate_authority_id integer not null references certificate_authorities,
  serial_number            bytea not null,
  bound_to                 text not null,
  public_key_fingerprint   bytea not null,
  fingerprint              bytea not null constraint issued_certificates_fingerprint_unique unique,
  certificate              bytea not null,
  not_before               timestamptz not null,
  not_after                timestamptz not null,
  issued_at                timestamptz not null,
  constraint issued_certificates_serial_unique unique (certificate_authority_id, serial_number)
);
create index issued_certificates_bound_to on issued_certificates (bound_to, public_key_fingerprint);

-- One row allows one certificate: for one bearer, until it expires, with the subject decided here and not by the request.
create table scep_challenges (
  id                     bigint generated always as identity primary key,
  challenge_hash         bytea not null constraint scep_challenges_hash_unique unique,
  bound_to               text not null,
  subject_sealed         bytea not null,
  created_at             timestamptz not null,
  expires_at             timestamptz not null,
  used_at                timestamptz,
  transaction_id         text,
  public_key_fingerprint bytea,
  issued_certificate_id  bigint references issued_certificates,
  constraint scep_challenges_used_whole check (
    (used_at is null) = (issued_certificate_id is null)
    and (used_at is null) = (transaction_id is null)
    and (used_at is null) = (public_key_fingerprint is null))
);
create index scep_challenges_expires_at on scep_challenges (expires_at);
create index scep_challenges_bound_to on scep_challenges (bound_to);
