"""Counts of cases as of a moment, and pages of the counted cases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import invalid_field
from app.core.paging import page_body_of, typed_key
from app.profiles.rules.measures import AVERAGES, Selection
from app.statistics.queries import figures as queries
from app.statistics.queries.counted_cases import CountedVisibility
from app.statistics.rules.figure_query import FigureQuery, Moment, Span, covers_most
from app.statistics.rules.periods import PARTS

# Name of the span, dimension (None: in total) and value of the group (None: cases without one).
GroupKey = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class CaseSums:
    """Counts of cases and sums of durations by group, all from one database snapshot.

    Attributes:
        columns: For each selection (a measure without the cases of some other measures), the column of `rows` with its
            count.
        rows: The counts of each group. The key is the name of the span, the grouping and the value of the grouping. A group
            without a row has the count 0.
    """

    columns: Mapping[Selection, str]
    rows: Mapping[GroupKey, RowMapping]
    snapshot: str

    def counter(self, key: GroupKey) -> Callable[[Selection], int]:
        """Return a function that returns the count of a selection in the group `key`."""
        row = self.rows.get(key)
        return lambda selection: 0 if row is None else int(row[self.columns[selection]])

    def seconds(self, key: GroupKey) -> dict[str, int]:
        """Return the sums of durations of the group `key` in seconds, by the name of the mean."""
        row = self.rows.get(key)
        return {name: 0 if row is None else int(row[name]) for name in AVERAGES}

    def values(self, dimension: str) -> list[str | None]:
        """Return the values of all groups of a grouping, sorted. None comes last."""
        values = {value for _, name, value in self.rows if name == dimension}
        return sorted(values, key=lambda value: (value is None, value or ""))


def count_cases(
    session: Session,
    query: FigureQuery,
    *,
    spans: Sequence[Span],
    dimensions: Sequence[str],
    selections: Iterable[Selection],
    visibility: CountedVisibility | None = None,
    first: datetime | None = None,
) -> CaseSums:
    """Count the cases of each selection in each span, in total and by each grouping.

    Args:
        spans: Counted instead of the period of `query`.
        visibility: The rule of which cases are counted. None: those that the actor of `query` directs.
        first: When the first case was reported, if that is known. The counts do not depend on it.
    """
    # Rates share denominators: each selection is counted once.
    columns = {selection: f"n{number}" for number, selection in enumerate(dict.fromkeys(selections))}
    of_cases = [name for name in dimensions if name not in PARTS]
    rows: dict[GroupKey, RowMapping] = {}
    snapshot = ""
    tallied = queries.tally(
        session,
        query,
        spans=spans,
        dimensions=of_cases,
        selections=list(columns),
        visibility=visibility,
        is_read_once=query.moment.is_then or covers_most(spans, query, first),
    )
    for row in tallied:
        snapshot = row["snapshot"]
        if row["span"] is None:
            continue
        span = spans[row["span"]]
        if row["dimension"] is None:
            rows[span.name, span.kind, span.part] = row
        else:
            rows[span.name, of_cases[row["dimension"]], row["value"]] = row
    return CaseSums(columns, rows, snapshot)


def cells_of_cases(session: Session, query: FigureQuery, *, level: int) -> Sequence[RowMapping]:
    """Count ordinary cases, to be rounded: by area, category, class and measures.

    Ordinary cases are neither confidential nor about a person or unit. Columns: `path` (of the area), `category`, `class`,
    `counts_as` (names of measures), `n` (number of cases).

    Args:
        level: Level of the areas. A case in no area of this level is counted in the area above.
    """
    return queries.cells(session, query, level=level)


def open_in_grid(session: Session, grid_id: UUID, *, at: datetime) -> dict[UUID | None, list[str]]:
    """Return the ids of ordinary cases that were open in a grid at an instant, by owning unit.

    The grid, the owning unit and the state of a case are those at this instant.
    """
    cases_by_unit: dict[UUID | None, list[str]] = {}
    for row in queries.open_in_grid(session, grid_id, at=at):
        cases_by_unit.setdefault(row["unit_id"], []).append(row["id"])
    return cases_by_unit


def first_recorded(session: Session, query: FigureQuery) -> datetime | None:
    """Return when the first case of the jurisdiction was reported, or None without cases.

    Only cases that existed at the moment of the query are considered.
    """
    return queries.first_reported(session, query)


def counted_cases(
    session: Session, query: FigureQuery, *, selection: Selection, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the cases that a figure counts, in their state at the counted moment."""
    after = typed_key(cursor, datetime.fromisoformat, UUID) if cursor else None
    row = queries.members(session, query, selection=selection, after=after, limit=limit)
    return page_body_of(row, limit)


def longest_overdue(session: Session, query: FigureQuery, *, most: int) -> list[dict[str, Any]]:
    """Return the `most` cases that are overdue for the longest time, of those due in the period."""
    cases: list[dict[str, Any]] = orjson.loads(queries.longest_overdue(session, query, most=most))
    return cases


def require_recorded(session: Session, moment: Moment) -> None:
    """Raise Invalid if the moment is before the first record of `incident_history`.

    For such a moment 0 cases would be counted, which would be wrong.
    """
    if moment.is_past:
        first = queries.recorded_since(session)
        if first is not None and moment.at < first:
            raise invalid_field("as_of", "before_records", first=first)
