"""Triggers: versions, the change log, history of facts, insert-only tables; partitions of positions; rights."""

from alembic import op

revision = "0003_triggers"
down_revision = "0002_tables"

VERSIONED = (
    "account",
    "account_grant",
    "device",
    "jurisdiction",
    "area",
    "unit",
    "unit_competence",
    "worker",
    "responsibility",
    "duty",
    "shift",
    "household",
    "assignment",
    "offer",
    "reporter",
    "incident",
    "deadline",
)

# table -> (id column, bucket kind, column, ...); '-' is the bucket `global`
CHANGES = {
    "account": ("id", "worker", "id"),
    "account_grant": ("id", "worker", "account_id"),
    "device": ("id", "worker", "account_id"),
    "jurisdiction": ("id", "global", "-"),
    "profile_version": ("id", "global", "-"),
    "area": ("id", "area", "id"),
    "area_version": ("area_id", "area", "area_id"),
    "unit": ("id", "global", "-"),
    "unit_competence": ("id", "global", "-"),
    "worker": ("id", "worker", "id"),
    "responsibility": ("id", "worker", "worker_id", "grid", "area_id"),
    "duty": ("id", "worker", "worker_id"),
    "shift": ("id", "worker", "worker_id"),
    "household": ("id", "grid", "grid_id"),
    "assignment": ("id", "worker", "worker_id"),
    "offer": ("id", "worker", "worker_id"),
    "reporter": ("id", "worker", "account_id"),
    "incident": ("id", "grid", "grid_id", "area?", "area_id", "worker", "handled_by"),
    "deadline": ("id", "incident", "incident_id"),
}

# Facts that change in place. Cases, assignments and offers have their events, areas their versions.
HISTORY = (
    "account",
    "account_grant",
    "unit",
    "unit_competence",
    "worker",
    "responsibility",
    "duty",
    "shift",
    "household",
    "deadline",
)

INSERT_ONLY = ("audit_event", "incident_event", "report", "dispatch_run", "profile_version", "fact_history")

PARTITIONS = """
create function make_position_partitions(first_day date, last_day date) returns int
language plpgsql security definer set search_path = public as $$
declare
  d date := first_day;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('position partitions')); -- two makers at once would collide
  while d <= last_day loop
    if to_regclass(format('position_%s', to_char(d, 'YYYYMMDD'))) is null then
      execute format('create table %I partition of position for values from (%L) to (%L)',
                     'position_' || to_char(d, 'YYYYMMDD'), d::timestamptz, (d + 1)::timestamptz);
      made := made + 1;
    end if;
    d := d + 1;
  end loop;
  return made;
end $$;
create function drop_position_partitions(before_day date) returns int
language plpgsql security definer set search_path = public as $$
declare
  part text;
  dropped int := 0;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
              where i.inhparent = 'position'::regclass and c.relname < 'position_' || to_char(before_day, 'YYYYMMDD') loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
revoke execute on function make_position_partitions, drop_position_partitions from public;
grant execute on function make_position_partitions, drop_position_partitions to gridward_app, gridward_job;
alter function make_position_partitions set timezone = 'UTC';
"""


def upgrade() -> None:
    for table in VERSIONED:
        op.execute(
            f"create trigger raise_version before update on {table} for each row execute function raise_version()"
        )
    for table, (row_id, *buckets) in CHANGES.items():
        arguments = ", ".join(f"'{a}'" for a in (table, row_id, *buckets))
        op.execute(
            f"create trigger log_change after insert or update or delete on {table} "
            f"for each row execute function log_change({arguments})"
        )
    for table in HISTORY:
        op.execute(
            f"create trigger keep_history after insert or update on {table} "
            f"for each row execute function keep_history('{table}')"
        )
    for table in INSERT_ONLY:
        op.execute(
            f"create trigger refuse_change before update or delete on {table} "
            f"for each row execute function refuse_change()"
        )
        op.execute(f"revoke update on {table} from gridward_app, gridward_job")
    op.execute(PARTITIONS)
    op.execute("grant delete on sign_in_attempt, refresh_token, applied_op, change_log to gridward_job")
    # Off duty nobody is located: ending duty takes back what was stored of the time after.
    op.execute("grant delete on position, worker_position to gridward_app, gridward_job")
    op.execute("insert into sync_epoch (epoch) values (gen_random_uuid())")
    op.execute("alter table worker_load set (fillfactor = 70)")
    op.execute("alter table worker_position set (fillfactor = 50)")
    op.execute("grant select on alembic_version to gridward_app, gridward_job")


def downgrade() -> None:
    op.execute("revoke all on alembic_version from gridward_app, gridward_job")
    op.execute("drop function make_position_partitions, drop_position_partitions")
    op.execute("delete from sync_epoch")
    op.execute("revoke delete on position, worker_position from gridward_app, gridward_job")
    op.execute("revoke delete on sign_in_attempt, refresh_token, applied_op, change_log from gridward_job")
    for table in INSERT_ONLY:
        op.execute(f"grant update on {table} to gridward_app, gridward_job")
        op.execute(f"drop trigger refuse_change on {table}")
    for table in HISTORY:
        op.execute(f"drop trigger keep_history on {table}")
    for table in CHANGES:
        op.execute(f"drop trigger log_change on {table}")
    for table in VERSIONED:
        op.execute(f"drop trigger raise_version on {table}")
