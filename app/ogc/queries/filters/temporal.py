"""SQL of times in a filter.

Each operand is treated as an interval. The start and the end of an instant are equal. Days begin at 00:00 UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.ogc.queries.filters.terms import (
    TIMES,
    Binds,
    Term,
    Type,
    as_instant,
    day_or_moment,
    midnight,
)
from app.ogc.rules.cql2 import Fault, wrong_type


@dataclass(frozen=True, slots=True)
class Span:
    """The start and end of a temporal operand, as SQL expressions of type timestamptz.

    `is_interval` is False for an instant.
    """

    start: str
    end: str
    is_interval: bool


# a and b, by their starts and ends.
RELATIONS: dict[str, str] = {
    "t_after": "{a0} > {b1}",
    "t_before": "{a1} < {b0}",
    "t_contains": "({a0} < {b0} and {a1} > {b1})",
    "t_disjoint": "({a1} < {b0} or {a0} > {b1})",
    "t_during": "({a0} > {b0} and {a1} < {b1})",
    "t_equals": "({a0} = {b0} and {a1} = {b1})",
    "t_finishedBy": "({a0} < {b0} and {a1} = {b1})",
    "t_finishes": "({a0} > {b0} and {a1} = {b1})",
    "t_intersects": "({a0} <= {b1} and {a1} >= {b0})",
    "t_meets": "{a1} = {b0}",
    "t_metBy": "{a0} = {b1}",
    "t_overlappedBy": "({a0} > {b0} and {a0} < {b1} and {a1} > {b1})",
    "t_overlaps": "({a0} < {b0} and {a1} > {b0} and {a1} < {b1})",
    "t_startedBy": "({a0} = {b0} and {a1} > {b1})",
    "t_starts": "({a0} = {b0} and {a1} < {b1})",
}


def predicate(op: str, left: Span, right: Span) -> str:
    """Return the SQL condition of a temporal predicate such as `t_after` on two spans."""
    return RELATIONS[op].format(a0=left.start, a1=left.end, b0=right.start, b1=right.end)


def span(binds: Binds, node: Any, term_of: Callable[[Any], Term]) -> Span:
    """Return the start and end of a temporal operand as SQL."""
    if isinstance(node, dict) and "interval" in node:
        return _interval(binds, node["interval"], term_of)
    if isinstance(node, str):
        moment = day_or_moment(node)
        instant_term = binds.add(moment if isinstance(moment, datetime) else midnight(moment), Type.INSTANT)
        return Span(instant_term.sql, instant_term.sql, False)
    term = as_instant(term_of(node))
    return Span(term.sql, term.sql, False)


def _interval(binds: Binds, ends: Any, term_of: Callable[[Any], Term]) -> Span:
    if not isinstance(ends, list) or len(ends) != 2:
        raise Fault("filter_value")
    sides: list[str] = []
    literal_ends: list[Any] = []
    for end, infinity in zip(ends, ("-infinity", "infinity"), strict=True):
        if end == "..":
            sides.append(f"cast('{infinity}' as timestamptz)")
        elif isinstance(end, str):
            moment = day_or_moment(end)
            literal_ends.append(moment)
            instant = moment if isinstance(moment, datetime) else midnight(moment)
            sides.append(binds.add(instant, Type.INSTANT).sql)
        else:
            term = term_of(end)
            if term.type not in TIMES:
                raise wrong_type("time", term.type)
            sides.append(as_instant(term).sql)
    if len(literal_ends) == 2:
        days = [not isinstance(literal_end, datetime) for literal_end in literal_ends]
        first, last = (
            literal_end if isinstance(literal_end, datetime) else midnight(literal_end)
            for literal_end in literal_ends
        )
        if days[0] != days[1] or first > last:
            raise Fault("filter_interval")
    return Span(sides[0], sides[1], True)
