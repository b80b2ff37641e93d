"""Figures of a period: measures, rates with their worst groups, and longest overdue cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.profiles.rules.measures import AVERAGES, MEASURES, Rate, Selection
from app.statistics.queries import areas as queries
from app.statistics.rules import periods, pictures
from app.statistics.rules import rates as rate_rules
from app.statistics.rules.figure_query import FigureQuery, Span
from app.statistics.rules.linked_counts import GROUPS_MOST
from app.statistics.rules.periods import COMPARISONS, PARTS, PRESENT, Days
from app.statistics.service import counts
from app.statistics.service.areas import names_of_groups, ref
from app.statistics.service.counts import CaseSums
from app.statistics.service.figure_query import level_below, moment_parameters, parse_figure_query
from app.statistics.service.figure_serializer import (
    Counts,
    FigureSerializer,
    GroupCounts,
    Serialized,
    definitions,
    group_filters,
)

MEMBERS = "/api/v1/figures/members"
TAIL = 5
# Groupings in which each answer looks for the worst groups, besides the parts of the area and the requested ones.
_COMPARED = ("class", "priority", "unit", "handling_unit", "category")


def figures(session: Session, actor: Actor, *, group_by: str | None = None, **args: Any) -> Serialized:
    """Return figures of the cases that the actor directs, in total and by one grouping.

    All numbers are from one database snapshot. `args`: parameters of the request, see `parse_figure_query`. One of them may
    be `compare`, see `counted_figures`.
    """
    compare = args.pop("compare", tuple(COMPARISONS))
    query = parse_figure_query(session, actor, args)
    groupings = [group_by] if group_by else []
    response = counted_figures(session, query, args, groupings=groupings, compare=compare)
    response["groups"] = response["groups"][group_by] if group_by else []
    del response["left_out"], response["months"]
    return response


def counted_figures(
    session: Session,
    query: FigureQuery,
    args: Mapping[str, Any],
    *,
    groupings: Sequence[str],
    compare: Sequence[str] = tuple(COMPARISONS),
    is_cut: bool = False,
    months_from: date | None = None,
) -> Serialized:
    """Return figures of the cases of a query, in total and by several groupings, all from one statement.

    In the answer, `groups` has the groups of each grouping, and `worst` has, for each rate (such as the share of cases
    handled in time), the groups with the worst values.

    Args:
        args: Parameters of the request, for the links to members.
        compare: Names of comparison periods (COMPARISONS). Each number is returned for these periods, too.
        is_cut: If there are more than GROUPS_MOST groups, return the largest groups, and the number of the other groups in
            `left_out`.
        months_from: Return in `months` the figures of each month from this day to the end of the period, without
            comparison periods. None: `months` is empty.

    Raises:
        Invalid: There are more than GROUPS_MOST groups, and `is_cut` is False.
    """
    compare = tuple(name for name in COMPARISONS if name in compare)
    part_level = level_below(session, query.actor, query.area)
    of_parts = [] if part_level is None else [f"area:{part_level}"]
    dimensions = list(dict.fromkeys((*groupings, *of_parts, *_COMPARED)))
    rates = rate_rules.rates_by(query.evaluation)
    year = None if months_from is None else Days(months_from, query.days.last)
    first = counts.first_recorded(session, query)
    sums = counts.count_cases(
        session,
        query,
        spans=_spans(query.days, compare, groupings) + ([] if year is None else _part_spans("month", year)),
        dimensions=dimensions,
        selections=_selections(rates),
        first=first,
    )
    since = None if first is None else first.astimezone(ZoneInfo(query.zone)).date()
    today = query.moment.at.astimezone(ZoneInfo(query.zone)).date()
    grouped = _GroupedCounts(sums, query.days, compare, since, today)
    moment = moment_parameters(session, query, args.get("snapshot"), sums.snapshot)
    whole = grouped.whole()
    groups = {name: grouped.groups(name) for name in dimensions}
    if not is_cut and any(len(groups[name]) > GROUPS_MOST for name in groupings):
        raise invalid_field("group_by", "too_many_groups", most=GROUPS_MOST)
    serializer = FigureSerializer(
        names_of_groups(session, groups.items()),
        measures=list(MEASURES),
        rates=rates,
        averages=AVERAGES,
        members_path=MEMBERS,
        filters={name: value for name, value in args.items() if value is not None} | moment,
    )
    ranking = _Ranking(session, query, rates, serializer, is_of_few=_is_work_of_few(session, query, args))
    months = {} if year is None else _GroupedCounts(sums, year, (), since, today).groups("month")
    period, numbers = _period(query, grouped), serializer.to_dict(whole)
    return {
        "at": query.moment.at,
        "snapshot": moment.get("snapshot"),
        "period": period,
        "area": ref(query.area) if query.area else None,
        **numbers,
        "tiles": pictures.tiles(numbers, period),
        "funnel": pictures.funnel(),
        "colouring": pictures.colouring(of_parts),
        "score": ranking.score(whole),
        "groups": {name: ranking.groups(name, groups[name], GROUPS_MOST) for name in groupings},
        "left_out": {name: max(0, len(groups[name]) - GROUPS_MOST) for name in groupings},
        "months": ranking.groups("month", months, GROUPS_MOST),
        "worst": {
            rate.name: [
                serializer.worst(rate, name, whole, groups[name], query.evaluation)
                for name in dimensions
                if name not in PARTS
            ]
            for rate in rates.values()
        },
        "tail": counts.longest_overdue(session, query, most=TAIL),
        "definitions": definitions(rates, query.evaluation),
    }


def members_of_figure(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    less: list[str] | None = None,
    limit: int,
    cursor: str | None = None,
    **args: Any,
) -> bytes:
    """Return a page of the cases that count as `measure` and as none of the measures `less`.

    Raises:
        Invalid: `measure` and a measure of `less` cannot be combined: one counts by the time of the report, the other by
            the deadline.
    """
    if any(MEASURES[name].base != MEASURES[measure].base for name in less or ()):
        raise invalid_field("less", "not_allowed_here")
    query = parse_figure_query(session, actor, args)
    selection = Selection(measure, tuple(less or ()))
    return counts.counted_cases(session, query, selection=selection, limit=limit, cursor=cursor)


def _selections(rates: Mapping[str, Rate]) -> list[Selection]:
    """Return the selections to count: each measure, and both parts of each rate.

    The parts of a rate are its numerator and its denominator.
    """
    measures = [Selection(name) for name in MEASURES]
    return measures + [
        selection for rate in rates.values() for selection in (rate.numerator, rate.denominator)
    ]


def _spans(days: Days, compare: Sequence[str], groupings: Sequence[str]) -> list[Span]:
    """Return the spans to count: the period, its parts, and the comparison periods of each.

    The parts are days, weeks or months, if `groupings` contains one of these.
    """
    whole = [Span(name, of_period) for name, of_period in _days_by_period(days, compare).items()]
    return whole + [span for kind in groupings if kind in PARTS for span in _part_spans(kind, days, compare)]


def _part_spans(kind: str, days: Days, compare: Sequence[str] = ()) -> list[Span]:
    """Return one span for each day, week or month (`kind`) of a period, and for its comparison periods."""
    return [
        Span(name, days_of_period, kind, first.isoformat())
        for first, part in periods.parts(kind, days)
        for name, days_of_period in _days_by_period(part, compare).items()
    ]


def _days_by_period(days: Days, compare: Sequence[str]) -> dict[str, Days]:
    """Return the days of a period and of its comparison periods, by the name of the period."""
    return {PRESENT: days} | {name: COMPARISONS[name](days) for name in compare}


def _period(query: FigureQuery, grouped: "_GroupedCounts") -> Serialized:
    """Return the description of the period for an answer, with its comparison periods.

    For each period it says how much of it has records.
    """
    compared = _days_by_period(query.days, grouped.compare)
    del compared[PRESENT]
    return {
        "from": query.days.first,
        "to": query.days.last,
        "timezone": query.zone,
        "is_over": query.until <= query.moment.at,
        **dict.fromkeys(COMPARISONS),
        **{
            name: {"from": days.first, "to": days.last, "records": grouped.records(days)}
            for name, days in compared.items()
        },
    }


@dataclass(frozen=True, slots=True)
class _GroupedCounts:
    """The counts of cases by group and period.

    Attributes:
        since: The local day of the first record. None: there are no records.
        today: The local day of the counted moment.
    """

    sums: CaseSums
    days: Days
    compare: Sequence[str]
    since: date | None
    today: date

    def whole(self) -> GroupCounts:
        """Return the counts of all cases, by period."""
        return self._of(None, None, self.days, {})

    def groups(self, dimension: str) -> dict[str | None, GroupCounts]:
        """Return the counts of each group of a grouping, by the value of the group."""
        values: Sequence[str | None] = self.sums.values(dimension)
        if dimension in PARTS and self.since is not None:
            values = periods.with_empty_parts(
                dimension,
                [value for value in values if value is not None],
                self.days,
                since=self.since,
                today=self.today,
                most=GROUPS_MOST,
            )
        return {value: self._group(dimension, value) for value in values}

    def records(self, days: Days) -> str:
        """Return how much of the days `days` has records: `whole`, `part` or `none`."""
        if self.since is None or days.last < self.since:
            return "none"
        return "part" if days.first < self.since else "whole"

    def _group(self, dimension: str, value: str | None) -> GroupCounts:
        if dimension in PARTS:
            days = periods.part(dimension, date.fromisoformat(str(value)), self.days)
            return self._of(dimension, value, days, {})
        return self._of(dimension, value, self.days, group_filters(dimension, value))

    def _of(
        self, dimension: str | None, value: str | None, days: Days, filters: Mapping[str, Any]
    ) -> GroupCounts:
        return {
            period: Counts(
                count=self.sums.counter((period, dimension, value)),
                filters={**filters, "from_": days_of_period.first, "to": days_of_period.last},
                is_recorded=period == PRESENT or self.records(days_of_period) != "none",
                seconds=self.sums.seconds((period, dimension, value)),
            )
            for period, days_of_period in _days_by_period(days, self.compare).items()
        }


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Computes scores and ranks of the groups of one answer.

    `is_of_few`: the request is about the work of one or two people. Its groups get neither scores nor ranks.
    """

    session: Session
    query: FigureQuery
    rates: Mapping[str, Rate]
    serializer: FigureSerializer
    is_of_few: bool

    def score(self, group: GroupCounts, *, is_of_few: bool = False) -> float | None:
        """Return the score of a group, 0 to 100.

        None: the group has no cases, or is the work of one or two people.
        """
        if is_of_few or self.is_of_few:
            return None
        score = self._score(group)
        return None if score is None else round(score, 2)

    def groups(self, by: str, groups: Mapping[str | None, GroupCounts], most: int) -> list[Serialized]:
        """Return the `most` largest groups for the answer, with score and rank.

        Areas and units with enough cases are ranked among all groups. Grids, and units of one or two people, have no rank;
        grids are ordered by code.
        """
        small_groups = _groups_of_few_people(self.session, by, groups, at=self.query.moment.at)
        ranks = self._ranks(groups, small_groups) if rate_rules.is_ranked(by) and not self.is_of_few else {}
        if len(groups) > most:
            largest = set(sorted(groups, key=lambda value: -_size(groups[value]))[:most])
            groups = {value: group for value, group in groups.items() if value in largest}
        serialized = self.serializer.groups(by, groups)
        if rate_rules.is_personal(by):
            serialized.sort(key=lambda item: (item[0] is None, item[1]["group"]["code"] or ""))
        return [
            group
            | {
                "score": self.score(groups[value], is_of_few=value in small_groups),
                "rank": None if value is None else ranks.get(value),
            }
            for value, group in serialized
        ]

    def _ranks(
        self, groups: Mapping[str | None, GroupCounts], small_groups: Collection[str | None]
    ) -> dict[str, int]:
        due, least = Selection("due"), self.query.evaluation.worst_least
        scores = {
            value: score
            for value, group in groups.items()
            if value is not None
            and value not in small_groups
            and group[PRESENT].count(due) >= least
            and (score := self._score(group)) is not None
        }
        return rate_rules.ranks(scores)

    def _score(self, group: GroupCounts) -> float | None:
        portions = {name: group[PRESENT].portion(rate) for name, rate in self.rates.items()}
        return rate_rules.score_of(portions, self.query.evaluation.weights)


def _size(group: GroupCounts) -> int:
    """Return the size of a group: the number of its accepted and due cases."""
    return sum(group[PRESENT].count(Selection(name)) for name in ("accepted", "due"))


def _is_work_of_few(session: Session, query: FigureQuery, args: Mapping[str, Any]) -> bool:
    """Return True if the requested area or unit is the work of one or two people.

    This is the case for a grid, and for a unit with one or two members.
    """
    groups = [("area:" + query.area["level"], str(query.area["id"]))] if query.area else []
    groups += [(by, str(args[name])) for by, name in rate_rules.UNIT_FILTERS.items() if args.get(name)]
    return any(_groups_of_few_people(session, by, [value], at=query.moment.at) for by, value in groups)


def _groups_of_few_people(
    session: Session, by: str, values: Iterable[str | None], *, at: datetime
) -> Collection[str | None]:
    """Return which of the group values stand for the work of one or two people.

    These are all grids, and units that had one or two members at the instant `at`.
    """
    present = [value for value in values if value is not None]
    if rate_rules.is_personal(by):
        return frozenset(present)
    if by in rate_rules.UNIT_FILTERS:
        return queries.units_of_few(session, present, at=at, fewer_than=rate_rules.MIN_PEOPLE)
    return ()
