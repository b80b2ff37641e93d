"""A case knows which of its category in its grid it was; the record of figures knows that, and if more time was given."""

from alembic import op

revision = "0051_rates"
down_revision = "0050_words_of_piles"

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
    *("filed_at", "accepted_at", "handled_at", "is_returned", "is_merged", "handling_unit_id"),
)
WATCHED_BEFORE = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *(
        "about_kind",
        "about_id",
        "reported_at",
        "handled_by",
        "rework_count",
        "deleted_at",
        "handling_unit_id",
    ),
)
OURS = ("extended_count", "recurrence")

# Up to a hundred, as nobody needs to know more. What is about somebody is one of none.
RECUR = """
create function count_recurrence() returns trigger language plpgsql as $$
begin
  new.recurrence := case when new.about_kind is null and new.grid_id is not null then 1 + (
    select count(*) from (
      select from incident o
      where o.grid_id = new.grid_id and o.reported_at > new.reported_at - interval '30 days'
        and o.reported_at <= new.reported_at and o.category = new.category and o.id <> new.id
        and o.about_kind is null and o.status <> 'not_filed' and o.deleted_at is null limit 99) before) end;
  return new;
end $$;
create trigger recur before insert on incident for each row execute function count_recurrence();
create trigger recur_again before update of category, location on incident for each row
  when (old.category is distinct from new.category or old.location is distinct from new.location)
  execute function count_recurrence();
"""

STATE = """
select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
       i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled, i.rework_count,
       i.deleted_at is not null is_deleted{stamps}{more}
from incident i left join lateral (
  select d.due_at, d.outcome from deadline d
  where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
  order by d.started_at desc, d.id desc limit 1) d on true
"""
STAMPS = ", i.filed_at, i.accepted_at, i.handled_at, i.is_returned, i.merged_into is not null is_merged"

# Of before: what was granted stands in the events of the case. How often the same had come in then is not known.
KNOWN = """
alter table incident_history disable trigger refuse_change;
update incident_history h set extended_count = e.n
from (select h.seq, count(*) n from incident_event e join incident_history h on h.incident_id = e.incident_id
      where e.action = 'grant_extension' and e.recorded_at <= h.recorded_at group by h.seq) e
where h.seq = e.seq;
alter table incident_history enable trigger refuse_change;
"""


def keep(*kept: str, more: str) -> str:
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
  from ({STATE.format(stamps=STAMPS, more=more)} where i.id = case_id) s
  where not exists (
    select 1 from (select * from incident_history h where h.incident_id = case_id order by h.seq desc limit 1) last
    where row({", ".join(f"last.{name}" for name in kept)})
          is not distinct from row({", ".join(f"s.{name}" for name in kept)}));
  return null;
end $$;
"""


def watch(*columns: str) -> None:
    changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)
    op.execute("drop trigger keep_changed on incident")
    op.execute(
        "create constraint trigger keep_changed after update on incident deferrable initially deferred "
        f"for each row when ({changed}) execute function keep_incident_history()"
    )


def upgrade() -> None:
    op.execute("alter table incident add column recurrence int")
    op.execute("alter table incident_history add column extended_count int not null default 0")
    op.execute("alter table incident_history add column recurrence int")
    op.execute(RECUR)
    op.execute(keep(*BEFORE, *OURS, more=", i.handling_unit_id, i.extended_count, i.recurrence"))
    watch(*WATCHED_BEFORE, *OURS)
    op.execute(KNOWN)


def downgrade() -> None:
    watch(*WATCHED_BEFORE)
    op.execute(keep(*BEFORE, more=", i.handling_unit_id"))
    op.execute("drop trigger recur on incident")
    op.execute("drop trigger recur_again on incident")
    op.execute("drop function count_recurrence")
    for name in OURS:
        op.execute(f"alter table incident_history drop column {name}")
    op.execute("alter table incident drop column recurrence")
