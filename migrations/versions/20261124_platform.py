"""Platform: extensions, database roles, the job queue, version and change triggers."""

from pathlib import Path

from alembic import op

revision = "0001_platform"
down_revision = None

# The app's and the job worker's rights come from these two roles; the owner only migrates.
ROLES = """
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
"""

VERSION_TRIGGER = """
create function raise_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
"""

# TG_ARGV: entity, name of the id column, then pairs (bucket kind, column). A row that leaves a
# bucket writes R there, one that stays or comes writes P. '-' as column means the bucket `global`.
CHANGE_TRIGGER = """
create function log_change() returns trigger language plpgsql as $$
declare
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  id uuid := coalesce(new_row, old_row) ->> tg_argv[1];
  gone boolean := new_row is null or new_row ->> 'deleted_at' is not null;
  i int := 2;
  was text;
  is_now text;
  stood boolean := false;
  stands boolean := false;
  kind text;
begin
  while i < tg_nargs loop
    if tg_argv[i + 1] = '-' then
      insert into change_log (bucket, entity, row_id, op)
      values (tg_argv[i], tg_argv[0], id, case when gone then 'R' else 'P' end);
    else
      was := old_row ->> tg_argv[i + 1];
      is_now := new_row ->> tg_argv[i + 1];
      kind := rtrim(tg_argv[i], '?');
      if kind <> tg_argv[i] then
        was := case when not stood then was end;
        is_now := case when not stands then is_now end;
      end if;
      stood := stood or was is not null;
      stands := stands or is_now is not null;
      if was is not null and was is distinct from is_now then
        insert into change_log (bucket, entity, row_id, op) values (kind || ':' || was, tg_argv[0], id, 'R');
      end if;
      if is_now is not null then
        insert into change_log (bucket, entity, row_id, op)
        values (kind || ':' || is_now, tg_argv[0], id, case when gone then 'R' else 'P' end);
      end if;
    end if;
    i := i + 2;
  end loop;
  return null;
end $$;
"""

# Facts that figures may count and whose rows change in place keep every earlier state here; secrets are no facts.
FACT_HISTORY = """
create function keep_history() returns trigger language plpgsql as $$
begin
  insert into fact_history (entity, row_id, version, row, occurred_at)
  values (tg_argv[0], new.id, new.version, to_jsonb(new) - 'password_hash',
          coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz);
  return null;
end $$;
"""

INSERT_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
"""

# The queue's own triggers NOTIFY inside the enqueuing transaction, which serialises commits; the worker polls.
DROP_NOTIFY = """
drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on jobs.procrastinate_jobs;
drop trigger procrastinate_jobs_notify_queue_job_aborted_v1 on jobs.procrastinate_jobs;
"""

JOB_RIGHTS = """
grant usage on schema jobs to gridward_app, gridward_job;
grant select, insert, update, delete on all tables in schema jobs to gridward_app, gridward_job;
grant usage, select on all sequences in schema jobs to gridward_app, gridward_job;
grant execute on all functions in schema jobs to gridward_app, gridward_job;
"""


def upgrade() -> None:
    for extension in ("postgis", "ltree", "btree_gist"):
        op.execute(f"create extension if not exists {extension}")
    op.execute(ROLES)
    op.execute(VERSION_TRIGGER)
    op.execute(CHANGE_TRIGGER)
    op.execute(FACT_HISTORY)
    op.execute(INSERT_ONLY)
    queue = (Path(__file__).parent.parent / "job_queue_3_10_0.sql").read_text()
    op.execute("create schema jobs")
    op.execute("set local search_path = jobs, public")
    if op.get_context().as_sql:
        op.get_context().impl.static_output(queue)
    else:
        # Past SQLAlchemy, which would take its colons and percent signs for parameters.
        op.get_bind().connection.driver_connection.cursor().execute(queue)
    op.execute("set local search_path = public, jobs")
    op.execute(DROP_NOTIFY)
    op.execute(JOB_RIGHTS)


def downgrade() -> None:
    op.execute("drop schema jobs cascade")
    op.execute(
        "alter default privileges in schema public revoke all on tables from gridward_app, gridward_job;"
        "alter default privileges in schema public revoke all on sequences from gridward_app, gridward_job;"
        "revoke all on schema public from gridward_app, gridward_job"
    )
    op.execute("drop function raise_version, log_change, keep_history, refuse_change")
