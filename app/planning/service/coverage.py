"""Which parts of a grid nobody came to, and fair lists of what to look at oneself."""

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
from app.core.paging import id_after, page
from app.planning.queries import coverage as queries
from app.planning.rules import cells, lots
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# As long as lines of duties are kept.
BACK = timedelta(days=180)


def coverage(
    session: Session,
    actor: Actor,
    *,
    area_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
) -> bytes:
    """What a cycle missed of a grid, up to the beginning of today: for those who direct it, of all who walked it together.

    Whoever walks it herself sees her own part only. Nobody is named, and no time.
    """
    grid = _grid(session, actor, area_id)
    if not (grid["is_directed"] or grid["is_walked"]):
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_DIRECT.value)
    profile = profiles.profile_at(session, grid["jurisdiction_id"], clock.now())
    today = _midnight(profile)
    until = min(until or today, today)
    cycle = profiles.settings_for(profile, area_id=area_id, at=clock.now()).values.patrol_cycle_days
    since = since or until - timedelta(days=cycle)
    if not until - BACK <= since < until:
        raise invalid_field("since", "out_of_range")
    zoom, columns, rows = _cover(grid)
    worker_id = None if grid["is_directed"] else actor.id
    found = queries.coverage(
        session,
        area_id=area_id,
        zoom=zoom,
        columns=columns,
        rows=rows,
        since=since,
        until=until,
        worker_id=worker_id,
    )
    about = {
        "area_id": area_id,
        "since": since,
        "until": until,
        "basis": "cells",
        "of": "all" if grid["is_directed"] else "me",
        "cell_m": round(cells.side_m(zoom, (grid["south"] + grid["north"]) / 2), 1),
        "cells_total": found["cells"],
        "cells_missed": found["cells_missed"],
        "households_total": found["homes"],
        "households_missed": found["homes_missed"],
    }
    return b'%b,"missed_cells":%b,"missed_households":%b}' % (
        orjson.dumps(about, default=str)[:-1],
        found["missed_cells"],
        found["missed_homes"],
    )


def coverage_of_cycle(
    session: Session, area_id: UUID, *, since: datetime, until: datetime, zone: str
) -> dict[str, list[str]]:
    """Of a grid in a period: its cells and homes, those to which nobody came, and the days on which somebody patrolled."""
    zoom, columns, rows = _cover(_grid(session, SYSTEM, area_id))
    found = queries.coverage(
        session,
        area_id=area_id,
        zoom=zoom,
        columns=columns,
        rows=rows,
        since=since,
        until=until,
        worker_id=None,
    )
    return {
        "cells": sorted(queries.cell_names(session, area_id=area_id, zoom=zoom, columns=columns, rows=rows)),
        "cells_missed": [cell["id"] for cell in orjson.loads(found["missed_cells"])],
        "homes": sorted(queries.home_ids(session, area_id)),
        "homes_missed": orjson.loads(found["missed_homes"]),
        "patrol_days": list(
            queries.walked_days(session, area_id=area_id, since=since, until=until, zone=zone)
        ),
    }


def draw_lot(session: Session, actor: Actor, *, area_id: UUID, kind: str, size: int, reason: str) -> bytes:
    """Draw what to look at oneself. The seed is the server's, and every lot that was drawn stays on the record."""
    grid = _grid(session, actor, area_id)
    if not grid["is_directed"]:
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_DIRECT.value)
    if kind == "household":
        members = queries.home_ids(session, area_id)
    else:
        zoom, columns, rows = _cover(grid)
        members = queries.cell_names(session, area_id=area_id, zoom=zoom, columns=columns, rows=rows)
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
    """A lot, with all that it takes to draw it again."""
    found = queries.lot(session, actor, lot_id, now=clock.now())
    if found is None:
        raise NotFound("not_found")
    return found


def list_lots(
    session: Session, actor: Actor, *, area: UUID | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """A page of the lots that were drawn where the actor directs, the last first."""
    after = id_after(cursor)
    found = queries.lots(session, actor, area_id=area, after=after, now=clock.now(), limit=limit)
    return page(found["items"], found["next_key"])


def _grid(session: Session, actor: Actor, area_id: UUID) -> RowMapping:
    grid = queries.grid(session, actor, area_id, now=clock.now())
    if grid is None:
        raise NotFound("not_found")
    if grid["level"] != "grid":
        raise invalid_field("area_id", "not_a_grid")
    return grid


def _cover(grid: RowMapping) -> tuple[int, tuple[int, int], tuple[int, int]]:
    return cells.cover((grid["west"], grid["south"], grid["east"], grid["north"]))


def _midnight(profile: ProfileInForce) -> datetime:
    """When today began there."""
    zone = ZoneInfo(profile.profile.timezone)
    return datetime.combine(clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)
