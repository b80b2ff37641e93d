"""Rounded monthly releases for readers who see no cases; see app/statistics/rules/rounding.py."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
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
from app.profiles.rules.evaluation import Denominator
from app.statistics.queries import areas
from app.statistics.queries import releases as queries
from app.statistics.queries.counted_cases import Counted, Moment
from app.statistics.rules import rates
from app.statistics.rules.measures import RATES
from app.statistics.rules.periods import COMPARISONS, Days
from app.statistics.rules.rounding import (
    BASE,
    LEVELS_TOLD,
    MEASURES_TOLD,
    RATES_TOLD,
    cell_of,
    months_to_release,
    rounded,
)
from app.statistics.service.areas import group_keys
from app.statistics.service.counts import cells_of_cases, first_recorded
from app.statistics.service.figure_query import zone_of
from app.statistics.service.figure_serializer import PRESENT, definitions

MAX_MONTHS = 36

Serialized = dict[str, Any]
# Spans by the name of the period; those of the whole are called as it is.
SpanNames = Mapping[str, str]
WHOLE_SPANS: SpanNames = {name: name for name in (PRESENT, *COMPARISONS)}
# What was told of each span, by what it counts as; None: not all of its months were told.
Parts = Mapping[str, Sequence[tuple[frozenset[str], int]] | None]


def months_due(session: Session, now: datetime) -> list[tuple[UUID, date]]:
    """Return the months due for release, by jurisdiction."""
    due = []
    for jurisdiction_id in queries.jurisdictions(session):
        zone = zone_of(session, jurisdiction_id, now)
        if zone is None:
            continue
        counted = _counted(session, jurisdiction_id, Days(now.date(), now.date()), zone)
        first = first_recorded(session, counted=counted, moment=Moment(now))
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
    """Count a month, round each cell by a draw of its own, store only that. False: released before."""
    zone = profiles.profile_at(session, jurisdiction_id, now).profile.calendar.zone
    counted = _counted(session, jurisdiction_id, whole_months(month, month), zone)
    level = len(LEVELS_TOLD) - 1
    cells = cells_of_cases(session, SYSTEM, counted=counted, moment=Moment(now), level=level)
    counts: Counter[tuple[str | None, str, str, tuple[str, ...]]] = Counter()
    for cell in cells:
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
    session: Session,
    actor: Actor,
    *,
    from_: str,
    to: str,
    group_by: str | None = None,
    area_id: UUID | None = None,
    jurisdiction: str | None = None,
    category: str | None = None,
    class_: str | None = None,
    as_of: datetime | None = None,
) -> Serialized:
    """Measures and rates of whole months (`YYYY-MM`), by what was told of them by `as_of`; of nothing else, without members.

    A number is null where one of its months has not been told.
    """
    days = parse_months(from_, to)
    within = _within(session, actor)
    area_row = None if area_id is None else _area(session, within, area_id)
    jurisdiction_id = _jurisdiction(session, within, area_row, jurisdiction)
    evaluation = profiles.profile_at(session, jurisdiction_id, clock.now()).profile.evaluation
    measured_by = rates.denominators(evaluation)
    releases = queries.released(session, jurisdiction_id, by=as_of)
    spans, named = spans_of(days, group_by)
    rows = queries.tally(
        session,
        releases=[
            (releases[month], span) for span, months in spans.items() for month in months if month in releases
        ],
        within=None if within is None else [area_scope["id"] for area_scope in within],
        area=area_id,
        category=category,
        kind=class_,
        group_by=group_by,
    )
    is_told = {span: all(month in releases for month in months) for span, months in spans.items()}
    teller = _RoundedSerializer(rows, is_told, measured_by)
    if group_by not in (None, "month"):
        values = sorted({row["value"] for row in rows}, key=lambda v: (v is None, v or ""))
        shown: list[tuple[str | None, Serialized]] = [
            (value, teller.group_to_dict(WHOLE_SPANS, value)) for value in values
        ]
    else:
        shown = [(value, teller.group_to_dict(own, None)) for value, own in named.items()]
    keys = group_keys(session, group_by, [value for value, _ in shown])
    return {
        "rounded_to": BASE,
        "period": {
            "from": days.first,
            "to": days.last,
            "is_told": is_told[PRESENT],
            **{
                name: {"from": of(days).first, "to": of(days).last, "is_told": is_told[name]}
                for name, of in COMPARISONS.items()
            },
        },
        **teller.to_dict(WHOLE_SPANS),
        "groups": [{"group": keys[value], **figures} for value, figures in shown],
        "definitions": definitions(measured_by, evaluation),
    }


class _RoundedSerializer:
    """Serialises sums of stored cells; numerator and denominator are sums of the same cells."""

    def __init__(
        self, rows: Sequence[RowMapping], is_told: Mapping[str, bool], measured_by: Mapping[str, Denominator]
    ) -> None:
        self.rows = [
            (row["span"], row["value"], frozenset(row["counts_as"]), int(row["told"])) for row in rows
        ]
        self.is_told = is_told
        self.measured_by = measured_by

    def to_dict(self, named: SpanNames) -> Serialized:
        return self._cells_to_dict(
            {name: self._parts(span, None, is_whole=True) for name, span in named.items()}
        )

    def group_to_dict(self, named: SpanNames, value: str | None) -> Serialized:
        is_whole = named[PRESENT] != PRESENT
        return self._cells_to_dict(
            {name: self._parts(span, value, is_whole=is_whole) for name, span in named.items()}
        )

    def _parts(
        self, span: str, value: str | None, *, is_whole: bool
    ) -> list[tuple[frozenset[str], int]] | None:
        if not self.is_told[span]:
            return None
        return [
            (counts_as, count)
            for of, group, counts_as, count in self.rows
            if of == span and (is_whole or group == value)
        ]

    def _cells_to_dict(self, parts: Parts) -> Serialized:
        measures = {
            name: {
                ("count" if span == PRESENT else span): _sum(cells, Denominator(name))
                for span, cells in parts.items()
            }
            for name in MEASURES_TOLD
        }
        rates_by_name: Serialized = {}
        for name in RATES_TOLD:
            rate, values = RATES[name], {}
            for span, cells in parts.items():
                whole = _sum(cells, self.measured_by[name])
                part = _sum(cells, Denominator(rate.numerator))
                values["value" if span == PRESENT else span] = (
                    None if not whole or part is None else round(part / whole, 6)
                )
            rates_by_name[name] = values
        return {"measures": measures, "rates": rates_by_name}


def _sum(parts: Sequence[tuple[frozenset[str], int]] | None, cases: Denominator) -> int | None:
    if parts is None:
        return None
    return sum(count for names, count in parts if cases.of in names and not names & set(cases.less))


def _area(session: Session, within: Sequence[RowMapping] | None, area: UUID) -> RowMapping:
    """An area that is told of, under one of the actor's."""
    row = areas.area_of_figures(session, area)
    if row is None:
        raise NotFound("not_found")
    if within is not None and not {scope_area["id"].hex for scope_area in within} & set(
        row["path"].split(".")
    ):
        raise Forbidden("outside_own_areas")
    if row["level"] not in LEVELS_TOLD:
        raise invalid_field("area_id", "not_allowed_here")
    return row


def _jurisdiction(
    session: Session, within: Sequence[RowMapping] | None, area: RowMapping | None, code: str | None
) -> UUID:
    """The area's, the one that is named, or that of the actor's areas; everywhere: the default one."""
    if area is not None:
        return UUID(str(area["jurisdiction_id"]))
    if within is None:
        return profiles.jurisdiction_named(session, code)
    jurisdiction_ids = {UUID(str(scope_area["jurisdiction_id"])) for scope_area in within}
    if code is not None:
        named = profiles.jurisdiction_named(session, code)
        if named not in jurisdiction_ids:
            raise Forbidden("outside_own_areas")
        return named
    if len(jurisdiction_ids) != 1:
        raise invalid_field("jurisdiction", "required")
    return jurisdiction_ids.pop()


def _within(session: Session, actor: Actor) -> Sequence[RowMapping] | None:
    """The areas of grants that read figures and are told of; None: everywhere. No other grant, and no responsibility, counts.

    Nothing is stored of smaller areas: to whoever has only such the numbers would be nought, so she is told none (403).
    """
    grants = [g for g in actor.grants if Permission.FIGURES_READ in ROLE_PERMISSIONS[g.role]]
    if any(g.area_id is None and g.unit_id is None for g in grants):
        return None
    granted = [areas.area_of_figures(session, g.area_id) for g in grants if g.area_id is not None]
    large_enough = [area for area in granted if area is not None and area["level"] in LEVELS_TOLD]
    if not large_enough:
        raise Forbidden("areas_too_small")
    return large_enough


def _counted(session: Session, jurisdiction_id: UUID, days: Days, zone: ZoneInfo) -> Counted:
    return Counted(
        jurisdiction_id=jurisdiction_id,
        has_strays=jurisdiction_id == profiles.jurisdiction_named(session, None),
        zone=str(zone),
        since=datetime.combine(days.first, time(), tzinfo=zone),
        until=datetime.combine(days.last + timedelta(days=1), time(), tzinfo=zone),
    )


def parse_months(from_: str, to: str) -> Days:
    """Return the period from a month to another (`YYYY-MM`). Raises Invalid for a wrong order or length."""
    days = whole_months(date.fromisoformat(f"{from_}-01"), date.fromisoformat(f"{to}-01"))
    if not 1 <= (days.months or 0) <= MAX_MONTHS:
        raise invalid_field("to", "out_of_range")
    return days


def spans_of(days: Days, group_by: str | None) -> tuple[dict[str, list[date]], dict[str, SpanNames]]:
    """The months of each span by its name; and by its first day, how those of each month of the period are called."""
    spans = {PRESENT: months_of(days)} | {name: months_of(of(days)) for name, of in COMPARISONS.items()}
    named: dict[str, SpanNames] = {}
    for month in spans[PRESENT] if group_by == "month" else ():
        periods = {PRESENT: whole_months(month, month)}
        periods |= {name: of(periods[PRESENT]) for name, of in COMPARISONS.items()}
        named[month.isoformat()] = {name: f"{name} of {month}" for name in periods}
        spans |= {f"{name} of {month}": months_of(days_of_period) for name, days_of_period in periods.items()}
    return spans, named


def whole_months(first: date, last: date) -> Days:
    """From the first day of a month to the last day of one."""
    following = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
    return Days(first.replace(day=1), following - timedelta(days=1))


def months_of(days: Days) -> list[date]:
    months = [days.first]
    while (following := (months[-1] + timedelta(days=32)).replace(day=1)) <= days.last:
        months.append(following)
    return months
