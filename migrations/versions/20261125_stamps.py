"""A case knows when it was filed, accepted and handed in, and whether it was sent back; so does the record of figures."""

from alembic import op

revision = "0039_stamps"
down_revision = "0038_cycles"

STAMPS = ("filed_at", "accepted_at", "handled_at")
BEFORE = (
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
KEPT = (*BEFORE, *STAMPS, "is_returned", "is_merged")

# What was brought over was filed by the other system when it was reported, and nothing else is known of it.
STAMP = """
create function stamp_incident() returns trigger language plpgsql as $$
declare
  at timestamptz := coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz;
  before text := case when tg_op = 'UPDATE' then old.status end;
begin
  if new.filed_at is null and new.status not in ('collected', 'verifying', 'not_filed') then
    new.filed_at := case when tg_op = 'INSERT' and (new.waiting_reason = 'imported'
                              or new.status = 'closed' and new.handled_by is null) then new.reported_at else at end;
  end if;
  if new.accepted_at is null and (new.status in ('accepted', 'handling')
       or tg_op = 'INSERT' and new.handled_by is not null and new.status in ('fed_back', 'checking', 'closed')) then
    new.accepted_at := at;
  end if;
  if new.handled_by is not null and new.status in ('fed_back', 'checking', 'closed')
     and coalesce(before, '') not in ('fed_back', 'checking', 'closed') then
    new.handled_at := at;
  end if;
  if new.status = 'returned' and before in ('accepted', 'handling', 'rework') then
    new.is_returned := true;
  end if;
  return new;
end $$;
create trigger stamp before insert or update of status on incident for each row execute function stamp_incident();
"""
STATE = """
select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
       i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled, i.rework_count,
       i.deleted_at is not null is_deleted{more}
from incident i left join lateral (
  select d.due_at, d.outcome from deadline d
  where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
  order by d.started_at desc, d.id desc limit 1) d on true
"""
MORE = ", i.filed_at, i.accepted_at, i.handled_at, i.is_returned, i.merged_into is not null is_merged"


def keep(kept: tuple[str, ...], more: str) -> str:
    return f"""
create or replace function keep_incident_history() returns trigger language plpgsql as $$
declare
  case_id uuid;
begin
  if tg_table_name = 'incident' then
    case_id := new.id;
  else
    case_id := new.incident_id;
  end if;
  insert into incident_history (incident_id, {", ".join(kept)}, occurred_at)
  select s.*, coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz
  from ({STATE.format(more=more)} where i.id = case_id) s
  where not exists (
    select 1 from (select * from incident_history h where h.incident_id = case_id order by h.seq desc limit 1) last
    where row({", ".join(f"last.{name}" for name in kept)})
          is not distinct from row({", ".join(f"s.{name}" for name in kept)}));
  return null;
end $$;
"""


def upgrade() -> None:
    # Of cases of before nothing is said: who counts times leaves them out.
    for table in ("incident", "incident_history"):
        for name in STAMPS:
            op.execute(f"alter table {table} add column {name} timestamptz")
        op.execute(f"alter table {table} add column is_returned boolean not null default false")
    op.execute("alter table incident_history add column is_merged boolean not null default false")
    op.execute(STAMP)
    op.execute(keep(KEPT, MORE))


def downgrade() -> None:
    op.execute(keep(BEFORE, ""))
    op.execute("drop trigger stamp on incident")
    op.execute("drop function stamp_incident")
    op.execute("alter table incident_history drop column is_merged")
    for table in ("incident", "incident_history"):
        for name in (*STAMPS, "is_returned"):
            op.execute(f"alter table {table} drop column {name}")
