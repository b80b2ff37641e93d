"""A case keeps the unit of who handed it in; so does the record of figures."""

from alembic import op

revision = "0040_handled_by"
down_revision = "0042_contested_orders"

BEFORE = (
    *(
        "jurisdiction_id",
        "profile_version_id",
        "category",
        "status",
        "scope_path",
        "owner_unit_id",
        "about_kind",
    ),
    *("about_id", "reported_at", "due_at", "outcome", "is_handled", "rework_count", "is_deleted", "filed_at"),
    *("accepted_at", "handled_at", "is_returned", "is_merged"),
)
WATCHED_BEFORE = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *("about_kind", "about_id", "reported_at", "handled_by", "rework_count", "deleted_at"),
)
OURS = "handling_unit_id"

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

# Of cases of before: the unit from whose queue the work was taken that was done last (of joint handling the lead's); else
# the unit that whoever handed it in belonged to then, the owner if she belonged to several.
KNOWN = """
update incident i set handling_unit_id = coalesce(
    done.unit_id,
    case when i.owner_unit_id = any(hers.units) then i.owner_unit_id
         when cardinality(hers.units) = 1 then hers.units[1] end)
from incident h
left join lateral (
  select a.unit_id from assignment a where a.incident_id = h.id and a.role = 'handle' and a.state = 'done'
  order by a.ended_at desc limit 1) done on true
left join lateral (
  select coalesce(h.handled_at, max(e.occurred_at)) "at" from incident_event e
  where e.incident_id = h.id and e.to_status = 'fed_back') handed_in on true
left join lateral (
  select array_agg(distinct g.unit_id) units from account_grant g
  where g.account_id = h.handled_by and g.unit_id is not null and g.deleted_at is null
    and g.granted_at <= handed_in."at" and (g.revoked_at is null or g.revoked_at > handed_in."at")) hers on true
where i.id = h.id and h.handled_by is not null and (done.unit_id is not null or hers.units is not null)
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
    for table in ("incident", "incident_history"):
        op.execute(f"alter table {table} add column {OURS} uuid")
    op.execute(keep(*BEFORE, OURS, more=f", i.{OURS}"))
    watch(*WATCHED_BEFORE, OURS)
    op.execute(KNOWN)
    # What the record still owes is written now: a table with that before it cannot be altered by what comes next.
    op.execute("set constraints all immediate")
    op.execute("set constraints all deferred")


def downgrade() -> None:
    watch(*WATCHED_BEFORE)
    op.execute(keep(*BEFORE, more=""))
    for table in ("incident", "incident_history"):
        op.execute(f"alter table {table} drop column {OURS}")
