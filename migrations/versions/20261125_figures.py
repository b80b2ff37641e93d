"""What figures count of a case is kept as it stood after each transaction, so that figures can be made anew as of then."""

from alembic import op

revision = "0029_figures"
down_revision = "0028_seconds"

KEPT = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *(
        "about_kind",
        "about_id",
        "reported_at",
        "due_at",
        "outcome",
        "is_handled",
        "rework_count",
        "is_deleted",
    ),
)
COLUMNS = ", ".join(("incident_id", *KEPT))

TABLE = """
create table incident_history (
  seq bigint generated always as identity,
  incident_id uuid not null,
  jurisdiction_id uuid,
  profile_version_id uuid,
  category text not null,
  status text not null,
  scope_path ltree,
  owner_unit_id uuid,
  about_kind text,
  about_id uuid,
  reported_at timestamptz not null,
  due_at timestamptz,
  outcome text,
  is_handled boolean not null,
  rework_count integer not null,
  is_deleted boolean not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  constraint pk_incident_history primary key (seq)
);
create index ix_incident_history_incident_id_seq on incident_history (incident_id, seq);
create index ix_incident_history_reported_at_due_at on incident_history using brin (reported_at, due_at)
  with (pages_per_range = 16, autosummarize = on);
create trigger refuse_change before update or delete on incident_history for each row execute function refuse_change();
revoke update on incident_history from gridward_app, gridward_job;
"""

# Of a case and its limit, which may be changed by one act: written when that commits, once, and only if it differs.
STATE = """
select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
       i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled, i.rework_count,
       i.deleted_at is not null is_deleted
from incident i left join lateral (
  select d.due_at, d.outcome from deadline d
  where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
  order by d.started_at desc, d.id desc limit 1) d on true
"""

TRIGGER = f"""
create function keep_incident_history() returns trigger language plpgsql as $$
declare
  case_id uuid;
begin
  if tg_table_name = 'incident' then
    case_id := new.id;
  else
    case_id := new.incident_id;
  end if;
  insert into incident_history ({COLUMNS}, occurred_at)
  select s.*, coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz
  from ({STATE} where i.id = case_id) s
  where not exists (
    select 1 from (select * from incident_history h where h.incident_id = case_id order by h.seq desc limit 1) last
    where row({", ".join(f"last.{name}" for name in KEPT)})
          is not distinct from row({", ".join(f"s.{name}" for name in KEPT)}));
  return null;
end $$;
"""


def changed(*columns: str) -> str:
    return " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)


OF_INCIDENT = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *("about_kind", "about_id", "reported_at", "handled_by", "rework_count", "deleted_at"),
)
OF_DEADLINE = ("due_at", "outcome", "deleted_at")


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(TRIGGER)
    for table, columns in (("incident", OF_INCIDENT), ("deadline", OF_DEADLINE)):
        op.execute(
            f"create constraint trigger keep_made after insert on {table} deferrable initially deferred "
            f"for each row execute function keep_incident_history()"
        )
        op.execute(
            f"create constraint trigger keep_changed after update on {table} deferrable initially deferred "
            f"for each row when ({changed(*columns)}) execute function keep_incident_history()"
        )
    # Writers of cases wait for this, so that no case is left out.
    op.execute(
        f"insert into incident_history ({COLUMNS}, occurred_at) "
        f"select s.*, s.reported_at from ({STATE}) s order by s.reported_at, s.id"
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_deadline_due_at")
        op.execute(
            "create index concurrently ix_deadline_due_at on deadline using brin (due_at) "
            "with (pages_per_range = 16, autosummarize = on)"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("drop index ix_deadline_due_at")
    for table in ("incident", "deadline"):
        op.execute(f"drop trigger keep_changed on {table}")
        op.execute(f"drop trigger keep_made on {table}")
    op.execute("drop function keep_incident_history")
    op.execute("drop table incident_history")
