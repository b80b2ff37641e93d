"""Monthly statistics of grids, as stored at the end of each month, with their members.

The measures are visits, patrols, coverage and open cases. A *fact* is a stored count of one measure in one grid and month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.core.paging import page_body_of, typed_key
from app.profiles.rules.measures import Selection
from app.statistics.queries import monthly as queries
from app.statistics.queries import monthly_members
from app.statistics.rules import linked_counts
from app.statistics.rules.figure_query import FigureQuery, Moment
from app.statistics.rules.monthly import (
    FACTS,
    MONTHLY_RATES,
    STORED_FACTS,
    is_stored_part_bad,
    members_are,
    stored_part,
)
from app.statistics.rules.periods import (
    PRESENT,
    WHOLE_SPANS,
    SpanNames,
    instant_text,
    months_of,
    spans_of,
)
from app.statistics.service.areas import group_key, names_of_groups
from app.statistics.service.figure_query import level_below, only_evaluation, parse_monthly_query
from app.statistics.service.figure_serializer import (
    Counts,
    FigureSerializer,
    GroupCounts,
    Serialized,
    group_filters,
)

MEMBERS = "/api/v1/figures/cycles/members"
TAIL = 5
# Groupings that only cases have; homes, visits and patrols have neither.
_OF_CASES = ("unit", "category")
_OPEN_CASES = Selection("open_cases")


def monthly_statistics(
    session: Session, actor: Actor, *, from_: str, to: str, group_by: str | None = None, **args: Any
) -> Serialized:
    """Return monthly statistics of the areas that the actor directs, with comparison periods.

    A comparison period without stored facts is null. `is_kept` in the answer is False if the requested months have no
    stored facts. Each figure links to the list of the members that it counts; the link contains the instant `as_of`, so
    that the list does not change later. If figures are grouped or filtered by unit or category, only cases are counted (no
    households, visits or patrols).

    Args:
        from_, to: Months `YYYY-MM`.
        args: Parameters of the request, see `parse_monthly_query`.

    Raises:
        Invalid: There are more than GROUPS_MOST groups.
    """
    query = parse_monthly_query(session, actor, from_=from_, to=to, args=args)
    as_of = min(args.get("as_of") or query.now, query.now)
    query = replace(query, moment=Moment(as_of, is_past=True))
    spans, month_spans = spans_of(query.days, group_by)
    months = months_of(query.days)
    stored_months = _stored_months(session, query, spans)
    is_of_cases = query.filters.is_of_cases or group_by in _OF_CASES
    uncounted = frozenset(name for name, fact in FACTS.items() if is_of_cases and fact.of != "incident")
    measures = [name for name in STORED_FACTS if name not in uncounted]
    part_level = level_below(session, actor, query.area)
    compared = [f"area:{part_level}", *_OF_CASES] if part_level else [*_OF_CASES]
    dimensions = list(dict.fromkeys(name for name in (group_by, *compared) if name and name != "month"))
    rows = queries.tally(
        session,
        query,
        measures=measures,
        spans=spans,
        whole=list(WHOLE_SPANS.values()),
        dimensions=dimensions,
    )
    sums = _FactSums(_sums_of(rows, dimensions), spans, stored_months)
    filters = {name: value for name, value in args.items() if value is not None}
    filters |= {"from_": from_, "to": to, "as_of": instant_text(as_of)}
    whole = sums.group(None, None, WHOLE_SPANS)
    groups = sums.groups_by(group_by, month_spans)
    if group_by != "month" and len(groups) > linked_counts.GROUPS_MOST:
        raise invalid_field("group_by", "too_many_groups", most=linked_counts.GROUPS_MOST)
    groups_compared = {by: sums.groups(by) for by in compared if by != group_by}
    serializer = FigureSerializer(
        names_of_groups(session, [*groups_compared.items(), (group_by, groups)]),
        measures=list(FACTS),
        rates=MONTHLY_RATES,
        members_path=MEMBERS,
        filters=filters,
        has_periods_in_rates=True,
        uncounted=uncounted,
        small_name="counted",
    )
    evaluation = only_evaluation(session, query)
    unfinished = queries.unfinished_months(session, query, months=months)
    return {
        "period": {
            "from": query.days.first,
            "to": query.days.last,
            "is_kept": any(month in stored_months for month in months),
            "partial_months": [
                f"{m:%Y-%m}" for m in months if not (is_of_cases or stored_months.get(m, True))
            ],
            "unfinished_months": [f"{month:%Y-%m}" for month in unfinished],
        },
        **serializer.to_dict(whole),
        "groups": [group for _, group in serializer.groups(group_by, groups)],
        "worst": {
            rate.name: [
                serializer.worst(rate, by, whole, of_grouping, evaluation)
                for by, of_grouping in groups_compared.items()
                if rate.denominator.of not in uncounted
                and (members_are(rate) == "incident" or by not in _OF_CASES)
            ]
            for rate in MONTHLY_RATES.values()
        },
        "tail": _tail(session, query, serializer, months=months, stored=stored_months, measures=measures),
        "definitions": [
            {"name": f.name, "title": {"zh": f.zh, "en": f.en}, "members_are": f.of, "means": f.means}
            for f in FACTS.values()
        ],
    }


def members_of_month(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    from_: str,
    to: str,
    limit: int,
    less: str | None = None,
    cursor: str | None = None,
    **args: Any,
) -> bytes:
    """Return a page of the members that a figure of monthly statistics counts.

    Each member has its grid and month. The parameters are those of the links in the answer of `monthly_statistics`.

    Raises:
        Invalid: `measure` cannot be filtered by unit or category, or `less` has other members than `measure`.
    """
    query = parse_monthly_query(session, actor, from_=from_, to=to, args=args)
    if query.filters.is_of_cases and FACTS[measure].of != "incident":
        raise invalid_field("measure", "not_allowed_here")
    if less is not None and FACTS[less].of != FACTS[measure].of:
        raise invalid_field("less", "not_allowed_here")
    after = None
    if cursor is not None:
        seq, place = typed_key(cursor, int, int)
        after = int(seq), int(place)
    selection = Selection(measure, (less,) if less else ())
    row = monthly_members.members(session, query, selection=selection, after=after, limit=limit)
    return page_body_of(row, limit)


def _stored_months(
    session: Session, query: FigureQuery, spans: Mapping[str, Sequence[date]]
) -> Mapping[date, bool]:
    """Return the months of the spans that have stored facts.

    The value of a month is True if all its facts are complete.
    """
    all_months = sorted({month for months in spans.values() for month in months})
    # A unit without open cases has no row: whether a month is stored does not depend on these filters.
    of_areas = replace(query, filters=replace(query.filters, unit=None, unowned=None))
    return queries.stored_months(session, of_areas, months=all_months)


def _tail(
    session: Session,
    query: FigureQuery,
    serializer: FigureSerializer,
    *,
    months: Sequence[date],
    stored: Mapping[date, bool],
    measures: Sequence[str],
) -> Serialized:
    """Return three lists for the end of the answer: worst grids, most open cases, overdue cases.

    The first list has the grids with the highest share of undone work, for each rate. The second has the grids with most
    open cases. The third has the cases that were overdue for the longest time at the end of the last stored month.
    """
    counted_rates = [
        rate for rate in MONTHLY_RATES.values() if rate.denominator.of not in serializer.uncounted
    ]
    shares = [
        {
            "name": rate.name,
            "whole": rate.denominator.of,
            "part": stored_part(rate),
            "is_part_bad": is_stored_part_bad(rate),
        }
        for rate in counted_rates
    ]
    shares.append({"name": "most_open", "whole": "open_cases", "part": "open_cases", "is_part_bad": True})
    rows = queries.worst_grids(session, query, months=months, shares=shares, measures=measures, most=TAIL)
    names = names_of_groups(session, [("area:grid", [str(row["grid_id"]) for row in rows])])
    closed_months = [month for month in months if month in stored]
    cases = (
        queries.longest_overdue(session, query, month=closed_months[-1], most=TAIL)
        if closed_months
        else b"[]"
    )

    def grid_counts(name: str, measures: tuple[str, str]) -> list[tuple[Serialized, Counts]]:
        return [
            (
                group_key(names, "area:grid", str(row["grid_id"])),
                _grid_counts(dict(zip(measures, (row["whole"], row["part"]), strict=True)), row),
            )
            for row in rows
            if row["name"] == name
        ]

    return {
        "grids": {
            rate.name: [
                {"group": key} | serializer.rate_of_period(rate, counts)
                for key, counts in grid_counts(rate.name, (rate.denominator.of, stored_part(rate)))
            ]
            for rate in MONTHLY_RATES.values()
        },
        "most_open": [
            {"group": key} | serializer.figure(_OPEN_CASES, counts)
            for key, counts in grid_counts("most_open", ("open_cases", "open_cases"))
        ],
        "cases": orjson.loads(cases),
    }


def _grid_counts(sums: Mapping[str, int], row: RowMapping) -> Counts:
    """Return the counts of one grid in the whole period, to show the grid in a list.

    `sums`: the stored counts of the grid by measure. `row`: has the id of the grid as `grid_id`.
    """
    return Counts(lambda selection: _count(sums, selection), {"part_area_id": str(row["grid_id"])})


def _count(sums: Mapping[str, int], selection: Selection) -> int:
    """Return the number of members of a measure (`of`) that belong to no measure in `less`.

    All members of a measure in `less` are also members of the measure `of`, so the sums are subtracted.
    """
    return int(sums.get(selection.of, 0)) - sum(int(sums.get(name, 0)) for name in selection.less)


def _sums_of(
    rows: Sequence[RowMapping], dimensions: Sequence[str]
) -> dict[tuple[str, str | None, str | None], dict[str, int]]:
    """Arrange rows of `queries.monthly.tally` as counts by measure for each group.

    A key is the name of a span of months, the grouping and its value. The grouping is None for totals.
    """
    sums: dict[tuple[str, str | None, str | None], dict[str, int]] = {}
    for row in rows:
        by = None if row["dimension"] is None else dimensions[row["dimension"]]
        sums.setdefault((row["span"], by, row["value"]), {})[row["measure"]] = int(row["told"])
    return sums


@dataclass(frozen=True, slots=True)
class _FactSums:
    """Sums of the stored monthly counts of cases, for several periods and groupings.

    Attributes:
        sums: Counts by the name of the measure, for each combination of a period (name in `spans`), a grouping such as
            `category` (None: the total), and a value of this grouping.
        spans: Months of each period, by the name of the period.
        stored_months: Months with stored counts; the value is True if all counts of the month are complete.
    """

    sums: Mapping[tuple[str, str | None, str | None], Mapping[str, int]]
    spans: Mapping[str, Sequence[date]]
    stored_months: Mapping[date, bool]

    def groups(self, by: str) -> dict[str | None, GroupCounts]:
        """Return the counts of each group of a grouping, by the value of the group; None comes last."""
        values = {value for _, dimension, value in self.sums if dimension == by}
        return {
            value: self.group(by, value, WHOLE_SPANS)
            for value in sorted(values, key=lambda value: (value is None, value or ""))
        }

    def groups_by(
        self, group_by: str | None, month_spans: Mapping[str, SpanNames]
    ) -> dict[str | None, GroupCounts]:
        """Return the counts of the groups for the answer, by the value of the group.

        For the grouping `month`, the groups are the months with stored facts. Without a grouping there are no groups.
        """
        if group_by == "month":
            return {
                value: self.group(None, None, spans)
                for value, spans in month_spans.items()
                if date.fromisoformat(value) in self.stored_months
            }
        return self.groups(group_by) if group_by else {}

    def group(self, by: str | None, value: str | None, spans: SpanNames) -> GroupCounts:
        """Return the counts of one group by period. `spans`: the name of the span of each period."""
        return {period: self._counts(period, span, by, value) for period, span in spans.items()}

    def _counts(self, period: str, span: str, by: str | None, value: str | None) -> Counts:
        months = self.spans[span]
        sums = self.sums.get((span, by, value), {})
        return Counts(
            count=lambda selection: _count(sums, selection),
            filters={"from_": f"{months[0]:%Y-%m}", "to": f"{months[-1]:%Y-%m}"}
            | ({} if by is None else group_filters(by, value)),
            is_recorded=period == PRESENT or any(month in self.stored_months for month in months),
        )


def months_stored_since(session: Session, since: datetime) -> Sequence[date]:
    """Return the months whose counts of open cases were stored at this instant or later."""
    return queries.months_stored_since(session, since)
