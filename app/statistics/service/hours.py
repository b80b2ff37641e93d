"""Reported cases of a period by local weekday and hour, for the heat map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.links import link
from app.statistics.queries import hours as queries
from app.statistics.rules.figure_query import FigureQuery
from app.statistics.rules.linked_counts import linked_count, parameter_texts
from app.statistics.rules.pictures import HOURS, HOURS_MEASURE, WEEKDAYS
from app.statistics.service.areas import ref
from app.statistics.service.figure_query import moment_parameters, parse_figure_query
from app.statistics.service.figures import MEMBERS

# Variables of the template of links, one value of each for a cell.
_VARIABLES = ("weekday", "hour")


@dataclass(frozen=True, slots=True)
class _CountedHours:
    """Counts by hour, and the parameters of a list of the counted cases.

    Attributes:
        counts: A list of 24 counts for each weekday, Monday first.
        parameters: Parameters of the request and of its moment, without `weekday` and `hour`.
    """

    counts: Sequence[Sequence[int]]
    parameters: dict[str, str]


def hours_of_week(session: Session, actor: Actor, **args: Any) -> dict[str, Any]:
    """Return how many cases were reported in each hour of the week, with one template of links.

    `args`: parameters of the request, see `parse_figure_query`.
    """
    query = parse_figure_query(session, actor, args)
    counted = _count(session, query, args, args.get("snapshot"))
    parameters = counted.parameters
    return {
        "at": query.moment.at,
        "snapshot": parameters.get("snapshot"),
        "period": {"from": query.days.first, "to": query.days.last, "timezone": query.zone},
        "area": ref(query.area) if query.area else None,
        "measure": HOURS_MEASURE,
        "counts": counted.counts,
        "members_template": f"{link(MEMBERS)}?{urlencode(sorted(parameters.items()))}{{&{','.join(_VARIABLES)}}}",
    }


def linked_hours(
    session: Session, query: FigureQuery, args: Mapping[str, Any], *, snapshot: str | None
) -> dict[str, Any]:
    """Return how many cases of a query were reported in each hour of the week, each count with its link.

    Args:
        args: Parameters of the request.
        snapshot: The value of `snapshot` in links. None: cases are counted as of an instant.
    """
    counted = _count(session, query, args, snapshot)
    return {
        "measure": HOURS_MEASURE,
        "days": [
            [
                linked_count(count, MEMBERS, {**counted.parameters, "weekday": weekday, "hour": hour})
                for hour, count in zip(HOURS, counts, strict=True)
            ]
            for weekday, counts in zip(WEEKDAYS, counted.counts, strict=True)
        ],
    }


def _count(
    session: Session, query: FigureQuery, args: Mapping[str, Any], snapshot: str | None
) -> _CountedHours:
    rows = queries.reports_by_hour(session, query)
    counts = {(row["weekday"], row["hour"]): int(row["n"]) for row in rows}
    given = {name.rstrip("_"): value for name, value in args.items() if value is not None}
    moment = moment_parameters(session, query, snapshot, rows[0]["snapshot"])
    return _CountedHours(
        [[counts.get((weekday, hour), 0) for hour in HOURS] for weekday in WEEKDAYS],
        parameter_texts({**given, **moment, "measure": HOURS_MEASURE}),
    )
