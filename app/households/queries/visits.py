"""SQL of visits that were made.

SQL of households where a visit is due is in `due_visits`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households.models import CareTag, Household, Visit
from app.households.queries.row_conditions import IDS
from app.households.queries.row_json import VISIT
from app.households.queries.visibility import household_visibility

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
_JURISDICTION = unscoped(
    select(Household.jurisdiction_id).where(Household.id == bindparam("household_id")),
    household="only for the present day there; the household is read by its rule afterwards",
)
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
_VISIT = select(VISIT.label("item")).select_from(Visit).where(Visit.id == bindparam("visit_id"))
_PAGE = Fragment(
    """
      with page as materialized (
        select visit.*, row_number() over (order by visit.visited_at desc, visit.id desc) place from visit
        where visit.household_id = :household_id and visit.deleted_at is null
          and (cast(:after_at as timestamptz) is null
               or (visit.visited_at, visit.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))
        order by visit.visited_at desc, visit.id desc limit :limit + 1)
      select (select coalesce(json_agg({visit} order by visit.place), '[]')
              from page visit where visit.place <= :limit) items,
             (select array[to_char(visited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """,
    visit=VISIT,
)


def insert_visits(session: Session, visits: Sequence[dict[str, Any]], *, by: UUID, at: datetime) -> int:
    """Store visits, each with the grid of its household, and return the number of stored visits.

    A visit whose id is used already is skipped.
    """
    binds = {"visits": orjson.dumps(visits).decode(), "by": by, "at": at}
    return len(session.execute(_INSERT, binds).all())


def visit(session: Session, visit_id: UUID) -> bytes:
    """Return a visit as JSON."""
    result: bytes = session.execute(_VISIT, {"visit_id": visit_id}).scalar_one()
    return result


def newest_visits(session: Session, household_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return the time of the newest visit to each household, by household id.

    Households without visits are left out.
    """
    return {row.id: row.visited_at for row in session.execute(_NEWEST, {"ids": list(household_ids)})}


def lock_tags_with_cycle(session: Session, tag_ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Lock the given care tags that have a cycle, and return them by id.

    A care tag with a cycle is help that is due regularly during visits. Care tags without a cycle are left out. Columns:
    `resident_id`, `household_id`, `cycle_days` and `next_due`.
    """
    rows = session.execute(_TAGS_WITH_CYCLE, {"ids": list(tag_ids)}).mappings()
    return {row["id"]: row for row in rows}


def set_next_due(session: Session, due: dict[UUID, date]) -> None:
    """Store the next due day of care tags, also of ended ones.

    A visit that arrives late may be for a care tag that ended meanwhile.

    Args:
        due: Next due day by id of the care tag.
    """
    session.execute(_SET_NEXT_DUE, {"ids": list(due), "due": list(due.values())})


def visits(
    session: Session,
    household_id: UUID,
    *,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return one page of the visits to a household, the newest first.

    Columns: `items` (JSON) and `next_key` (the key of the next page, or null).

    Args:
        after: Time and id of the last visit of the page before.
    """
    at, last = after or (None, None)
    binds = {"household_id": household_id, "after_at": at, "after_id": last, "limit": limit}
    return session.execute(_PAGE, binds).mappings().one()


@lru_cache(maxsize=100)
def _is_readable(visible: ColumnElement[bool]) -> Select[Any]:
    return select(Household.id).where(
        Household.id == bindparam("household_id"), Household.deleted_at.is_(None), visible
    )


def is_readable(session: Session, actor: Actor, household_id: UUID, *, now: datetime) -> bool:
    """Return True if the actor may read residents of the household, and therefore its visits."""
    visibility = household_visibility(actor, now, Permission.RESIDENT_READ)
    binds = visibility.binds | {"household_id": household_id}
    return session.scalar(_is_readable(visibility.condition), binds) is not None


def jurisdiction_of(session: Session, household_id: UUID) -> UUID | None:
    """Return the jurisdiction id of a household, also of a deleted one, or None."""
    return session.scalar(_JURISDICTION, {"household_id": household_id})


def erase_notes(session: Session, *, before: date) -> int:
    """Erase the notes of visits that expired before the day `before`. Return their number."""
    return len(session.execute(_ERASE_NOTES, {"before": before}).all())


def visited(
    session: Session, household_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[UUID]:
    """Return the ids of the given households that were visited in the period.

    A visit counts with any outcome.
    """
    binds = {"ids": list(household_ids), "since": since, "until": until}
    return list(session.scalars(_VISITED, binds))
