"""Visits, and what is due."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.accounts.rules.masking import masked_name
from app.core.actor import Actor, Permission
from app.households.models import CareTag, Household, Visit
from app.households.queries.attachments import ON_VISIT
from app.households.queries.households import CARE_NOW, GRID, IN_GRID, shown_address
from app.households.queries.row_conditions import IDS
from app.workforce.scope import reach

VISIT = f"""json_build_object('id', v.id, 'household_id', v.household_id,
  'visited_by', json_build_object('id', v.visited_by, 'name', (select a.name from account a where a.id = v.visited_by)),
  'visited_at', v.visited_at, 'outcome', v.outcome, 'note', v.note, 'note_expires_on', v.note_expires_on,
  'care_done', v.care_done, 'media', {ON_VISIT})"""

# A task of a member: the care tag `c` of resident `r`.
TASK = f"""json_build_object('care_tag_id', c.id, 'kind', c.kind, 'purpose', c.purpose,
  'resident', json_build_object('id', r.id, 'name', {masked_name("r.name")}),
  'due_on', c.next_due, 'is_due', c.next_due <= cast(:until as date), 'cycle_days', c.cycle_days)"""

# Nobody is sent where the door was closed for good.
_OPEN = "h.declined_at is null and h.moved_away_at is null"
# Never visited is due.
_VISIT_DUE = "coalesce(h.next_visit_due <= cast(:until as date), true)"


_INSERT = text("""
  insert into visit (id, household_id, grid_id, visited_by, visited_at, outcome, note, note_expires_on, care_done,
                     created_at)
  select v.id, h.id, h.grid_id, :by, v.visited_at, v.outcome, v.note, v.note_expires_on, v.care_done, :at
  from jsonb_to_recordset(cast(:visits as jsonb))
    v(id uuid, household_id uuid, visited_at timestamptz, outcome text, note text, note_expires_on date, care_done uuid[])
  join household h on h.id = v.household_id
  on conflict (id) do nothing returning 1
""")
_NEWEST = text("""
  select h.id, v.visited_at from unnest(cast(:ids as uuid[])) h(id)
  cross join lateral (select max(visited_at) visited_at from visit
                      where household_id = h.id and deleted_at is null) v
  where v.visited_at is not null
""")
_TAGS_WITH_CYCLE = (
    select(CareTag.id, CareTag.resident_id, CareTag.household_id, CareTag.cycle_days, CareTag.next_due)
    .where(CareTag.id == IDS, CareTag.cycle_days.is_not(None))
    .order_by(CareTag.id)
    .with_for_update(key_share=True)
)
_SET_NEXT_DUE = text("""
  update care_tag c set next_due = given.due
  from unnest(cast(:ids as uuid[]), cast(:due as date[])) given(id, due)
  where c.id = given.id and c.next_due is distinct from given.due
""")
_JURISDICTION = select(Household.jurisdiction_id).where(Household.id == bindparam("household_id"))
_ERASE_NOTES = (
    update(Visit)
    .where(Visit.note_expires_on < bindparam("before"))
    .values(note=None, note_expires_on=None)
    .returning(Visit.id)
)
_VISITED = (
    select(Visit.household_id)
    .distinct()
    .where(
        Visit.household_id == IDS,
        Visit.deleted_at.is_(None),
        Visit.visited_at >= bindparam("since"),
        Visit.visited_at < bindparam("until"),
    )
)
_CYCLE = text("""
  with v as (
    select v.household_id, v.visited_at, v.outcome from visit v
    where v.grid_id = :grid_id and v.deleted_at is null and v.visited_at >= :since and v.visited_at < :until),
  first as (
    select distinct on (v.household_id) v.household_id, v.visited_at from v where v.outcome = 'done'
    order by v.household_id, v.visited_at),
  made as (
    select f.household_id, coalesce((f.visited_at at time zone :zone)::date <= (
        select cast(h.row ->> 'next_visit_due' as date) from fact_history h
        where h.entity = 'household' and h.row_id = f.household_id and h.occurred_at < f.visited_at
        order by h.version desc limit 1), true) is_on_time
    from first f)
  select cast(x.id as text) id, m.household_id is not null is_made, coalesce(m.is_on_time, false) is_on_time,
         m.household_id is null and x.id in (select household_id from v) is_unanswered
  from (select v.household_id id from v where v.outcome in ('done', 'nobody_home', 'refused_entry')
        union
        select h.id from household h
        cross join lateral (
          select coalesce((select f.row from fact_history f
                           where f.entity = 'household' and f.row_id = h.id and f.occurred_at < :until
                           order by f.version desc limit 1), to_jsonb(h)) "row") s
        where h.grid_id = :grid_id and h.deleted_at is null and h.created_at < :until
          and s.row ->> 'declined_at' is null and s.row ->> 'moved_away_at' is null
          and coalesce(cast(s.row ->> 'next_visit_due' as date)
                         < (cast(:until as timestamptz) at time zone :zone)::date, true)) x
  left join made m on m.household_id = x.id order by x.id
""")


def insert_visits(session: Session, visits: Sequence[dict[str, Any]], *, by: UUID, at: datetime) -> int:
    """Store visits in the areas of their households. Return the number stored: those whose id was not taken."""
    binds = {"visits": orjson.dumps(visits).decode(), "by": by, "at": at}
    return len(session.execute(_INSERT, binds).all())


def visit(session: Session, visit_id: UUID) -> bytes:
    result: bytes = session.execute(
        text(f"select {VISIT} from visit v where v.id = :id"), {"id": visit_id}
    ).scalar_one()
    return result


def newest_visits(session: Session, household_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return the instant of the last visit to each of the households that were visited."""
    return {row.id: row.visited_at for row in session.execute(_NEWEST, {"ids": list(household_ids)})}


def cared_for(session: Session, tag_ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Lock and return those of the care tags that have a cycle, by id.

    Each has `resident_id`, `household_id`, `cycle_days` and `next_due`.
    """
    rows = session.execute(_TAGS_WITH_CYCLE, {"ids": list(tag_ids)}).mappings()
    return {row["id"]: row for row in rows}


def set_next_due(session: Session, due: dict[UUID, date]) -> None:
    """Store when each care tag is next due. An ended one may be among them: a visit may arrive late."""
    session.execute(_SET_NEXT_DUE, {"ids": list(due), "due": list(due.values())})


def visits(
    session: Session,
    household_id: UUID,
    *,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the visits to a household, the last first: `items` as JSON bytes, and the next key."""
    sql = f"""
      with page as materialized (
        select v.*, row_number() over (order by v.visited_at desc, v.id desc) place from visit v
        where v.household_id = :id and v.deleted_at is null
          and (cast(:after_at as timestamptz) is null
               or (v.visited_at, v.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))
        order by v.visited_at desc, v.id desc limit :limit + 1)
      select (select coalesce(json_agg({VISIT} order by v.place), '[]') from page v where v.place <= :limit) items,
             (select array[to_char(visited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    at, last = after or (None, None)
    binds = {"id": household_id, "after_at": at, "after_id": last, "limit": limit}
    return session.execute(text(sql), binds).mappings().one()


def is_readable(session: Session, actor: Actor, household_id: UUID, *, now: datetime) -> bool:
    """Whether the actor may read of the people of this household."""
    there, binds = reach(actor, Permission.RESIDENT_READ, "h.scope_path", now=now)
    sql = f"select true from household h where h.id = :id and h.deleted_at is null and {there}"
    return session.scalar(text(sql), binds | {"id": household_id}) is not None


def jurisdiction_of(session: Session, household_id: UUID) -> UUID | None:
    """Return the jurisdiction of a household, also of a deleted one. None: there is no such household."""
    return session.scalar(_JURISDICTION, {"household_id": household_id})


def due_in_household(
    session: Session,
    actor: Actor,
    household_id: UUID,
    *,
    until: date,
    today: date,
    cycle_days: int,
    now: datetime,
) -> bytes | None:
    """What one visit would settle: the visit itself, and every task of every member. None: hidden."""
    there, binds = reach(actor, Permission.RESIDENT_READ, "h.scope_path", now=now)
    address, address_binds = shown_address(actor, now=now)
    sql = f"""
      select json_build_object(
        'household', json_build_object('id', h.id, 'label', h.label, 'address', {address}, 'version', h.version),
        'until', cast(:until as date), 'declined_at', h.declined_at, 'moved_away_at', h.moved_away_at,
        'visit', json_build_object('due_on', h.next_visit_due, 'is_due', {_OPEN} and {_VISIT_DUE},
          'cycle_days', cast(:cycle_days as int)),
        'tasks', (
          select coalesce(json_agg({TASK} order by c.next_due, c.id), '[]')
          from care_tag c join resident r on r.id = c.resident_id and r.deleted_at is null
          where c.household_id = h.id and c.next_due is not null and {CARE_NOW})) item
      from household h join premises p on p.id = h.premises_id
      where h.id = :id and h.deleted_at is null and {there}
    """
    binds |= address_binds | {"id": household_id, "until": until, "today": today, "cycle_days": cycle_days}
    result: bytes | None = session.scalar(text(sql), binds)
    return result


def due(
    session: Session,
    actor: Actor,
    *,
    grid: UUID | None,
    until: date,
    today: date,
    after: UUID | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """A page, by id, of the households where something is due: a visit, or a task of a member."""
    there, binds = reach(actor, Permission.RESIDENT_READ, "h.scope_path", now=now)
    address, address_binds = shown_address(actor, now=now)
    care_due = f"""select c.id, c.next_due from care_tag c
                   where c.household_id = h.id and c.next_due <= cast(:until as date) and {CARE_NOW}"""
    sql = f"""
      with page as materialized (
        select h.id, h.label, h.grid_id, h.next_visit_due, {_VISIT_DUE} is_visit_due, p.location, {address} address,
               row_number() over (order by h.id) place
        from household h join premises p on p.id = h.premises_id
        where h.deleted_at is null and {there} and {_OPEN}
          and ({_VISIT_DUE} or exists ({care_due}))
          and (cast(:grid as uuid) is null or h.grid_id = :grid)
          and (cast(:after as uuid) is null or h.id > :after)
        order by h.id limit :limit + 1)
      select (select coalesce(json_agg(json_build_object(
                'household', json_build_object('id', h.id, 'label', h.label, 'address', h.address,
                  'location', ST_AsGeoJSON(h.location, 7)::json, 'grid', {GRID}),
                'visit', json_build_object('due_on', h.next_visit_due, 'is_due', h.is_visit_due),
                'tasks_due', (select count(*) from ({care_due}) t)) order by h.id), '[]')
              from page h {IN_GRID.format("h")} where h.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    binds |= address_binds | {"grid": grid, "until": until, "today": today, "after": after, "limit": limit}
    return session.execute(text(sql), binds).mappings().one()


def erase_notes(session: Session, *, before: date) -> int:
    """Erase the notes whose last day is before `before`. Return their number."""
    return len(session.execute(_ERASE_NOTES, {"before": before}).all())


def due_places(
    session: Session, shares: Sequence[tuple[str, int, int]], *, on: date, limit: int
) -> Sequence[RowMapping]:
    """Where something is due by the end of a day, the most overdue first, with the number of all of them.

    `shares`: (path, k, n): of the households in and under a path the k-th part (from 0) of n parts. Which part
    a household is of follows from its id.
    """
    sql = f"""
      with due as materialized (
        select h.id, h.next_visit_due due_on, {_VISIT_DUE} is_visit_due, p.location, (
            select count(*) from care_tag c where c.household_id = h.id and c.next_due <= cast(:until as date)
              and {CARE_NOW}) tasks,
          (select min(c.next_due) from care_tag c where c.household_id = h.id
              and c.next_due <= cast(:until as date) and {CARE_NOW}) task_due
        from household h join premises p on p.id = h.premises_id
        where h.deleted_at is null and {_OPEN} and exists (
          select 1 from unnest(cast(:paths as ltree[]), cast(:parts as int[]), cast(:numbers as int[])) s(path, part, number)
          where h.scope_path <@ s.path and mod(abs(cast(hashtext(cast(h.id as text)) as bigint)), s.number) = s.part))
      select id, due_on, tasks, task_due, ST_X(location) lon, ST_Y(location) lat, count(*) over () total
      from due where is_visit_due or tasks > 0
      order by least(task_due, due_on) nulls last, id limit :limit
    """
    paths, parts, numbers = zip(*shares, strict=True) if shares else ((), (), ())
    binds = {"until": on, "today": on, "limit": limit}
    binds |= {"paths": list(paths), "parts": list(parts), "numbers": list(numbers)}
    return session.execute(text(sql), binds).mappings().all()


def visited(
    session: Session, household_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[UUID]:
    """Return those of the households that were visited in the period, whatever the outcome."""
    binds = {"ids": list(household_ids), "since": since, "until": until}
    return list(session.scalars(_VISITED, binds))


def cycle_of(
    session: Session, grid_id: UUID, *, since: datetime, until: datetime, zone: str
) -> Sequence[RowMapping]:
    """Return the households of a grid that were visited in a period, or were overdue at its end.

    Rows: `id`, `is_made` (visited with outcome `done`), `is_on_time` (by the due day before that visit) and `is_unanswered`
    (a worker called, in vain). A household that was never visited counts as due.

    Args:
        zone: Time zone of the due days, as PostgreSQL names it.
    """
    binds = {"grid_id": grid_id, "since": since, "until": until, "zone": zone}
    return session.execute(_CYCLE, binds).mappings().all()
