"""Statements on positions of workers: store them, and read where a worker was.

Coordinates are EPSG:4326, lengths in metres, times in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
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
from app.core.db import Fragment, sql_text, unscoped
from app.core.db.raw_read import fetch_one
from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Duty, Position, Worker, WorkerLoad, WorkerPosition
from app.workforce.queries.periods import instant, start_of
from app.workforce.queries.visible import NOW, visibility_binds, worker_visibility, works_within
from app.workforce.rules.fixes import Stored
from app.workforce.rules.positions import Span

# How far back the fix before a batch is looked for.
LOOK_BACK = timedelta(days=1)

_IS_WORKER = unscoped(
    select(exists().where(Worker.id == bindparam("account_id"), Worker.deleted_at.is_(None))),
    worker="nothing of the row is returned",
)


def is_worker(session: Session, account_id: UUID) -> bool:
    """Return True if the account is that of a worker."""
    return bool(session.scalar(_IS_WORKER, {"account_id": account_id}))


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
# JSON has the shortest digits that are read as the same float8. Instants are whole microseconds.
_STORED_FIXES = Fragment(
    """
  select json_agg(json_build_array(cast(extract(epoch from f.at) * 1000000 as bigint), f.lon, f.lat, f.accuracy_m,
                                   f.is_mock, f.is_coarse, f.is_implausible) order by f.at) fixes
  from {fixes} f
    """,
    fixes=union(
        _FIX.where(Position.at.between(instant("since"), instant("until"))),
        _LAST_BEFORE,
        _LAST_BEFORE.where(_IS_USABLE),
    ),
)
_DUTY = Fragment("""
  select d.id, json_build_array(cast(extract(epoch from lower(d.during)) * 1000000 as bigint),
                                cast(extract(epoch from upper(d.during)) * 1000000 as bigint)) span
  from duty d
  where d.worker_id = :worker_id and d.deleted_at is null
    and d.during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz), '[]')
""")
# `seen` are the duties in the snapshot of the statement, `locked` those that it has waited for.
_SITUATION = unscoped(
    Fragment(
        """
  with locked as materialized ({duty} for share),
  listed as materialized (
    select (select json_agg(l.span order by l.id) from locked l) locked,
           (select json_agg(s.span order by s.id) from ({duty}) s) seen)
  select exists (select 1 from worker w where w.id = :worker_id and w.deleted_at is null) is_worker,
    listed.locked duty, cast(listed.locked as text) is distinct from cast(listed.seen as text) is_changed,
    ({stored_fixes}) fixes
  from listed
        """,
        duty=_DUTY,
        stored_fixes=_STORED_FIXES,
    ),
    worker="nothing of the row is returned",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BatchSituation:
    """The duties and stored positions of a worker in the period of a batch of positions.

    Attributes:
        is_worker: The account is that of a worker.
        duty: The duties that overlap the period. Nobody can end or change them until the transaction ends.
        stored: The positions with which new ones are compared, in order of time: those in the period, and two from before it:
            the last one, and the last one that is usable as the worker's location.
    """

    is_worker: bool
    duty: list[Span]
    stored: list[Stored]


def lock_situation(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> BatchSituation:
    """Lock the worker's duties that overlap a period, and return them with the stored positions of the period.

    One statement does both, so it reads positions in the snapshot with which it began. If it had to wait for a transaction that
    changed a duty, it may have read positions that this transaction deleted. They are then read again.
    """
    binds = {"worker_id": worker_id, "since": since, "until": until, "look_back": since - LOOK_BACK}
    row = fetch_one(session, _SITUATION, binds)
    assert row is not None, "the statement has one row"
    fixes = row["fixes"]
    if row["is_changed"]:
        read_again = fetch_one(session, _STORED_FIXES, binds)
        fixes = read_again and read_again["fixes"]
    duty = [(_instant_of(start), _instant_of(end)) for start, end in orjson.loads(row["duty"] or b"[]")]
    stored = [
        Stored(_instant_of(at), lon, lat, accuracy_m, is_mock, is_coarse, is_implausible=is_implausible)
        for at, lon, lat, accuracy_m, is_mock, is_coarse, is_implausible in orjson.loads(fixes or b"[]")
    ]
    return BatchSituation(row["is_worker"], duty, stored)


def _instant_of(microseconds: int | None) -> Any:
    """Return the instant at a number of microseconds since 1970; None for None."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


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
  select count(*) inserted from stored
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
    row = fetch_one(session, _INSERT_POSITIONS, binds)
    return int(row["inserted"]) if row is not None else 0


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
