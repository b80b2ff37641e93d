"""SQL of rounded releases: list jurisdictions and releases, store a release, sum its cells."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, RowMapping, Uuid, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.profiles.models import Jurisdiction
from app.statistics.models import FigureRelease
from app.statistics.queries.columns import area_at, area_id_of
from app.statistics.rules.figure_query import Filters
from app.statistics.rules.rounding import RELEASED_LEVELS

_JURISDICTIONS = select(Jurisdiction.id).where(Jurisdiction.deleted_at.is_(None)).order_by(Jurisdiction.id)


def jurisdictions(session: Session) -> list[UUID]:
    """Return the ids of all jurisdictions that are not deleted, in order."""
    return list(session.scalars(_JURISDICTIONS))


_BY = bindparam("by", None, DateTime(timezone=True))
_RELEASES = (
    select(FigureRelease.month, FigureRelease.id)
    .where(
        FigureRelease.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
        or_(_BY.is_(None), FigureRelease.occurred_at <= _BY),
    )
    .order_by(FigureRelease.month)
)


def released(session: Session, jurisdiction_id: UUID, *, by: datetime | None = None) -> dict[date, UUID]:
    """Return the ids of the releases of a jurisdiction, by the first day of their month.

    `by`: only releases that existed at this instant are returned. None: all.
    """
    rows = session.execute(_RELEASES, {"jurisdiction_id": jurisdiction_id, "by": by})
    return {row.month: row.id for row in rows}


_INSERT_RELEASE = insert(FigureRelease).on_conflict_do_nothing().returning(FigureRelease.id)
_INSERT_CELLS = Fragment("""
  insert into figure_cell (release_id, scope_path, category, "class", counts_as, told, occurred_at)
  select :release_id, cast(c.path as ltree), c.category, c."class", c.counts_as, c.told, :at
  from jsonb_to_recordset(cast(:cells as jsonb)) c(path text, category text, "class" text, counts_as text[], told int)
""")


def release(
    session: Session,
    *,
    id: UUID,
    jurisdiction_id: UUID,
    month: date,
    cells: Sequence[Mapping[str, Any]],
    at: datetime,
) -> bool:
    """Insert the release of a month with its rounded cells, and return True.

    If the month has a release already, nothing is stored and False is returned.
    """
    values = {"id": id, "jurisdiction_id": jurisdiction_id, "month": month, "occurred_at": at}
    if session.execute(_INSERT_RELEASE, values).scalar_one_or_none() is None:
        return False
    binds = {"release_id": id, "at": at, "cells": orjson.dumps(list(cells)).decode()}
    session.execute(_INSERT_CELLS, binds)
    return True


# Columns of cells `c` by which figures are grouped, as text: everything that cells are made of, and nothing finer.
_GROUPINGS = {
    "class": Fragment('c."class"'),
    "category": Fragment("c.category"),
    **{
        f"area:{level}": area_id_of(area_at(Fragment("c.scope_path"), place))
        for place, level in enumerate(RELEASED_LEVELS)
    },
}


@lru_cache
def _tally(group_by: str | None) -> Fragment:
    return Fragment(
        """
      select s.span, {value} "value", c.counts_as, sum(c.told) told
      from jsonb_to_recordset(cast(:spans as jsonb)) s(id uuid, span text)
      join figure_cell c on c.release_id = s.id
      where (cast(:within as lquery) is null or c.scope_path ~ cast(:within as lquery))
        and (cast(:area as lquery) is null or c.scope_path ~ cast(:area as lquery))
        and (cast(:category as text) is null or c.category = :category)
        and (cast(:kind as text) is null or c."class" = :kind)
      group by 1, 2, 3
        """,
        value=_GROUPINGS.get(group_by or "", Fragment("cast(null as text)")),
    )


def tally(
    session: Session,
    *,
    releases: Sequence[tuple[UUID, str]],
    within: Sequence[UUID] | None,
    filters: Filters,
    group_by: str | None,
) -> Sequence[RowMapping]:
    """Sum the rounded cells of released months, by span, group and set of measures.

    Columns: `span` (name), `value` (of the grouping `group_by`; NULL without a grouping), `counts_as` (names of the
    measures that count the cases of the cells), `told` (the sum).

    Args:
        releases: Ids of releases, each with the name of a span.
        within: Ids of the areas in which cells must lie. None: everywhere.
        filters: Only `area`, `category` and `kind` are applied.
    """
    names = None if within is None else "|".join(area_id.hex for area_id in within) or "nowhere"
    binds = {
        "spans": orjson.dumps(
            [{"id": str(release_id), "span": span} for release_id, span in releases]
        ).decode(),
        "within": None if names is None else f"*.{names}.*",
        "area": None if filters.area is None else f"*.{filters.area.hex}.*",
        "category": filters.category,
        "kind": filters.kind,
    }
    return session.execute(_tally(group_by), binds).mappings().all()
