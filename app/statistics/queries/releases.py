"""SQL of rounded releases: stored cells of released months, and months due."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.statistics.rules.figure_query import Filters
from app.statistics.rules.rounding import LEVELS_TOLD

# By what cells `c` are grouped: all that they are made of, and nothing finer.
_BY = {
    "class": 'c."class"',
    "category": "c.category",
    **{
        f"area:{level}": f"""case when nlevel(c.scope_path) > {place}
                                  then subpath(c.scope_path, {place}, 1)::text::uuid::text end"""
        for place, level in enumerate(LEVELS_TOLD)
    },
}


def jurisdictions(session: Session) -> list[UUID]:
    """All, by id."""
    sql = "select id from jurisdiction where deleted_at is null order by id"
    return list(session.scalars(sql_text(sql)))


def released(session: Session, jurisdiction_id: UUID, *, by: datetime | None = None) -> dict[date, UUID]:
    """The months that had been told by an instant, or have been, with their releases."""
    sql = """
      select month, id from figure_release where jurisdiction_id = :id
        and (cast(:by as timestamptz) is null or occurred_at <= :by) order by month
    """
    rows = session.execute(sql_text(sql), {"id": jurisdiction_id, "by": by})
    return {row.month: row.id for row in rows}


def release(
    session: Session,
    *,
    id: UUID,
    jurisdiction_id: UUID,
    month: date,
    cells: Sequence[Mapping[str, Any]],
    at: datetime,
) -> bool:
    """Store what is told of a month; False if somebody else has."""
    sql = """
      insert into figure_release (id, jurisdiction_id, month, occurred_at)
      values (:id, :jurisdiction_id, :month, :at) on conflict do nothing returning 1
    """
    binds = {"id": id, "jurisdiction_id": jurisdiction_id, "month": month, "at": at}
    if session.execute(sql_text(sql), binds).scalar_one_or_none() is None:
        return False
    sql = """
      insert into figure_cell (release_id, scope_path, category, "class", counts_as, told, occurred_at)
      select :id, cast(c.path as ltree), c.category, c."class", c.counts_as, c.told, :at
      from jsonb_to_recordset(cast(:cells as jsonb)) c(path text, category text, "class" text, counts_as text[], told int)
    """
    session.execute(sql_text(sql), {"id": id, "at": at, "cells": orjson.dumps(list(cells)).decode()})
    return True


def tally(
    session: Session,
    *,
    releases: Sequence[tuple[UUID, str]],
    within: Sequence[UUID] | None,
    filters: Filters,
    group_by: str | None,
) -> Sequence[RowMapping]:
    """What cells told, by span (named in `releases`), group (`value`), and what they count as: `told`.

    `within`: areas under which cells must lie, None for everywhere.
    """
    grouped = _BY.get(group_by or "", "cast(null as text)")
    sql = f"""
      select s.span, {grouped} "value", c.counts_as, sum(c.told) told
      from jsonb_to_recordset(cast(:spans as jsonb)) s(id uuid, span text)
      join figure_cell c on c.release_id = s.id
      where (cast(:within as lquery) is null or c.scope_path ~ cast(:within as lquery))
        and (cast(:area as lquery) is null or c.scope_path ~ cast(:area as lquery))
        and (cast(:category as text) is null or c.category = :category)
        and (cast(:kind as text) is null or c."class" = :kind)
      group by 1, 2, 3
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
    return session.execute(sql_text(sql), binds).mappings().all()
