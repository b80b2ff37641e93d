"""What months came to in grids: visits, patrols, coverage and load, counted once when a month is over, with their members."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

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
from app.supervision.rules.cycles import FACTS, MADE_UP, SHARES, Share, is_whole, value_of
from app.supervision.rules.periods import Days
from app.supervision.service.asking import zone_of
from app.supervision.service.places import directed_area, group_keys
from app.supervision.service.releases import WHOLE, Named, asked_months, months_of, spans_of, whole_months
from app.supervision.service.telling import NOW

MEMBERS = "/api/v1/figures/cycles/members"

Told = dict[str, Any]
# What each period came to, None: nothing was kept of it.
Beside = dict[str, Told | None]
# Sums by span and group.
Counted = dict[tuple[str, str | None], dict[str, int]]
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
    `partial_months`: months that were counted late, from what was left then; `unfinished_months`: of which not all grids are
    kept. By unit, or of one, only what units have is told: visits, homes and patrols are null. Links list what was kept by
    the instant of the answer.
    """
    now = clock.now()
    days = _asked(session, actor, from_, to, asked)
    asked |= {"as_of": min(asked.get("as_of") or now, now)}
    spans, named = spans_of(days, group_by)
    months = months_of(days)
    # A unit that had nothing open has no row, so that what was kept is not told by its rows.
    whose = {name: value for name, value in asked.items() if name not in ("unit", "unowned")}
    every = sorted({month for own in spans.values() for month in own})
    kept = queries.kept_months(session, actor, months=every, asked=whose, now=now)
    is_of_units = _is_of_units(asked) or group_by == "unit"
    filters = {"from_": from_, "to": to} | {name: value for name, value in asked.items() if value is not None}

    def counted(by: str | None) -> Counted:
        rows = queries.tally(
            session,
            actor,
            spans=spans,
            group_by=by,
            measures=_of_units() if is_of_units else list(FACTS),
            still=incidents.still_told(actor, now),
            asked=asked,
            now=now,
        )
        found: Counted = {}
        for row in rows:
            found.setdefault((row["span"], row["value"]), {})[row["measure"]] = int(row["told"])
        return found

    def told(sums: Counted, value: str | None, own: Named, more: Told) -> Told:
        beside: Beside = {}
        for name, span in own.items():
            counts = sums.get((span, value), {})
            is_kept = name == NOW or any(month in kept for month in spans[span])
            dates = {"from_": f"{spans[span][0]:%Y-%m}", "to": f"{spans[span][-1]:%Y-%m}"}
            beside[name] = _told(counts, filters | dates | more, is_of_units) if is_kept else None
        return _beside(beside)

    rows = counted(None)
    shown: dict[str | None, Told] = {}
    if group_by == "month":
        shown = {
            value: told(rows, None, own, {})
            for value, own in named.items()
            if date.fromisoformat(value) in kept
        }
    elif group_by:
        grouped = counted(group_by)
        values = sorted({value for _, value in grouped}, key=lambda value: (value is None, value or ""))
        shown = {value: told(grouped, value, WHOLE, _narrowed(group_by, value)) for value in values}
    keys = group_keys(session, group_by, shown)
    unfinished = queries.unfinished_months(session, actor, months=months, asked=asked, now=now)
    return {
        "period": {
            "from": days.first,
            "to": days.last,
            "is_kept": any(month in kept for month in months),
            "partial_months": [f"{m:%Y-%m}" for m in months if not (is_of_units or kept.get(m, True))],
            "unfinished_months": [f"{month:%Y-%m}" for month in unfinished],
        },
        **told(rows, None, WHOLE, {}),
        "groups": [{"group": keys[value], **figures} for value, figures in shown.items()],
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
    less: str | None = None,
    cursor: str | None = None,
    **asked: Any,
) -> bytes:
    """Exactly what a figure of months counted: households, cells, days or cases, by grid and month."""
    now = clock.now()
    days = _asked(session, actor, from_, to, asked)
    if _is_of_units(asked) and measure not in _of_units():
        raise invalid_field("measure", "not_allowed_here")
    if less is not None and FACTS[less].of != FACTS[measure].of:
        raise invalid_field("less", "not_allowed_here")
    after = None
    if cursor is not None:
        seq, place = typed_key(cursor, int, int)
        after = int(seq), int(place)
    row = queries.members(
        session,
        actor,
        measure=measure,
        less=less,
        first=days.first,
        last=days.last.replace(day=1),
        still=incidents.still_told(actor, now),
        asked=asked,
        after=after,
        now=now,
        limit=limit,
    )
    return page_of(row, limit)


def _asked(session: Session, actor: Actor, from_: str, to: str, asked: Mapping[str, Any]) -> Days:
    days = asked_months(from_, to)
    if asked.get("area") is not None:
        directed_area(session, actor, asked["area"], now=clock.now())
    return days


def _is_of_units(asked: Mapping[str, Any]) -> bool:
    return asked.get("unit") is not None or asked.get("unowned") is not None


def _of_units() -> list[str]:
    """What is counted by unit; of visits and patrols nobody says whose they are."""
    return [name for name, fact in FACTS.items() if fact.of == "incident"]


def _told(counts: Mapping[str, int], filters: Mapping[str, Any], is_of_units: bool) -> Told:
    known = {name: counts.get(name, 0) for name in FACTS}

    def figure(count: int, **asked: str) -> Told:
        given = {key.rstrip("_"): value for key, value in filters.items()}
        if isinstance(given.get("as_of"), datetime):
            given["as_of"] = given["as_of"].isoformat().replace("+00:00", "Z")
        return figure_rules.counted(count, MEMBERS, given | asked)

    def rate(share: Share) -> Told:
        if is_of_units:
            return {"value": None, "numerator": None, "denominator": None}
        whole, part = known[share.whole], known[share.part]
        above = figure(part, measure=share.part)
        if share.is_rest:
            above = figure(whole - part, measure=share.whole, less=share.part)
        return {
            "value": value_of(share, known),
            "numerator": above,
            "denominator": figure(whole, measure=share.whole),
        }

    return {
        "measures": {
            name: figure(known[name], measure=name) if not is_of_units or name in _of_units() else None
            for name in FACTS
        },
        "rates": {name: rate(share) for name, share in SHARES.items()},
    }


def _beside(told: Beside) -> Told:
    """Each figure with those of the other periods; null where nothing was kept of them."""
    now = told[NOW]
    assert now is not None
    return {
        kind: {
            key: figure
            and figure | {name: then and then[kind][key] for name, then in told.items() if name != NOW}
            for key, figure in now[kind].items()
        }
        for kind in ("measures", "rates")
    }


def _narrowed(by: str, value: str | None) -> Told:
    if by == "unit":
        return {"unowned": True} if value is None else {"unit": value}
    return {"lacks_level": by.removeprefix("area:")} if value is None else {"part": value}
