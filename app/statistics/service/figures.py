"""Figures over a period: each number with its members, each rate with the subgroups that stand worst, and the tail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import current_epoch
from app.core.errors import invalid_field
from app.profiles.rules.evaluation import Denominator
from app.statistics.queries.counted_cases import Span
from app.statistics.rules import periods, rates
from app.statistics.rules.linked_counts import GROUPS_MOST
from app.statistics.rules.measures import AVERAGES, MEASURES, PARTS, RATES
from app.statistics.rules.periods import COMPARISONS, Days
from app.statistics.service import counts
from app.statistics.service.areas import ref
from app.statistics.service.counts import CaseCounts, Sums
from app.statistics.service.figure_query import FigureQuery, level_below, parse_figure_query
from app.statistics.service.figure_serializer import (
    PRESENT,
    CountsByPeriod,
    FigureSerializer,
    Filters,
    definitions,
    groups_of_few_people,
)

TAIL = 5


def figures(session: Session, actor: Actor, *, group_by: str | None = None, **args: Any) -> dict[str, Any]:
    """Measures and rates of the cases that the actor directs, over all and by `group_by`. One snapshot for all of it."""
    response = figures_by(session, actor, groupings=[group_by] if group_by else [], **args)
    worst = {
        name: [part for part in parts if part["by"] != group_by] for name, parts in response["worst"].items()
    }
    response["groups"], response["worst"] = response["groups"][group_by] if group_by else [], worst
    del response["left_out"]
    return response


def figures_by(
    session: Session,
    actor: Actor,
    *,
    groupings: Sequence[str],
    compare: Sequence[str] = tuple(COMPARISONS),
    is_cut: bool = False,
    **args: Any,
) -> dict[str, Any]:
    """The same by several groupings at once: `groups` is by grouping, and `worst` looks at each of them too.

    More than GROUPS_MOST groups are refused; or, `is_cut`, the largest are told and `left_out` says how many are not.

    Each number is told beside those of the periods in `compare` (names of COMPARISONS), of the same cases and moment.
    """
    query = parse_figure_query(session, actor, args)
    compare = tuple(name for name in COMPARISONS if name in compare)
    part_level = level_below(session, actor, query.area)
    dimensions = [*groupings] if part_level is None else [*groupings, f"area:{part_level}"]
    dimensions = list(dict.fromkeys((*dimensions, "class", "priority", "unit", "handling_unit", "category")))
    measured_by = rates.denominators(query.evaluation)
    sums, snapshot = counts.count_cases(
        session,
        actor,
        counted=query.counted,
        moment=query.moment,
        spans=_spans(query.days, compare, groupings),
        dimensions=dimensions,
        sums=measured_by,
    )
    first = counts.first_recorded(session, counted=query.counted, moment=query.moment)
    token = args.get("snapshot") or rates.moment_token(query.moment.at, snapshot, current_epoch(session))
    moment_filters: Filters = {"snapshot": token}
    if query.moment.is_past:
        moment_filters = {"as_of": query.moment.at.isoformat().replace("+00:00", "Z")}
    present_args = {name: value for name, value in args.items() if value is not None}
    teller = FigureSerializer(
        session,
        present_args | moment_filters,
        query.days,
        measured_by,
        compare,
        None if first is None else first.astimezone(ZoneInfo(query.counted.zone)).date(),
        query.evaluation,
        query.moment.at,
        _is_work_of_few(session, query, args),
    )
    counts_by_group = _GroupedCounts(sums, (PRESENT, *compare))
    whole = counts_by_group.of(None, None)
    groups_by_dimension = {name: counts_by_group.groups(name) for name in dimensions}
    if not is_cut and any(len(groups_by_dimension[name]) > GROUPS_MOST for name in groupings):
        raise invalid_field("group_by", "too_many_groups", most=GROUPS_MOST)
    return {
        "at": query.moment.at,
        "snapshot": None if query.moment.is_past else token,
        "period": {
            "from": args["from_"],
            "to": args["to"],
            "timezone": query.counted.zone,
            "is_over": query.counted.until <= query.moment.at,
            **dict.fromkeys(COMPARISONS),
            **teller.compared_periods(),
        },
        "area": ref(query.area) if query.area else None,
        **teller.to_dict(whole, {}),
        "groups": {name: teller.groups(name, groups_by_dimension[name], GROUPS_MOST) for name in groupings},
        "left_out": {name: max(0, len(groups_by_dimension[name]) - GROUPS_MOST) for name in groupings},
        "worst": {
            name: [
                teller.worst(name, dimension, whole, groups_by_dimension[dimension])
                for dimension in dimensions
                if dimension not in PARTS
            ]
            for name in RATES
        },
        "tail": counts.longest_overdue(session, actor, counted=query.counted, moment=query.moment, most=TAIL),
        "definitions": definitions(measured_by, query.evaluation),
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
    """Exactly the cases that a figure counted: those that count as `measure`, and not as any of `less`."""
    if any(MEASURES[name].base != MEASURES[measure].base for name in less or ()):
        raise invalid_field("less", "not_allowed_here")
    query = parse_figure_query(session, actor, args)
    cases = Denominator(measure, tuple(less or ()))
    return counts.counted_cases(
        session, actor, counted=query.counted, moment=query.moment, cases=cases, limit=limit, cursor=cursor
    )


def _is_work_of_few(session: Session, query: FigureQuery, args: Mapping[str, Any]) -> bool:
    """Return True if the request is about the work of one or two people: a grid or such a unit."""
    areas = [("area:" + query.area["level"], str(query.area["id"]))] if query.area else []
    units = [(by, str(args[name])) for by, name in rates.UNIT_FILTERS.items() if args.get(name)]
    return any(
        groups_of_few_people(session, by, [value], at=query.moment.at) for by, value in (*areas, *units)
    )


def _spans(days: Days, compare: Sequence[str], groupings: Sequence[str]) -> list[Span]:
    """The period and what it is compared with; and the same of each part of it, where groups are its parts."""
    wanted: list[tuple[str | None, str | None, Days]] = [(None, None, days)]
    wanted += [
        (kind, first.isoformat(), part)
        for kind in groupings
        if kind in PARTS
        for first, part in periods.parts(kind, days)
    ]
    return [
        Span(name, compared_days.first, compared_days.last, kind, part)
        for kind, part, days_of_part in wanted
        for name, compared_days in (
            (PRESENT, days_of_part),
            *((name, COMPARISONS[name](days_of_part)) for name in compare),
        )
    ]


@dataclass(frozen=True, slots=True)
class _GroupedCounts:
    """Counts by group: those of each period in `names`."""

    sums: Sums
    names: tuple[str, ...]

    def of(self, dimension: str | None, value: str | None) -> CountsByPeriod:
        none: CaseCounts = dict.fromkeys((*MEASURES, *RATES, *AVERAGES), 0)
        return {name: self.sums.get((name, dimension, value), none) for name in self.names}

    def groups(self, name: str) -> dict[str | None, CountsByPeriod]:
        values = {value for _, dimension, value in self.sums if dimension == name}
        return {value: self.of(name, value) for value in sorted(values, key=lambda v: (v is None, v or ""))}
