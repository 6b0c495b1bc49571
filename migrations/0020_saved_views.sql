-- Searches, filters, orders and columns of lists that people of the console come back to.
create table saved_views (
  id         uuid primary key,
  account_id integer not null references accounts on delete cascade,
  page       text not null,
  name       text not null,
  -- Everything behind the question mark of the page's address.
  query      text not null,
  -- Null for the page's own choice.
  columns    text[],
  is_shared  boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint saved_views_name_unique unique (account_id, page, name)
);
create index saved_views_shared on saved_views (page) where is_shared;
