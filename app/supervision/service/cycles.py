"""What months came to in grids: visits, patrols, coverage and load, counted once when a month is over, with their members."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor
from app.core.errors import invalid_field
from app.core.paging import page_of, typed_key
from app.households import service as households
from app.incidents import service as incidents
from app.planning import service as planning
from app.supervision.queries import cycles as queries
from app.supervision.queries import releases as release_queries
from app.supervision.rules import figures as figure_rules
from app.supervision.rules.cycles import FACTS, MADE_UP, SHARES, is_whole, value_of
from app.supervision.rules.periods import COMPARISONS, Days
from app.supervision.service.asking import zone_of
from app.supervision.service.places import directed_area, group_keys
from app.supervision.service.releases import MONTHS_MOST, whole_months
from app.supervision.service.telling import NOW

MEMBERS = "/api/v1/figures/cycles/members"

Told = dict[str, Any]
Due = tuple[UUID, date, dict[str, Any]]


def grids_due(session: Session, now: datetime, *, limit: int) -> list[Due]:
    """The grids and months that are over and not counted yet, the last month first: jurisdiction, first day, grid.

    Months before the last are those in which no job ran. They are made up for as far as `MADE_UP` months back.
    """
    zones = {
        jurisdiction_id: zone
        for jurisdiction_id in release_queries.jurisdictions(session)
        if (zone := zone_of(session, jurisdiction_id, now)) is not None
    }
    due: list[Due] = []
    ends = {
        jurisdiction_id: now.astimezone(zone).date().replace(day=1) for jurisdiction_id, zone in zones.items()
    }
    for _ in range(MADE_UP):
        for jurisdiction_id, zone in zones.items():
            if len(due) >= limit:
                return due
            until = datetime.combine(ends[jurisdiction_id], time(), tzinfo=zone)
            month = ends[jurisdiction_id] = (ends[jurisdiction_id] - timedelta(days=1)).replace(day=1)
            grids = queries.grids_to_close(
                session, jurisdiction_id, month=month, until=until, limit=limit - len(due)
            )
            due += [(jurisdiction_id, month, dict(grid)) for grid in grids]
    return due


def close(
    session: Session,
    jurisdiction_id: UUID,
    month: date,
    grid: Mapping[str, Any],
    now: datetime,
    *,
    track_days: int,
) -> None:
    """Count a month of a grid and keep it, so that what is forgotten later changes nothing of it.

    `track_days`: for how many days lines of duties are kept; what they tell of a month before is not told as whole.
    """
    zone = areas.profile_at(session, jurisdiction_id, now).profile.calendar.zone
    days = whole_months(month, month)
    period = {
        "since": datetime.combine(days.first, time(), tzinfo=zone),
        "until": datetime.combine(days.last + timedelta(days=1), time(), tzinfo=zone),
    }
    counted = planning.coverage_of_cycle(session, grid["id"], zone=str(zone), **period)
    counted |= households.visits_of_cycle(session, grid["id"], zone=str(zone), **period)
    facts = [
        {"grid_id": grid["id"], "path": grid["path"], "measure": name, "unit_id": None, "members": members}
        for name, members in counted.items()
    ]
    facts += [
        {
            "grid_id": grid["id"],
            "path": grid["path"],
            "measure": "open_cases",
            "unit_id": unit,
            "members": cases,
        }
        for unit, cases in incidents.open_in_grid(session, grid["id"], at=period["until"]).items()
    ]
    for fact in facts:
        fact["is_whole"] = is_whole(fact["measure"], now=now, track_days=track_days, **period)
    queries.keep(session, at=now, month=month, jurisdiction_id=jurisdiction_id, facts=facts)


def cycles(
    session: Session, actor: Actor, *, from_: str, to: str, group_by: str | None = None, **asked: Any
) -> Told:
    """What whole months (`YYYY-MM`) came to where the actor directs, beside the months before and those of a year before.

    What they are compared with is null where nothing was kept of it; `is_kept` says it of the months themselves.
    `partial_months`: months that were counted late, from what was left then.
    """
    days = _asked(session, actor, from_, to, asked)
    named = {NOW: days} | {name: of(days) for name, of in COMPARISONS.items()}
    rows = queries.tally(
        session,
        actor,
        spans={name: (span.first, span.last.replace(day=1)) for name, span in named.items()},
        group_by=None,
        asked=asked,
        now=clock.now(),
    )
    grouped: Sequence[RowMapping] = []
    if group_by:
        grouped = queries.tally(
            session,
            actor,
            spans={NOW: (days.first, days.last.replace(day=1))},
            group_by=group_by,
            asked=asked,
            now=clock.now(),
        )
    filters = {"from_": from_, "to": to} | {name: value for name, value in asked.items() if value is not None}
    whole = {
        name: {row["measure"]: int(row["told"]) for row in rows if row["span"] == name} for name in named
    }
    told = _told(whole[NOW], filters)
    for name, span in named.items():
        if name != NOW:
            months = {"from_": f"{span.first:%Y-%m}", "to": f"{span.last:%Y-%m}"}
            then = _told(whole[name], filters | months) if whole[name] else None
            for kind in ("measures", "rates"):
                for key, figure in told[kind].items():
                    figure[name] = then[kind][key] if then else None
    values = sorted({row["value"] for row in grouped}, key=lambda value: (value is None, value or ""))
    keys = group_keys(session, group_by, values)
    partial = queries.partial_months(
        session, actor, first=days.first, last=days.last.replace(day=1), asked=asked, now=clock.now()
    )
    return {
        "period": {
            "from": days.first,
            "to": days.last,
            "is_kept": bool(whole[NOW]),
            "partial_months": [f"{month:%Y-%m}" for month in partial],
        },
        **told,
        "groups": [
            {
                "group": keys[value],
                **_told(
                    {row["measure"]: int(row["told"]) for row in grouped if row["value"] == value},
                    filters | _narrowed(group_by, value),
                ),
            }
            for value in values
        ],
        "definitions": [
            {"name": f.name, "title": {"zh": f.zh, "en": f.en}, "members_are": f.of, "means": f.means}
            for f in FACTS.values()
        ],
    }


def members_of_cycle(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    from_: str,
    to: str,
    limit: int,
    cursor: str | None = None,
    **asked: Any,
) -> bytes:
    """Exactly what a figure of months counted: households, cells, days or cases, by grid and month."""
    days = _asked(session, actor, from_, to, asked)
    after = None
    if cursor is not None:
        seq, place = typed_key(cursor, int, int)
        after = int(seq), int(place)
    row = queries.members(
        session,
        actor,
        measure=measure,
        first=days.first,
        last=days.last.replace(day=1),
        asked=asked,
        after=after,
        now=clock.now(),
        limit=limit,
    )
    return page_of(row, limit)


def _asked(session: Session, actor: Actor, from_: str, to: str, asked: Mapping[str, Any]) -> Days:
    days = whole_months(date.fromisoformat(f"{from_}-01"), date.fromisoformat(f"{to}-01"))
    if not 1 <= (days.months or 0) <= MONTHS_MOST:
        raise invalid_field("to", "out_of_range")
    if asked.get("area") is not None:
        directed_area(session, actor, asked["area"], now=clock.now())
    return days


def _told(counts: Mapping[str, int], filters: Mapping[str, Any]) -> Told:
    known = {name: counts.get(name, 0) for name in FACTS}
    return {
        "measures": {
            name: figure_rules.counted(
                known[name],
                MEMBERS,
                {key.rstrip("_"): value for key, value in filters.items()} | {"measure": name},
            )
            for name in FACTS
        },
        "rates": {name: {"value": value_of(share, known)} for name, share in SHARES.items()},
    }


def _narrowed(by: str | None, value: str | None) -> Told:
    if by == "month" and value is not None:
        return {"from_": value[:7], "to": value[:7]}
    if by == "unit":
        return {"unowned": True} if value is None else {"unit": value}
    return {} if value is None else {"part": value}
