-- Platform: extensions, the roles of server and jobs, and what triggers of many tables call.

create extension if not exists postgis;
create extension if not exists ltree;
create extension if not exists btree_gist;

-- The rights of server and job worker. Each new table may be read and written by both; rows are deleted only where
-- a table's file grants that.
do $$
declare r text;
begin
  foreach r in array array['gridward_app', 'gridward_job'] loop
    if not exists (select from pg_roles where rolname = r) then
      begin
        execute format('create role %I nologin', r);
      exception when duplicate_object or unique_violation then
        null; -- another database of this cluster was migrated at the same moment
      end;
    end if;
    execute format('grant %I to current_user', r);
  end loop;
end $$;
grant usage on schema public to gridward_app, gridward_job;
alter default privileges in schema public grant select, insert, update on tables to gridward_app, gridward_job;
alter default privileges in schema public grant usage, select on sequences to gridward_app, gridward_job;
grant select on alembic_version to gridward_app, gridward_job;

-- Number the states of a row: If-Match and phones compare the number.
create function raise_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;

-- Refuse updates and deletes of an insert-only table, also by the owner.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
