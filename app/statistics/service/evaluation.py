"""The report on a month of an area or unit: every figure with its members, made again as of any later day."""

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
from app.profiles.rules.validation import LEVELS
from app.statistics.queries import evaluation as queries
from app.statistics.rules import charts
from app.statistics.rules import evaluation as rules
from app.statistics.rules.measures import RATES
from app.statistics.rules.monthly import SHARES
from app.statistics.rules.rates import is_ranked
from app.statistics.service.figure_query import area_of, level_below, moment_of
from app.statistics.service.figures import figures_by
from app.statistics.service.monthly import cycles

PATH = "/api/v1/evaluation"
SHADED_BY = "on_time_rate"
_MAP_WIDTH, _MAP_HEIGHT = 720.0, 380.0


def evaluation(
    session: Session,
    actor: Actor,
    *,
    month: str,
    area: UUID,
    unit: UUID | None = None,
    as_of: datetime | None = None,
    snapshot: str | None = None,
    has_course: bool = False,
) -> dict[str, Any]:
    """The month's figures by parts of the area, unit, class, category and day, and what stands out of them in words.

    Units and areas are ranked, nobody is: no grid, which is one person's work, and no unit of one or two people. Where
    neither `as_of` nor `snapshot` is said it is counted now, and `again` leads to the same numbers at any later time.
    `has_course`: with a chapter of the twelve months up to this one.
    """
    here = area_of(session, actor, area, moment_of(session, as_of, snapshot))
    below = level_below(session, actor, here)
    places = f"area:{below}" if below in LEVELS[1:] else None
    groupings = [
        name for name in (places, None if unit else "unit", "class", "priority", "category", "day") if name
    ]
    first, last = rules.month_of(month)
    told = figures_by(
        session,
        actor,
        groupings=groupings,
        is_cut=True,
        from_=first,
        to=last,
        area=area,
        unit=unit,
        as_of=as_of,
        snapshot=snapshot,
    )
    categories = queries.category_names(session, here["jurisdiction_id"])
    same = {"month": month, "area": area, "unit": unit, "as_of": as_of and as_of.isoformat()}
    same |= {"snapshot": told["snapshot"]}
    chapters = [
        _chapter(name, told["groups"][name], categories) | {"left_out": told["left_out"][name]}
        for name in groupings
    ]
    if has_course:
        course = figures_by(
            session,
            actor,
            groupings=["month"],
            compare=(),
            from_=rules.course_to(last),
            to=last,
            area=area,
            unit=unit,
            as_of=as_of,
            snapshot=told["snapshot"],
        )
        chapters.append(_chapter("month", course["groups"]["month"], categories) | {"left_out": 0})
    return {
        "month": month,
        "area": told["area"],
        "unit": unit,
        "period": told["period"],
        "at": told["at"],
        "again": {name: _again(path, same) for name, path in _FORMS.items()},
        **{name: told[name] for name in ("measures", "rates", "averages", "score")},
        "kept": _kept(session, actor, told["at"], month=month, area=area, unit=unit),
        "stands_out": rules.standing_out(
            [(name, group) for name in RATES for part in told["worst"][name] for group in part["groups"]],
            told["rates"],
            categories,
        ),
        "chapters": chapters,
        "tail": [
            case | {"title": rules.category_called(case["category"], categories)} for case in told["tail"]
        ],
        "definitions": told["definitions"],
    }


def _kept(
    session: Session, actor: Actor, at: datetime, *, month: str, area: UUID, unit: UUID | None
) -> dict[str, Any]:
    """Visits, patrols, coverage and load of the month, as they had been kept at the instant of the report."""
    told = cycles(session, actor, from_=month, to=month, area=area, unit=unit, as_of=at)
    return {name: told[name] for name in ("period", "measures", "rates", "worst", "tail", "definitions")}


def taken_along(session: Session, actor: Actor, report: Mapping[str, Any], form: str) -> None:
    """A report that leaves as a file or on paper names cases; that it did is on the record."""
    accounts.record(
        session,
        actor,
        action="evaluation.export",
        entity="area",
        entity_id=report["area"]["id"],
        detail={"month": report["month"], "format": form, "unit": report["unit"], "at": report["at"]},
    )


_FORMS = {"json": PATH, "html": f"{PATH}/print", "xlsx": f"{PATH}/sheet"}


def _again(path: str, same: Mapping[str, Any]) -> str:
    given = {name: str(value) for name, value in same.items() if value is not None}
    return f"{link(path)}?{urlencode(sorted(given.items()))}"


def _chapter(
    by: str, groups: Sequence[dict[str, Any]], categories: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """One grouping; areas and units by their rank, the best first, and after them those with too few cases or people."""
    zh, en = rules.CHAPTERS[by]
    named = [{**one, "title": rules.called(one["group"], categories)} for one in groups]
    named.sort(key=lambda one: (one["rank"] is None, one["rank"]))
    return {
        "by": by,
        "title": {"zh": zh, "en": en},
        "is_ranked": is_ranked(by),
        "groups": named,
    }


def pictures(session: Session, report: Mapping[str, Any]) -> dict[str, Any]:
    """What paper shows beside the numbers: charts and a map, in units of their own, and times on the city's clock."""
    by = {chapter["by"]: chapter for chapter in report["chapters"]}
    areas = next((chapter for name, chapter in by.items() if name.startswith("area:")), None)
    zone = report["period"]["timezone"]
    return {
        "kept_rates": list(SHARES.values()),
        "printed": {"measures": rules.PRINTED_MEASURES, "rates": rules.PRINTED_RATES},
        "averages": {name: rules.duration(one["value"]) for name, one in report["averages"].items()},
        "counted_at": on_the_clock(report["at"].isoformat(), zone),
        "tail": [
            {
                "status": state(case["status"]),
                "reported_at": on_the_clock(case["reported_at"], zone),
                "due_at": on_the_clock(case["due_at"], zone),
            }
            for case in report["tail"]
        ],
        "days": _days(by["day"]["groups"]),
        "map": _map(session, areas["groups"], at=report["at"]) if areas else None,
    }


def _days(groups: Sequence[dict[str, Any]]) -> dict[str, charts.Columns]:
    def drawn(measure: str, marked: str | None) -> charts.Columns:
        return charts.columns(
            [
                (
                    str(one["group"]["value"])[-2:],
                    one["measures"][measure]["count"],
                    one["measures"][marked]["count"] if marked else 0,
                )
                for one in groups
            ]
        )

    return {"accepted": drawn("accepted", None), "due": drawn("due", "overdue")}


def _map(session: Session, groups: Sequence[dict[str, Any]], *, at: datetime) -> dict[str, Any] | None:
    """The parts of the area as they were then, each shaded by its rate and numbered as in its table."""
    numbered = {one["group"]["value"]: (n, one) for n, one in enumerate(groups, 1) if one["group"]["value"]}
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
    return {**row, "number": number, "band": rules.band(group["rates"][SHADED_BY]["value"])}
