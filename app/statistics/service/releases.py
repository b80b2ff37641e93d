"""Rounded monthly releases, for readers who may not see the cases.

app/statistics/rules/rounding.py explains the rounding.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import ROLE_PERMISSIONS, SYSTEM, Actor, Permission
from app.core.errors import Forbidden, NotFound, invalid_field
from app.core.ids import uuid7
from app.profiles import service as profiles
from app.profiles.rules.measures import Selection
from app.statistics.queries import areas
from app.statistics.queries import releases as queries
from app.statistics.rules import rates
from app.statistics.rules.figure_query import FigureQuery, Moment
from app.statistics.rules.periods import (
    COMPARISONS,
    PRESENT,
    WHOLE_SPANS,
    Days,
    SpanNames,
    spans_of,
    whole_months,
)
from app.statistics.rules.rounding import (
    BASE,
    RELEASED_LEVELS,
    RELEASED_MEASURES,
    RELEASED_RATES,
    cell_of,
    months_to_release,
    rounded,
)
from app.statistics.service.areas import names_of_groups
from app.statistics.service.counts import cells_of_cases, first_recorded
from app.statistics.service.figure_query import filters_of, parse_months, zone_of
from app.statistics.service.figure_serializer import (
    Counts,
    FigureSerializer,
    GroupCounts,
    Serialized,
    definitions,
)


def months_due(session: Session, now: datetime) -> list[tuple[UUID, date]]:
    """Return all months that are due for release, as pairs of jurisdiction id and first day."""
    due = []
    for jurisdiction_id in queries.jurisdictions(session):
        zone = zone_of(session, jurisdiction_id, now)
        if zone is None:
            continue
        query = _query_of_release(session, jurisdiction_id, Days(now.date(), now.date()), zone, now)
        first = first_recorded(session, query)
        if first is None:
            continue
        released = queries.released(session, jurisdiction_id)
        months = months_to_release(first.astimezone(zone).date(), now.astimezone(zone).date())
        due += [(jurisdiction_id, month) for month in months if month not in released]
    return due


def release(
    session: Session,
    jurisdiction_id: UUID,
    month: date,
    now: datetime,
    *,
    draw: Callable[[int], int] = secrets.randbelow,
) -> bool:
    """Count the cases of a month, round each cell at random, and store the rounded cells.

    Returns True. If the month has been released already, nothing is stored and False is returned. `draw(n)` returns a
    random integer from 0 to n - 1.
    """
    zone = profiles.profile_at(session, jurisdiction_id, now).profile.calendar.zone
    query = _query_of_release(session, jurisdiction_id, whole_months(month, month), zone, now)
    counts: Counter[tuple[str | None, str, str, tuple[str, ...]]] = Counter()
    for cell in cells_of_cases(session, query, level=len(RELEASED_LEVELS) - 1):
        if names := cell_of(cell["counts_as"]):
            counts[cell["path"], cell["category"], cell["class"], tuple(names)] += cell["n"]
    rounded_cells = [
        {"path": path, "category": category, "class": kind, "counts_as": names, "told": rounded(n, draw)}
        for (path, category, kind, names), n in counts.items()
    ]
    return queries.release(
        session,
        id=uuid7(),
        jurisdiction_id=jurisdiction_id,
        month=month,
        cells=[cell for cell in rounded_cells if cell["told"]],
        at=now,
    )


def rounded_figures(
    session: Session, actor: Actor, *, from_: str, to: str, group_by: str | None = None, **args: Any
) -> Serialized:
    """Return rounded measures and rates of whole months, as released by the instant `as_of`.

    A number is null if a month that it needs has not been released.

    Args:
        from_, to: Months `YYYY-MM`.
        args: Parameters of the request: `area_id`, `jurisdiction`, `category`, `class_`, `as_of`.

    Raises:
        Forbidden: The actor may not read figures of the area, or may read only areas that are too small for releases.
    """
    days = parse_months(from_, to)
    granted = _granted_areas(session, actor)
    area_id = args.get("area_id")
    area_row = None if area_id is None else _area(session, granted, area_id)
    now = clock.now()
    jurisdiction_id = _jurisdiction(session, granted, area_row, args.get("jurisdiction"))
    evaluation = profiles.profile_at(session, jurisdiction_id, now).profile.evaluation
    rates_by_name = rates.rates_by(evaluation)
    releases = queries.released(session, jurisdiction_id, by=args.get("as_of"))
    spans, month_spans = spans_of(days, group_by)
    rows = queries.tally(
        session,
        releases=[
            (releases[month], span) for span, months in spans.items() for month in months if month in releases
        ],
        within=None if granted is None else [area["id"] for area in granted],
        filters=filters_of(args),
        group_by=group_by,
    )
    sums = _CellSums(
        [(row["span"], row["value"], frozenset(row["counts_as"]), int(row["told"])) for row in rows],
        {span: all(month in releases for month in months) for span, months in spans.items()},
    )
    groups = sums.groups_by(group_by, month_spans)
    serializer = FigureSerializer(
        names_of_groups(session, [(group_by, groups)]),
        measures=RELEASED_MEASURES,
        rates={name: rates_by_name[name] for name in RELEASED_RATES},
    )
    return {
        "rounded_to": BASE,
        "period": {
            "from": days.first,
            "to": days.last,
            "is_told": sums.is_released[PRESENT],
            **{
                name: {"from": of(days).first, "to": of(days).last, "is_told": sums.is_released[name]}
                for name, of in COMPARISONS.items()
            },
        },
        **serializer.to_dict(sums.whole(WHOLE_SPANS)),
        "groups": [group for _, group in serializer.groups(group_by, groups)],
        "definitions": definitions(rates_by_name, evaluation),
    }


# Span, value of the group, the measures that the cases of a cell count as, and their rounded number.
_Cell = tuple[str, str | None, frozenset[str], int]


@dataclass(frozen=True, slots=True)
class _CellSums:
    """The released, rounded counts of an answer, with functions that sum them.

    A cell is the count of cases that have the same span of months, group and measures.

    Attributes:
        is_released: For each span, True if all months of the span have been released.
    """

    cells: Sequence[_Cell]
    is_released: Mapping[str, bool]

    def whole(self, spans: SpanNames) -> GroupCounts:
        """Return the counts over all cells, by period. `spans`: the name of the span of each period."""
        return {period: self._counts(span, self.cells) for period, span in spans.items()}

    def groups_by(
        self, group_by: str | None, month_spans: Mapping[str, SpanNames]
    ) -> dict[str | None, GroupCounts]:
        """Return the counts of the groups for the answer, by the value of the group; None is last.

        If `group_by` is `month`, there is one group per month. If it is None, there are no groups. For any other grouping
        there is one group per value in the cells.
        """
        if group_by in (None, "month"):
            return {value: self.whole(spans) for value, spans in month_spans.items()}
        values = {value for _, value, _, _ in self.cells}
        return {
            value: self._group(value)
            for value in sorted(values, key=lambda value: (value is None, value or ""))
        }

    def _group(self, value: str | None) -> GroupCounts:
        cells = [cell for cell in self.cells if cell[1] == value]
        return {period: self._counts(span, cells) for period, span in WHOLE_SPANS.items()}

    def _counts(self, span: str, cells: Sequence[_Cell]) -> Counts:
        if not self.is_released[span]:
            return Counts(lambda selection: 0, is_recorded=False)
        of_span = [(names, count) for cell_span, _, names, count in cells if cell_span == span]
        return Counts(lambda selection: _count(of_span, selection))


def _count(cells: Sequence[tuple[frozenset[str], int]], selection: Selection) -> int:
    """Return the sum of the cells that a measure counts, without those that `less` counts."""
    return sum(
        count for names, count in cells if selection.of in names and not names.intersection(selection.less)
    )


def _area(session: Session, granted: Sequence[RowMapping] | None, area_id: UUID) -> RowMapping:
    """Return an area with released figures that lies in one of the areas granted to the actor.

    Raises:
        NotFound: There is no such area.
        Forbidden: The area lies in none of the granted areas.
        Invalid: The level of the area has no released figures.
    """
    row = areas.area_of_figures(session, area_id)
    if row is None:
        raise NotFound("not_found")
    if granted is not None and not {area["id"].hex for area in granted} & set(row["path"].split(".")):
        raise Forbidden("outside_own_areas")
    if row["level"] not in RELEASED_LEVELS:
        raise invalid_field("area_id", "not_allowed_here")
    return row


def _jurisdiction(
    session: Session, granted: Sequence[RowMapping] | None, area: RowMapping | None, code: str | None
) -> UUID:
    """Return the id of the jurisdiction of a request.

    The rules are tried in this order: the jurisdiction of the area; the jurisdiction with the requested code; the only
    jurisdiction of the granted areas. An actor with a grant everywhere gets the default jurisdiction.

    Raises:
        Forbidden: No granted area is in the jurisdiction of `code`.
        Invalid: The granted areas are in several jurisdictions.
    """
    if area is not None:
        return UUID(str(area["jurisdiction_id"]))
    if granted is None:
        return profiles.jurisdiction_named(session, code)
    jurisdiction_ids = {UUID(str(area["jurisdiction_id"])) for area in granted}
    if code is not None:
        named = profiles.jurisdiction_named(session, code)
        if named not in jurisdiction_ids:
            raise Forbidden("outside_own_areas")
        return named
    if len(jurisdiction_ids) != 1:
        raise invalid_field("jurisdiction", "required")
    return jurisdiction_ids.pop()


def _granted_areas(session: Session, actor: Actor) -> Sequence[RowMapping] | None:
    """Return the areas in which a grant allows the actor to read released figures.

    None: everywhere. Responsibilities and grants of other permissions do not count. Areas of lower levels are left out,
    because nothing is released for them.

    Raises:
        Forbidden: All granted areas are of lower levels (`areas_too_small`).
    """
    grants = [g for g in actor.grants if Permission.FIGURES_READ in ROLE_PERMISSIONS[g.role]]
    if any(g.area_id is None and g.unit_id is None for g in grants):
        return None
    granted = [areas.area_of_figures(session, g.area_id) for g in grants if g.area_id is not None]
    large_enough = [area for area in granted if area is not None and area["level"] in RELEASED_LEVELS]
    if not large_enough:
        raise Forbidden("areas_too_small")
    return large_enough


def _query_of_release(
    session: Session, jurisdiction_id: UUID, days: Days, zone: ZoneInfo, now: datetime
) -> FigureQuery:
    """Return the query for all cases of a jurisdiction in a period, in their present state."""
    return FigureQuery(
        actor=SYSTEM,
        now=clock.now(),
        days=days,
        moment=Moment(now),
        jurisdiction_id=jurisdiction_id,
        has_strays=jurisdiction_id == profiles.jurisdiction_named(session, None),
        zone=str(zone),
    )
