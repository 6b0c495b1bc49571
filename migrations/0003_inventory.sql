-- Groups of machines: business units, taxonomies, tags. A machine is a serial number.
create table meta_business_units (
  id                     integer generated always as identity primary key,
  name                   text not null constraint meta_business_units_name_unique unique,
  api_enrollment_enabled boolean not null,
  created_at             timestamptz not null,
  updated_at             timestamptz not null
);

create table taxonomies (
  id                    integer generated always as identity primary key,
  name                  text not null constraint taxonomies_name_unique unique,
  meta_business_unit_id integer references meta_business_units,
  created_at            timestamptz not null,
  updated_at            timestamptz not null
);

create table tags (
  id                    integer generated always as identity primary key,
  name                  text not null constraint tags_name_unique unique,
  slug                  text not null constraint tags_slug_unique unique,
  color                 text not null,
  taxonomy_id           integer references taxonomies on delete cascade,
  meta_business_unit_id integer references meta_business_units
);

create table machine_tags (
  serial_number text not null,
  tag_id        integer not null references tags on delete cascade,
  primary key (serial_number, tag_id)
);
create index machine_tags_tag_id on machine_tags (tag_id);
