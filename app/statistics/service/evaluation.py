"""The monthly evaluation of an area or unit: figures, ranks and outliers of one month.

An evaluation can be computed again at any later time with the same numbers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core.actor import Actor
from app.core.links import link
from app.incidents.desk.rules.sheet_texts import on_the_clock, state
from app.profiles.rules.levels import LEVELS
from app.profiles.rules.measures import RATES
from app.statistics.queries import evaluation as queries
from app.statistics.rules import charts
from app.statistics.rules import evaluation as rules
from app.statistics.rules.monthly import MONTHLY_RATES
from app.statistics.rules.rates import is_ranked
from app.statistics.service.figure_query import area_of, level_below, moment_of
from app.statistics.service.figures import figures_by
from app.statistics.service.monthly import monthly_statistics

PATH = "/api/v1/evaluation"
MAP_RATE = "on_time_rate"
_MAP_WIDTH, _MAP_HEIGHT = 720.0, 380.0


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

    It has total figures, one chapter for each grouping, outliers, and the cases overdue for the longest time. The groupings
    are the parts of the area, unit, class, priority, category and day. Units and areas are ranked. Grids, and units of one
    or two people, are not ranked, because this would rank persons. Without `as_of` and `snapshot` the present state is
    counted. The links in `again` return the same numbers at any later time.

    Args:
        month: `YYYY-MM`.
        has_course: Add a chapter with the twelve months that end with this month.
    """
    area_row = area_of(session, actor, area_id, moment_of(session, as_of, snapshot))
    part_level = level_below(session, actor, area_row)
    part_grouping = f"area:{part_level}" if part_level in LEVELS[1:] else None
    groupings = [
        name
        for name in (part_grouping, None if owner_unit_id else "unit", "class", "priority", "category", "day")
        if name
    ]
    first, last = rules.month_of(month)
    figures = figures_by(
        session,
        actor,
        groupings=groupings,
        is_cut=True,
        from_=first,
        to=last,
        area_id=area_id,
        owner_unit_id=owner_unit_id,
        as_of=as_of,
        snapshot=snapshot,
    )
    categories = queries.category_names(session, area_row["jurisdiction_id"])
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
    if has_course:
        months = figures_by(
            session,
            actor,
            groupings=["month"],
            compare=(),
            from_=rules.start_of_year_to(last),
            to=last,
            area_id=area_id,
            owner_unit_id=owner_unit_id,
            as_of=as_of,
            snapshot=figures["snapshot"],
        )
        chapters.append(_chapter("month", months["groups"]["month"], categories) | {"left_out": 0})
    return {
        "month": month,
        "area": figures["area"],
        "owner_unit_id": owner_unit_id,
        "period": figures["period"],
        "at": figures["at"],
        "again": {name: _repeat_path(path, parameters) for name, path in _FORMS.items()},
        **{name: figures[name] for name in ("measures", "rates", "averages", "score")},
        "kept": _monthly_statistics(
            session, actor, figures["at"], month=month, area_id=area_id, owner_unit_id=owner_unit_id
        ),
        "stands_out": rules.outliers(
            [(name, group) for name in RATES for part in figures["worst"][name] for group in part["groups"]],
            figures["rates"],
            categories,
        ),
        "chapters": chapters,
        "tail": [
            case | {"title": rules.category_title(case["category"], categories)} for case in figures["tail"]
        ],
        "definitions": figures["definitions"],
    }


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


def charts_and_map(session: Session, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that only the printed page shows: charts, a map, and times in local time."""
    chapters = {chapter["by"]: chapter for chapter in report["chapters"]}
    areas = next((chapter for name, chapter in chapters.items() if name.startswith("area:")), None)
    zone = report["period"]["timezone"]
    return {
        "kept_rates": list(MONTHLY_RATES.values()),
        "printed": {"measures": rules.PRINTED_MEASURES, "rates": rules.PRINTED_RATES},
        "averages": {name: rules.duration(average["value"]) for name, average in report["averages"].items()},
        "counted_at": on_the_clock(report["at"].isoformat(), zone),
        "tail": [
            {
                "status": state(case["status"]),
                "reported_at": on_the_clock(case["reported_at"], zone),
                "due_at": on_the_clock(case["due_at"], zone),
            }
            for case in report["tail"]
        ],
        "days": _days(chapters["day"]["groups"]),
        "map": _map(session, areas["groups"], at=report["at"]) if areas else None,
    }


def _days(groups: Sequence[dict[str, Any]]) -> dict[str, charts.Columns]:
    """Return two charts by day: one of accepted cases and one of due cases."""

    def drawn(measure: str, marked: str | None) -> charts.Columns:
        return charts.columns(
            [
                (
                    str(group["group"]["value"])[-2:],
                    group["measures"][measure]["count"],
                    group["measures"][marked]["count"] if marked else 0,
                )
                for group in groups
            ]
        )

    return {"accepted": drawn("accepted", None), "due": drawn("due", "overdue")}


def _map(session: Session, groups: Sequence[dict[str, Any]], *, at: datetime) -> dict[str, Any] | None:
    """Return the map of the areas in `groups`, each with the class of its rate.

    Each area has its outline as of the instant `at`, and its row number in the printed table. None: none of the areas
    existed then.
    """
    numbered = {
        group["group"]["value"]: (n, group) for n, group in enumerate(groups, 1) if group["group"]["value"]
    }
    ids = [UUID(value) for value in numbered]
    box = queries.extent(session, ids, at=at)
    if box is None:
        return None
    scale, width, height = charts.fitted(box, width=_MAP_WIDTH, most=_MAP_HEIGHT)
    shapes = queries.outlines(session, ids, at=at, west=box[0], north=box[3], scale=scale)
    return {
        "width": width,
        "height": height,
        "areas": [_drawn(row, *numbered[str(row["id"])]) for row in shapes],
    }


def _drawn(row: RowMapping, number: int, group: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "number": number, "band": rules.band(group["rates"][MAP_RATE]["value"])}
