"""Statements on positions of workers: store them, and read where a worker was.

Coordinates are EPSG:4326, lengths in metres, times in seconds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Float,
    Numeric,
    RowMapping,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal_column,
    not_,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.orm import Session

from app.core import binary_arrays
from app.core.actor import Actor, Permission
from app.core.db import sql_text, unscoped
from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Duty, Position, Worker, WorkerLoad, WorkerPosition
from app.workforce.queries.periods import end_of, instant, start_of
from app.workforce.queries.visible import NOW, visibility_binds, worker_visibility, works_within
from app.workforce.rules.positions import Span, Stored

# How far back the fix before a batch is looked for.
LOOK_BACK = timedelta(days=1)

_IS_WORKER = unscoped(
    select(exists().where(Worker.id == bindparam("account_id"), Worker.deleted_at.is_(None))),
    worker="nothing of the row is returned",
)


def is_worker(session: Session, account_id: UUID) -> bool:
    """Return True if the account is that of a worker."""
    return bool(session.scalar(_IS_WORKER, {"account_id": account_id}))


_LOCK_DUTY = (
    select(start_of(Duty.during).label("since"), end_of(Duty.during).label("until"))
    .where(
        Duty.worker_id == bindparam("worker_id"),
        Duty.deleted_at.is_(None),
        Duty.during.overlaps(func.tstzrange(instant("since"), instant("until"), literal_column("'[]'"))),
    )
    .with_for_update(read=True)
)


def lock_duty(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> list[Span]:
    """Lock and return the worker's duties that overlap a period.

    Nobody can end or change these duties until the transaction ends.
    """
    result = session.execute(_LOCK_DUTY, {"worker_id": worker_id, "since": since, "until": until})
    return [(row.since, row.until) for row in result]


_FIX = select(
    Position.at,
    func.ST_X(Position.geom).label("lon"),
    func.ST_Y(Position.geom).label("lat"),
    Position.accuracy_m,
    Position.is_mock,
    Position.is_coarse,
    Position.is_implausible,
).where(Position.worker_id == bindparam("worker_id"))
_LAST_BEFORE = (
    _FIX.where(Position.at < instant("since"), Position.at >= instant("look_back"))
    .order_by(Position.at.desc())
    .limit(literal_column("1"))
)
_IS_USABLE = and_(~Position.is_mock, ~Position.is_coarse, ~Position.is_implausible)
_STORED_FIXES = union(
    _FIX.where(Position.at.between(instant("since"), instant("until"))),
    _LAST_BEFORE,
    _LAST_BEFORE.where(_IS_USABLE),
).order_by("at")


def stored_fixes(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> list[Stored]:
    """Return a worker's stored positions with which new ones are compared, in order of time.

    These are the positions in the period, and two from before it: the last position, and the last one that is usable as the
    worker's location.
    """
    binds = {"worker_id": worker_id, "since": since, "until": until, "look_back": since - LOOK_BACK}
    return [
        Stored(r.at, r.lon, r.lat, r.accuracy_m, r.is_mock, r.is_coarse, is_implausible=r.is_implausible)
        for r in session.execute(_STORED_FIXES, binds)
    ]


# One statement for both tables: each batch of a phone costs one journey to the server. `worker_position` never goes back
# in time, so a batch that was late leaves it as it is.
_INSERT_POSITIONS = sql_text("""
  with stored as (
    insert into position (worker_id, at, geom, accuracy_m, speed_mps, heading_deg, battery_pct,
                          is_mock, is_coarse, is_implausible, device_id, received_at)
    select :worker_id, f.at, ST_SetSRID(ST_MakePoint(f.lon, f.lat), 4326), f.accuracy_m, f.speed_mps,
           f.heading_deg, f.battery_pct, f.is_mock, f.is_coarse, f.is_implausible, :device_id, :received_at
    from unnest(cast(:at as timestamptz[]), cast(:lon as float8[]), cast(:lat as float8[]),
                cast(:accuracy_m as float8[]), cast(:speed_mps as float8[]),
                cast(:heading_deg as float8[]), cast(:battery_pct as float8[]),
                cast(:is_mock as boolean[]), cast(:is_coarse as boolean[]),
                cast(:is_implausible as boolean[]))
      f(at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct, is_mock, is_coarse, is_implausible)
    on conflict (worker_id, at) do nothing
    returning at),
  located as (
    insert into worker_position (worker_id, at, geom, accuracy_m)
    select :worker_id, cast(:newest_at as timestamptz),
           ST_SetSRID(ST_MakePoint(:newest_lon, :newest_lat), 4326), cast(:newest_accuracy_m as float8)
    where cast(:newest_at as timestamptz) is not null
    on conflict (worker_id) do update
      set at = excluded.at, geom = excluded.geom, accuracy_m = excluded.accuracy_m
      where excluded.at > worker_position.at)
  select count(*) from stored
""")


def insert_positions(
    session: Session,
    worker_id: UUID,
    fixes: Sequence[Stored],
    *,
    newest: Stored | None,
    device_id: UUID | None,
    received_at: datetime,
) -> int:
    """Insert positions of a worker, and store `newest` as the worker's location.

    The location is not changed if a later one is stored. Returns the number of positions that were not stored before.
    """
    at, lon, lat, accuracy, mock, coarse, speed, heading, battery, implausible = zip(*fixes, strict=True)
    binds: dict[str, Any] = {
        "at": binary_arrays.instants(at),
        "lon": binary_arrays.floats(lon),
        "lat": binary_arrays.floats(lat),
        "accuracy_m": binary_arrays.floats(accuracy),
        "speed_mps": binary_arrays.floats(speed),
        "heading_deg": binary_arrays.floats(heading),
        "battery_pct": binary_arrays.floats(battery),
        "is_mock": binary_arrays.booleans(mock),
        "is_coarse": binary_arrays.booleans(coarse),
        "is_implausible": binary_arrays.booleans(implausible),
    }
    binds |= {"worker_id": worker_id, "device_id": device_id, "received_at": received_at}
    binds |= {
        "newest_at": newest.at if newest else None,
        "newest_lon": newest.lon if newest else 0.0,
        "newest_lat": newest.lat if newest else 0.0,
        "newest_accuracy_m": newest.accuracy_m if newest else None,
    }
    return int(session.execute(_INSERT_POSITIONS, binds).scalar_one())


_REFRESH_LOCATION = (
    update(WorkerPosition)
    .where(WorkerPosition.worker_id == bindparam("moved_worker_id"), WorkerPosition.at < instant("seen_at"))
    .values(at=instant("seen_at"))
)


def refresh_location(session: Session, worker_id: UUID, *, at: datetime) -> None:
    """Store that a worker was still at the stored location at an instant.

    Nothing is changed if the location has a later time.
    """
    session.execute(_REFRESH_LOCATION, {"moved_worker_id": worker_id, "seen_at": at})


def _degrees(coordinate: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.round(cast(coordinate, Numeric), literal_column("7"))


_BOX = func.ST_MakeEnvelope(
    *(bindparam(edge, None, Float()) for edge in ("west", "south", "east", "north")), literal_column("4326")
)
_LOCATED_WORKERS = JsonPage(
    select(
        Worker.name,
        Worker.id,
        json_object(
            id=Worker.id,
            name=Worker.name,
            on_duty_since=start_of(Duty.during),
            position=case(
                (
                    WorkerPosition.worker_id.is_not(None),
                    json_object(
                        lon=_degrees(func.ST_X(WorkerPosition.geom)),
                        lat=_degrees(func.ST_Y(WorkerPosition.geom)),
                        at=WorkerPosition.at,
                        accuracy_m=WorkerPosition.accuracy_m,
                        age_s=func.round(extract("epoch", NOW - WorkerPosition.at)),
                    ),
                )
            ),
            open_work=func.coalesce(WorkerLoad.open_work, 0),
            capacity=Worker.capacity,
        ).label("item"),
    )
    .select_from(Worker)
    .join(Duty, and_(Duty.worker_id == Worker.id, Duty.deleted_at.is_(None), Duty.during.contains(NOW)))
    .outerjoin(WorkerLoad, WorkerLoad.worker_id == Worker.id)
    .outerjoin(
        WorkerPosition,
        and_(WorkerPosition.worker_id == Worker.id, WorkerPosition.at >= start_of(Duty.during)),
    )
    .where(
        Worker.deleted_at.is_(None),
        worker_visibility(),
        works_within(),
        or_(
            not_(bindparam("has_worker_ids", None, Boolean())),
            Worker.id == any_(bindparam("worker_ids", type_=ARRAY(Uuid))),
        ),
        or_(
            not_(bindparam("has_bbox", None, Boolean())),
            and_(WorkerPosition.geom.bool_op("&&")(_BOX), func.ST_Intersects(WorkerPosition.geom, _BOX)),
        ),
    ),
    "name",
    "id",
    arrays={"ids": "id"},
)


def located_workers(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None,
    bbox: tuple[float, float, float, float] | None,
    worker_ids: Sequence[UUID] | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the workers on duty whom the actor may locate, with their last location.

    The location is null if there is none since the duty began. Column `ids`: the ids of the workers on the page.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_LOCATE)
    binds |= {"within": within, "has_bbox": bbox is not None}
    binds |= {"has_worker_ids": worker_ids is not None, "worker_ids": list(worker_ids or ())}
    binds |= dict(zip(("west", "south", "east", "north"), bbox or (0, 0, 0, 0), strict=True))
    return _LOCATED_WORKERS.read(session, binds, after=after, limit=limit)


_TRACK = JsonPage(
    select(
        Position.at,
        json_object(
            at=Position.at,
            lon=_degrees(func.ST_X(Position.geom)),
            lat=_degrees(func.ST_Y(Position.geom)),
            accuracy_m=Position.accuracy_m,
            speed_mps=Position.speed_mps,
            heading_deg=Position.heading_deg,
            is_mock=Position.is_mock,
            is_coarse=Position.is_coarse,
            is_implausible=Position.is_implausible,
        ).label("item"),
    ).where(
        Position.worker_id == bindparam("worker_id"),
        Position.at >= instant("since"),
        Position.at < instant("until"),
    ),
    "at",
)


def track(
    session: Session,
    worker_id: UUID,
    *,
    since: datetime,
    until: datetime,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of a worker's positions in [since, until), oldest first."""
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return _TRACK.read(session, binds, after=after, limit=limit)
