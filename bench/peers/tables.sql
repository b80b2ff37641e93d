-- The cases as the peers serve them: a table of their own with all that helps them. Ids are text, as pygeoapi asks for an
-- item with a text; columns are those that `compare.py` asks of Gridward too.
create schema peers;
create table peers.incident as
  select id::text, case_no, status, category, priority, grid_id::text, owner_unit_id::text, reported_at, updated_at, due_at, closed_at, location geom
  from incident where deleted_at is null order by id;
alter table peers.incident add primary key (id), alter column geom set not null;
create index on peers.incident using gist (geom);
create index on peers.incident (priority);
create index on peers.incident (status);
create index on peers.incident (reported_at);
analyze peers.incident;
