"""Counts of cases over a period, and the cases that were counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import invalid_field
from app.core.paging import page_body_of, typed_key
from app.profiles.rules.evaluation import Denominator
from app.statistics.queries import figures as queries
from app.statistics.queries.counted_cases import Counted, Moment, Span
from app.statistics.rules.measures import PARTS

CaseCounts = dict[str, int]
# By the name of a span: of everything (None), or of one value (None: of none) of a dimension. What is not there is nought.
Sums = dict[tuple[str, str | None, str | None], CaseCounts]


def count_cases(
    session: Session,
    actor: Actor,
    *,
    counted: Counted,
    moment: Moment,
    spans: Sequence[Span],
    dimensions: Sequence[str],
    sums: Mapping[str, Denominator],
) -> tuple[Sums, str]:
    """Every measure and every sum, of everything and by each dimension; and the snapshot in which they were counted.

    Cases are those of `counted`, but for its period: of each of `spans`.
    """
    of_cases = [name for name in dimensions if name not in PARTS]
    rows = queries.tally(
        session,
        actor,
        counted=counted,
        moment=moment,
        spans=spans,
        dimensions=of_cases,
        sums=sums,
        now=clock.now(),
    )
    sums_by_group: Sums = {}
    snapshot = ""
    for row in rows:
        counts: dict[str, Any] = dict(row)
        number, place, value = (counts.pop(name) for name in ("span", "dimension", "value"))
        snapshot = counts.pop("snapshot")
        if number is None:
            continue
        span = spans[number]
        if place is None:
            sums_by_group[span.name, span.kind, span.part] = counts
        else:
            sums_by_group[span.name, of_cases[place], value] = counts
    return sums_by_group, snapshot


def cells_of_cases(
    session: Session, actor: Actor, *, counted: Counted, moment: Moment, level: int
) -> Sequence[RowMapping]:
    """Ordinary cases in cells of which each holds all that is alike in what it counts as, category, class and area."""
    return queries.cells(session, actor, counted=counted, moment=moment, now=clock.now(), level=level)


def open_in_grid(session: Session, grid_id: UUID, *, at: datetime) -> dict[UUID | None, list[str]]:
    """The ordinary cases of a grid that were open at an instant, by the unit that owned them then."""
    cases_by_unit: dict[UUID | None, list[str]] = {}
    for row in queries.open_in_grid(session, grid_id, at=at):
        cases_by_unit.setdefault(row["unit_id"], []).append(row["id"])
    return cases_by_unit


def first_recorded(session: Session, *, counted: Counted, moment: Moment) -> datetime | None:
    """When the first case of the jurisdiction was reported, as far as that was known; None: nothing was."""
    return queries.first_reported(session, counted=counted, moment=moment)


def counted_cases(
    session: Session,
    actor: Actor,
    *,
    counted: Counted,
    moment: Moment,
    cases: Denominator,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of exactly the cases that a figure counted, as they stood at that moment."""
    row = queries.members(
        session,
        actor,
        counted=counted,
        moment=moment,
        cases=cases,
        after=typed_key(cursor, datetime.fromisoformat, UUID) if cursor else None,
        now=clock.now(),
        limit=limit,
    )
    return page_body_of(row, limit)


def longest_overdue(
    session: Session, actor: Actor, *, counted: Counted, moment: Moment, most: int
) -> list[dict[str, Any]]:
    """The cases due in the period that are overdue for the longest."""
    cases: list[dict[str, Any]] = orjson.loads(
        queries.longest_late(session, actor, counted=counted, moment=moment, now=clock.now(), most=most)
    )
    return cases


def require_recorded(session: Session, moment: Moment) -> None:
    """Of what was before the first record nothing can be said, which is not the same as that there was nothing."""
    if moment.is_past:
        first = queries.recorded_since(session)
        if first is not None and moment.at < first:
            raise invalid_field("as_of", "before_records", first=first)
