"""Use cases of patrol coverage: cells and homes that nobody visited, and random draws.

A random draw of households or cells for an inspection is called a lot.
"""

import secrets
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import Forbidden, NotFound, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after, page_body
from app.planning.queries import coverage as queries
from app.planning.rules import cells, lots
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# As long as tracks of duties are stored.
MAX_AGE = timedelta(days=180)


def coverage(
    session: Session,
    actor: Actor,
    *,
    area_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
) -> bytes:
    """Return the cells and homes of a grid that nobody visited in a period, as JSON.

    An actor who directs the grid gets the coverage by all workers; a worker of the grid gets their own. The result has
    no persons and no times. The period ends at the beginning of today at the latest.
    """
    grid = _grid(session, actor, area_id)
    if not (grid["is_directed"] or grid["is_walked"]):
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_DIRECT.value)
    profile = profiles.profile_at(session, grid["jurisdiction_id"], clock.now())
    today = _midnight(profile)
    until = min(until or today, today)
    cycle = profiles.settings_for(profile, area_id=area_id, at=clock.now()).values.patrol_cycle_days
    since = since or until - timedelta(days=cycle)
    if not until - MAX_AGE <= since < until:
        raise invalid_field("since", "out_of_range")
    cell_range = _cover(grid)
    worker_id = None if grid["is_directed"] else actor.id
    counts = queries.coverage(
        session, area_id=area_id, cell_range=cell_range, since=since, until=until, worker_id=worker_id
    )
    summary = {
        "area_id": area_id,
        "since": since,
        "until": until,
        "basis": "cells",
        "of": "all" if grid["is_directed"] else "me",
        "cell_m": round(cells.side_m(cell_range.zoom, (grid["south"] + grid["north"]) / 2), 1),
        "cells_total": counts["cells"],
        "cells_missed": counts["cells_missed"],
        "households_total": counts["homes"],
        "households_missed": counts["homes_missed"],
    }
    return b'%b,"missed_cells":%b,"missed_households":%b}' % (
        orjson.dumps(summary, default=str)[:-1],
        counts["missed_cells"],
        counts["missed_homes"],
    )


def coverage_of_cycle(
    session: Session, area_id: UUID, *, since: datetime, until: datetime, zone: str
) -> dict[str, list[str]]:
    """Return which cells (squares of the map) and homes of a grid nobody visited in a period.

    The result has all cells and homes, those without a visit, and the days on which a worker crossed the grid.
    """
    cell_range = _cover(_grid(session, SYSTEM, area_id))
    counts = queries.coverage(
        session, area_id=area_id, cell_range=cell_range, since=since, until=until, worker_id=None
    )
    return {
        "cells": sorted(queries.cell_names(session, area_id=area_id, cell_range=cell_range)),
        "cells_missed": [cell["id"] for cell in orjson.loads(counts["missed_cells"])],
        "homes": sorted(queries.home_ids(session, area_id)),
        "homes_missed": orjson.loads(counts["missed_homes"]),
        "patrol_days": list(
            queries.walked_days(session, area_id=area_id, since=since, until=until, zone=zone)
        ),
    }


def draw_lot(session: Session, actor: Actor, *, area_id: UUID, kind: str, size: int, reason: str) -> bytes:
    """Draw households or cells at random for an inspection, and store the draw.

    The server makes the seed of the draw.
    """
    grid = _grid(session, actor, area_id)
    if not grid["is_directed"]:
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_DIRECT.value)
    if kind == "household":
        members = queries.home_ids(session, area_id)
    else:
        members = queries.cell_names(session, area_id=area_id, cell_range=_cover(grid))
    members = sorted(members)
    seed, lot_id = secrets.token_hex(16), uuid7()
    drawn = lots.draw(seed, members, size)
    profile = profiles.profile_at(session, grid["jurisdiction_id"], clock.now())
    queries.insert_lot(
        session,
        {
            "id": lot_id,
            "area_id": area_id,
            "kind": kind,
            "reason": reason,
            "seed": seed,
            "members": members,
            "members_hash": lots.list_hash(members),
            "drawn": drawn,
            "by": actor.id,
            "now": clock.now(),
            "today": _midnight(profile),
        },
    )
    accounts.record(
        session,
        actor,
        action="check_lot.draw",
        entity="area",
        entity_id=area_id,
        detail={"lot_id": lot_id, "kind": kind, "size": len(drawn), "of": len(members)},
    )
    return lot(session, actor, lot_id=lot_id)


def lot(session: Session, actor: Actor, *, lot_id: UUID) -> bytes:
    """Return a stored random draw (lot) with its seed and the complete list of members."""
    lot_json = queries.lot(session, actor, lot_id, now=clock.now())
    if lot_json is None:
        raise NotFound("not_found")
    return lot_json


def list_lots(
    session: Session, actor: Actor, *, area_id: UUID | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the lots (random draws) where the actor directs cases, newest first."""
    after = id_after(cursor)
    row = queries.lots(session, actor, area_id=area_id, after=after, now=clock.now(), limit=limit)
    return page_body(row["items"], row["next_key"])


def _grid(session: Session, actor: Actor, area_id: UUID) -> RowMapping:
    """Return a grid with its bounding box.

    Raises:
        NotFound: There is no such area.
        Invalid: The area is not a grid.
    """
    grid = queries.grid(session, actor, area_id, now=clock.now())
    if grid is None:
        raise NotFound("not_found")
    if grid["level"] != "grid":
        raise invalid_field("area_id", "not_a_grid")
    return grid


def _cover(grid: RowMapping) -> cells.CellRange:
    return cells.cover((grid["west"], grid["south"], grid["east"], grid["north"]))


def _midnight(profile: ProfileInForce) -> datetime:
    """Return the instant at which today began in the profile's time zone."""
    zone = ZoneInfo(profile.profile.timezone)
    return datetime.combine(clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)
