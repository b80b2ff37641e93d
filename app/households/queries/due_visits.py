"""SQL of households where a visit is due.

A task is a care tag that has a cycle: it is due every `cycle_days` days and is done during a visit.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment, unscoped
from app.households.models import Household
from app.households.queries.row_json import GRID, IS_ACTIVE_CARE, TASK, grid_join
from app.households.queries.shown_fields import shown_address
from app.households.queries.visibility import RegisterRights, register_rights

# Households that declined visits or moved away are not visited.
_IS_VISITED = Fragment("(household.declined_at is null and household.moved_away_at is null)")
# A household that was never visited is due; needs :until.
_IS_VISIT_DUE = Fragment("coalesce(household.next_visit_due <= cast(:until as date), true)")
_IS_TASK_DUE = Fragment(
    """(care_tag.household_id = household.id and care_tag.next_due <= cast(:until as date) and {is_active})""",
    is_active=IS_ACTIVE_CARE,
)


@lru_cache(maxsize=100)
def _due_in_household(rights: RegisterRights) -> Fragment:
    statement = Fragment(
        """
          select json_build_object(
            'household', json_build_object('id', household.id, 'label', household.label, 'address', {address},
              'version', household.version),
            'until', cast(:until as date), 'declined_at', household.declined_at, 'moved_away_at', household.moved_away_at,
            'visit', json_build_object('due_on', household.next_visit_due, 'is_due', {is_visited} and {is_visit_due},
              'cycle_days', cast(:cycle_days as int)),
            'tasks', (
              select coalesce(json_agg({task} order by care_tag.next_due, care_tag.id), '[]')
              from care_tag join resident on resident.id = care_tag.resident_id and resident.deleted_at is null
              where care_tag.household_id = household.id and care_tag.next_due is not null and {is_active})) item
          from household join premises on premises.id = household.premises_id
          where household.id = :household_id and household.deleted_at is null and {reads_residents}
        """,
        address=shown_address(rights.reads_address),
        is_visited=_IS_VISITED,
        is_visit_due=_IS_VISIT_DUE,
        task=TASK,
        is_active=IS_ACTIVE_CARE,
        reads_residents=rights.reads_residents,
    )
    return unscoped(statement, resident="members of a household whose residents the actor may read")


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
    """Return the visit and the tasks that are due in a household, as JSON, or None.

    A task is a care tag with a cycle. The tasks are those of all members. None: the household does not exist, or the actor
    may not read its residents.

    Args:
        until: Last day (inclusive) up to which a visit or task counts as due.
        today: Care tags whose last day is before today are left out.
        cycle_days: Days between two visits to a household, from the profile (settings) of the jurisdiction.
    """
    rights, binds = register_rights(actor, now)
    binds |= {"household_id": household_id, "until": until, "today": today, "cycle_days": cycle_days}
    item: bytes | None = session.scalar(_due_in_household(rights), binds)
    return item


@lru_cache(maxsize=100)
def _due(rights: RegisterRights) -> Fragment:
    return Fragment(
        """
          with page as materialized (
            select household.id, household.label, household.grid_id, household.next_visit_due,
                   {is_visit_due} is_visit_due, premises.location, {address} address,
                   row_number() over (order by household.id) place
            from household join premises on premises.id = household.premises_id
            where household.deleted_at is null and {reads_residents} and {is_visited}
              and ({is_visit_due} or exists (select from care_tag where {is_task_due}))
              and (cast(:grid_id as uuid) is null or household.grid_id = :grid_id)
              and (cast(:after as uuid) is null or household.id > :after)
            order by household.id limit :limit + 1)
          select (select coalesce(json_agg(json_build_object(
                    'household', json_build_object('id', household.id, 'label', household.label,
                      'address', household.address, 'location', ST_AsGeoJSON(household.location, 7)::json,
                      'grid', {grid}),
                    'visit', json_build_object('due_on', household.next_visit_due, 'is_due', household.is_visit_due),
                    'tasks_due', (select count(*) from care_tag where {is_task_due})) order by household.id), '[]')
                  from page household {grid_join} where household.place <= :limit) items,
                 (select array[id::text] from page
                  where place = :limit and (select count(*) from page) > :limit) next_key
        """,
        is_visit_due=_IS_VISIT_DUE,
        address=shown_address(rights.reads_address),
        reads_residents=rights.reads_residents,
        is_visited=_IS_VISITED,
        is_task_due=_IS_TASK_DUE,
        grid=GRID,
        grid_join=grid_join(Household.grid_id),
    )


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
    """Return one page of the households where a visit or a task is due, in order of their ids.

    A task is a care tag with a cycle. Columns: `items` (JSON) and `next_key` (the key of the next page, or null).

    Args:
        grid: Id of the grid whose households are returned. None: the households of all grids that the actor may read.
        until: Last day (inclusive) up to which a visit or task counts as due.
        today: Care tags whose last day is before today are left out.
        after: Id of the last household of the previous page.
    """
    rights, binds = register_rights(actor, now)
    binds |= {"grid_id": grid, "until": until, "today": today, "after": after, "limit": limit}
    return session.execute(_due(rights), binds).mappings().one()


_DUE_PLACES = unscoped(
    Fragment(
        """
          with due_household as materialized (
            select household.id, household.next_visit_due due_on, {is_visit_due} is_visit_due, premises.location,
              (select count(*) from care_tag where {is_task_due}) tasks,
              (select min(care_tag.next_due) from care_tag where {is_task_due}) task_due
            from household join premises on premises.id = household.premises_id
            where household.deleted_at is null and {is_visited} and exists (
              select 1
              from unnest(cast(:paths as ltree[]), cast(:parts as int[]), cast(:numbers as int[])) s(path, part, number)
              where household.scope_path <@ s.path
                and mod(abs(cast(hashtext(cast(household.id as text)) as bigint)), s.number) = s.part))
          select id, due_on, tasks, task_due, ST_X(location) lon, ST_Y(location) lat, count(*) over () total
          from due_household where is_visit_due or tasks > 0
          order by least(task_due, due_on) nulls last, id limit :limit
        """,
        is_visit_due=_IS_VISIT_DUE,
        is_task_due=_IS_TASK_DUE,
        is_visited=_IS_VISITED,
    ),
    household="the paths are of the areas that a worker is responsible for, whose day is planned",
    premises="the households of a planned day are read with their premises",
)


def due_places(
    session: Session, shares: Sequence[tuple[str, int, int]], *, on: date, limit: int
) -> Sequence[RowMapping]:
    """Return the households where a visit or a task is due, the most overdue first.

    A task is a care tag with a cycle.

    Args:
        shares: The households to read, as tuples (area path, k, n). The households in the area are divided into n parts by a
            hash of their ids. Only part k, counted from 0, is read.
        on: The day of the plan. A visit or task counts as due up to this day.

    Returns:
        Rows with `id`, `due_on` (day of the visit), `tasks` (number of due tasks), `task_due` (day of the first due task),
        `lon`, `lat` (WGS 84), and `total`: the number of matching households before the limit.
    """
    paths, parts, numbers = zip(*shares, strict=True) if shares else ((), (), ())
    binds = {"until": on, "today": on, "limit": limit}
    binds |= {"paths": list(paths), "parts": list(parts), "numbers": list(numbers)}
    return session.execute(_DUE_PLACES, binds).mappings().all()


_CYCLE = text("""
  with visit_in_period as (
    select household_id, visited_at, outcome from visit
    where grid_id = :grid_id and deleted_at is null and visited_at >= :since and visited_at < :until),
  first_done as (
    select distinct on (household_id) household_id, visited_at from visit_in_period where outcome = 'done'
    order by household_id, visited_at),
  made_visit as (
    select f.household_id, coalesce((f.visited_at at time zone :zone)::date <= (
        select cast(h.row ->> 'next_visit_due' as date) from fact_history h
        where h.entity = 'household' and h.row_id = f.household_id and h.occurred_at < f.visited_at
        order by h.version desc limit 1), true) is_on_time
    from first_done f)
  select cast(x.id as text) id, m.household_id is not null is_made, coalesce(m.is_on_time, false) is_on_time,
         m.household_id is null and x.id in (select household_id from visit_in_period) is_unanswered
  from (select household_id id from visit_in_period where outcome in ('done', 'nobody_home', 'refused_entry')
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
  left join made_visit m on m.household_id = x.id order by x.id
""")


def cycle_of(
    session: Session, grid_id: UUID, *, since: datetime, until: datetime, zone: str
) -> Sequence[RowMapping]:
    """Return the households of a grid that were visited in a period, or were overdue at its end.

    Visits with the outcomes `done`, `nobody_home` and `refused_entry` count. A household without a day for its next visit
    counts as overdue, unless it declined visits or moved away.

    Columns:
    `id`: id of the household;
    `is_made`: a visit in the period had the outcome `done`;
    `is_on_time`: the first such visit was not after the due day;
    `is_unanswered`: workers made visits, but none had the outcome `done`.

    Args:
        zone: Name of the time zone of the due days, as in PostgreSQL.
    """
    binds = {"grid_id": grid_id, "since": since, "until": until, "zone": zone}
    return session.execute(_CYCLE, binds).mappings().all()
