"""Times of a filter: every operand is an interval, an instant one whose ends are the same; a day begins at 00:00 UTC."""

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
from app.ogc.rules.cql2 import Fault


@dataclass(frozen=True, slots=True)
class Span:
    """From and to, as SQL for a timestamptz. `is_interval`: it was said as one."""

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
    return RELATIONS[op].format(a0=left.start, a1=left.end, b0=right.start, b1=right.end)


def span(binds: Binds, node: Any, term_of: Callable[[Any], Term]) -> Span:
    """An operand of a temporal predicate."""
    if isinstance(node, dict) and "interval" in node:
        return _interval(binds, node["interval"], term_of)
    if isinstance(node, str):
        found = day_or_moment(node)
        at = binds.add(found if isinstance(found, datetime) else midnight(found), Type.INSTANT)
        return Span(at.sql, at.sql, False)
    term = as_instant(term_of(node))
    return Span(term.sql, term.sql, False)


def _interval(binds: Binds, ends: Any, term_of: Callable[[Any], Term]) -> Span:
    if not isinstance(ends, list) or len(ends) != 2:
        raise Fault("filter_value")
    sides: list[str] = []
    said: list[Any] = []
    for end, beyond in zip(ends, ("-infinity", "infinity"), strict=True):
        if end == "..":
            sides.append(f"cast('{beyond}' as timestamptz)")
        elif isinstance(end, str):
            found = day_or_moment(end)
            said.append(found)
            instant = found if isinstance(found, datetime) else midnight(found)
            sides.append(binds.add(instant, Type.INSTANT).sql)
        else:
            term = term_of(end)
            if term.type not in TIMES:
                raise Fault("filter_type", wanted="a time", found=term.type)
            sides.append(as_instant(term).sql)
    if len(said) == 2:
        days = [not isinstance(one, datetime) for one in said]
        first, last = (one if isinstance(one, datetime) else midnight(one) for one in said)
        if days[0] != days[1] or first > last:
            raise Fault("filter_interval")
    return Span(sides[0], sides[1], True)
