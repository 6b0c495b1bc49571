-- Who signed a product archive, as it says itself. Null for what is not signed, and for what was brought before.
alter table packages add column signature jsonb;
alter table enterprise_apps add column signature jsonb;
