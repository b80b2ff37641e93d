"""Figures over a period: each number with its members, each rate with the subgroups that stand worst, and the tail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import present_epoch
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
from app.statistics.service.figure_query import Asked, level_below, understood
from app.statistics.service.figure_serializer import NOW, Beside, Filters, Teller, definitions, of_few

TAIL = 5


def figures(session: Session, actor: Actor, *, group_by: str | None = None, **asked: Any) -> dict[str, Any]:
    """Measures and rates of the cases that the actor directs, over all and by `group_by`. One snapshot for all of it."""
    told = figures_by(session, actor, groupings=[group_by] if group_by else [], **asked)
    worst = {
        name: [part for part in parts if part["by"] != group_by] for name, parts in told["worst"].items()
    }
    told["groups"], told["worst"] = told["groups"][group_by] if group_by else [], worst
    del told["left_out"]
    return told


def figures_by(
    session: Session,
    actor: Actor,
    *,
    groupings: Sequence[str],
    compare: Sequence[str] = tuple(COMPARISONS),
    is_cut: bool = False,
    **asked: Any,
) -> dict[str, Any]:
    """The same by several groupings at once: `groups` is by grouping, and `worst` looks at each of them too.

    More than GROUPS_MOST groups are refused; or, `is_cut`, the largest are told and `left_out` says how many are not.

    Each number is told beside those of the periods in `compare` (names of COMPARISONS), of the same cases and moment.
    """
    found = understood(session, actor, asked)
    compare = tuple(name for name in COMPARISONS if name in compare)
    below = level_below(session, actor, found.here)
    dimensions = [*groupings] if below is None else [*groupings, f"area:{below}"]
    dimensions = list(dict.fromkeys((*dimensions, "class", "priority", "unit", "handling_unit", "category")))
    measured_by = rates.denominators(found.evaluation)
    sums, snapshot = counts.count_cases(
        session,
        actor,
        counted=found.counted,
        moment=found.moment,
        spans=_spans(found.days, compare, groupings),
        dimensions=dimensions,
        sums=measured_by,
    )
    first = counts.first_recorded(session, counted=found.counted, moment=found.moment)
    token = asked.get("snapshot") or rates.moment_token(found.moment.at, snapshot, present_epoch(session))
    kept: Filters = {"snapshot": token}
    if found.moment.is_past:
        kept = {"as_of": found.moment.at.isoformat().replace("+00:00", "Z")}
    asked_of = {name: value for name, value in asked.items() if value is not None}
    teller = Teller(
        session,
        asked_of | kept,
        found.days,
        measured_by,
        compare,
        None if first is None else first.astimezone(ZoneInfo(found.counted.zone)).date(),
        found.evaluation,
        found.moment.at,
        _is_of_few(session, found, asked),
    )
    beside = _Beside(sums, (NOW, *compare))
    whole = beside.of(None, None)
    by = {name: beside.groups(name) for name in dimensions}
    if not is_cut and any(len(by[name]) > GROUPS_MOST for name in groupings):
        raise invalid_field("group_by", "too_many_groups", most=GROUPS_MOST)
    return {
        "at": found.moment.at,
        "snapshot": None if found.moment.is_past else token,
        "period": {
            "from": asked["from_"],
            "to": asked["to"],
            "timezone": found.counted.zone,
            "is_over": found.counted.until <= found.moment.at,
            **dict.fromkeys(COMPARISONS),
            **teller.compared(),
        },
        "area": ref(found.here) if found.here else None,
        **teller.told(whole, {}),
        "groups": {name: teller.groups(name, by[name], GROUPS_MOST) for name in groupings},
        "left_out": {name: max(0, len(by[name]) - GROUPS_MOST) for name in groupings},
        "worst": {
            name: [
                teller.worst(name, dimension, whole, by[dimension])
                for dimension in dimensions
                if dimension not in PARTS
            ]
            for name in RATES
        },
        "tail": counts.longest_overdue(session, actor, counted=found.counted, moment=found.moment, most=TAIL),
        "definitions": definitions(measured_by, found.evaluation),
    }


def members_of_figure(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    less: list[str] | None = None,
    limit: int,
    cursor: str | None = None,
    **asked: Any,
) -> bytes:
    """Exactly the cases that a figure counted: those that count as `measure`, and not as any of `less`."""
    if any(MEASURES[name].base != MEASURES[measure].base for name in less or ()):
        raise invalid_field("less", "not_allowed_here")
    found = understood(session, actor, asked)
    cases = Denominator(measure, tuple(less or ()))
    return counts.counted_cases(
        session, actor, counted=found.counted, moment=found.moment, cases=cases, limit=limit, cursor=cursor
    )


def _is_of_few(session: Session, found: Asked, asked: Mapping[str, Any]) -> bool:
    """Whether all that is asked of is the work of one or two people: a grid, or a unit that has no more."""
    places = [("area:" + found.here["level"], str(found.here["id"]))] if found.here else []
    units = [(name, str(asked[name])) for name in rates.UNITS if asked.get(name)]
    return any(of_few(session, by, [value], at=found.moment.at) for by, value in (*places, *units))


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
        Span(name, then.first, then.last, kind, part)
        for kind, part, own in wanted
        for name, then in ((NOW, own), *((name, COMPARISONS[name](own)) for name in compare))
    ]


@dataclass(frozen=True, slots=True)
class _Beside:
    """What was counted, put together by group: the counts of each period in `names`."""

    sums: Sums
    names: tuple[str, ...]

    def of(self, dimension: str | None, value: str | None) -> Beside:
        none: CaseCounts = dict.fromkeys((*MEASURES, *RATES, *AVERAGES), 0)
        return {name: self.sums.get((name, dimension, value), none) for name in self.names}

    def groups(self, name: str) -> dict[str | None, Beside]:
        values = {value for _, dimension, value in self.sums if dimension == name}
        return {value: self.of(name, value) for value in sorted(values, key=lambda v: (v is None, v or ""))}
