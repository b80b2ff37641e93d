"""The monthly evaluation of an area or unit: figures, ranks and outliers of one month.

An evaluation can be computed again at any later time with the same numbers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core.actor import Actor
from app.core.links import link
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.measures import RATES
from app.statistics.queries import evaluation as queries
from app.statistics.rules import evaluation as rules
from app.statistics.rules import linked_figures
from app.statistics.rules.rates import is_ranked
from app.statistics.service.figure_query import level_below, parse_figure_query
from app.statistics.service.figures import counted_figures
from app.statistics.service.hours import linked_hours
from app.statistics.service.monthly import monthly_statistics

PATH = "/api/v1/evaluation"


def evaluation(
    session: Session,
    actor: Actor,
    *,
    month: str,
    area_id: UUID,
    owner_unit_id: UUID | None = None,
    as_of: datetime | None = None,
    snapshot: str | None = None,
    has_course: bool = False,
) -> dict[str, Any]:
    """Return the evaluation of a month.

    It has total figures, one chapter for each grouping, outliers, the cases overdue for the longest time, and what pictures
    show (`tiles`, `funnel`, `colouring`, `months`, `hours`). The groupings are the parts of the area, unit, class, priority,
    category and day. Units and areas are ranked. Grids, and units of one
    or two people, are not ranked, because this would rank persons. Without `as_of` and `snapshot` the present state is
    counted. The links in `again` return the same numbers at any later time.

    Args:
        month: `YYYY-MM`.
        has_course: Add `months`, the twelve months that end with this month, to the chapters too.
    """
    first, last = rules.month_of(month)
    args: dict[str, Any] = {
        "from_": first,
        "to": last,
        "area_id": area_id,
        "owner_unit_id": owner_unit_id,
        "as_of": as_of,
        "snapshot": snapshot,
    }
    query = parse_figure_query(session, actor, args)
    part_level = level_below(session, actor, query.area)
    part_grouping = f"area:{part_level}" if part_level in LEVELS[1:] else None
    groupings = [
        name
        for name in (part_grouping, None if owner_unit_id else "unit", "class", "priority", "category", "day")
        if name
    ]
    figures = counted_figures(
        session,
        query,
        args,
        groupings=groupings,
        is_cut=True,
        months_from=rules.start_of_year_to(last),
    )
    categories = queries.category_names(session, query)
    parameters = {
        "month": month,
        "area_id": area_id,
        "owner_unit_id": owner_unit_id,
        "as_of": as_of and as_of.isoformat(),
    }
    parameters |= {"snapshot": figures["snapshot"]}
    chapters = [
        _chapter(name, figures["groups"][name], categories) | {"left_out": figures["left_out"][name]}
        for name in groupings
    ]
    months = _chapter("month", figures["months"], categories) | {"left_out": 0}
    if has_course:
        chapters.append(months)
    return {
        "month": month,
        "area": figures["area"],
        "owner_unit_id": owner_unit_id,
        "period": figures["period"],
        "at": figures["at"],
        "again": {name: _repeat_path(path, parameters) for name, path in _FORMS.items()},
        **{
            name: figures[name]
            for name in ("measures", "rates", "averages", "score", "tiles", "funnel", "colouring")
        },
        "kept": _monthly_statistics(
            session, actor, figures["at"], month=month, area_id=area_id, owner_unit_id=owner_unit_id
        ),
        "stands_out": rules.outliers(
            [(name, group) for name in RATES for part in figures["worst"][name] for group in part["groups"]],
            figures["rates"],
            categories,
        ),
        "chapters": chapters,
        "months": months,
        "hours": linked_hours(session, query, args, snapshot=figures["snapshot"]),
        "tail": [
            case | {"title": rules.category_title(case["category"], categories)} for case in figures["tail"]
        ],
        "definitions": figures["definitions"],
    }


def slim_evaluation(session: Session, actor: Actor, **query: Any) -> dict[str, Any]:
    """Return the evaluation of a month as its JSON answer has it, with one template for all links."""
    return linked_figures.slim(evaluation(session, actor, **query))


def _monthly_statistics(
    session: Session, actor: Actor, at: datetime, *, month: str, area_id: UUID, owner_unit_id: UUID | None
) -> dict[str, Any]:
    """Return the monthly statistics of the grids for one month, as stored at the instant `at`."""
    statistics = monthly_statistics(
        session, actor, from_=month, to=month, area_id=area_id, owner_unit_id=owner_unit_id, as_of=at
    )
    return {
        name: statistics[name] for name in ("period", "measures", "rates", "worst", "tail", "definitions")
    }


def record_export(session: Session, actor: Actor, report: Mapping[str, Any], form: str) -> None:
    """Record the export of an evaluation in the audit trail. `form`: the file format."""
    accounts.record(
        session,
        actor,
        action="evaluation.export",
        entity="area",
        entity_id=report["area"]["id"],
        detail={
            "month": report["month"],
            "format": form,
            "unit": report["owner_unit_id"],
            "at": report["at"],
        },
    )


_FORMS = {"json": PATH, "html": f"{PATH}/print", "xlsx": f"{PATH}/sheet"}


def _repeat_path(path: str, parameters: Mapping[str, Any]) -> str:
    present = {name: str(value) for name, value in parameters.items() if value is not None}
    return f"{link(path)}?{urlencode(sorted(present.items()))}"


def _chapter(
    by: str, groups: Sequence[dict[str, Any]], categories: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the chapter of one grouping, with its groups ordered by rank.

    Groups without a rank come last.
    """
    zh, en = rules.CHAPTERS[by]
    titled = [{**group, "title": rules.group_title(group["group"], categories)} for group in groups]
    titled.sort(key=lambda group: (group["rank"] is None, group["rank"]))
    return {
        "by": by,
        "title": {"zh": zh, "en": en},
        "is_ranked": is_ranked(by),
        "groups": titled,
    }
