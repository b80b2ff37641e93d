"""SQL of positions: taking them in, and reading where a worker was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core import binary_arrays
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.queries.visible import visible, visible_binds, works_in
from app.workforce.rules.positions import Span, Stored

# How far back the fix before a batch is looked for.
LOOK_BACK = timedelta(days=1)
_WITHIN = "ARRAY(select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"


def is_worker(session: Session, account_id: UUID) -> bool:
    sql = "select exists (select 1 from worker where id = :id and deleted_at is null)"
    return bool(session.scalar(sql_text(sql), {"id": account_id}))


def hold_duty(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> list[Span]:
    """The worker's duty in a time, which nobody ends or shortens until the transaction is over."""
    sql = """
      select lower(during) since, upper(during) until from duty
      where worker_id = :worker_id and deleted_at is null
        and during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz), '[]')
      for share
    """
    result = session.execute(sql_text(sql), {"worker_id": worker_id, "since": since, "until": until})
    return [(row.since, row.until) for row in result]


def stored_fixes(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> list[Stored]:
    """What is stored in a time, and the last fix and the last usable fix before it, in the order of time."""
    columns = "at, ST_X(geom) lon, ST_Y(geom) lat, accuracy_m, is_mock, is_coarse, is_implausible"
    before = "worker_id = :worker_id and at < :since and at >= :look_back"
    sql = f"""
      (select {columns} from position where worker_id = :worker_id and at between :since and :until)
      union
      (select {columns} from position where {before} order by at desc limit 1)
      union
      (select {columns} from position where {before} and not is_mock and not is_coarse and not is_implausible
       order by at desc limit 1)
      order by at
    """
    binds = {"worker_id": worker_id, "since": since, "until": until, "look_back": since - LOOK_BACK}
    result = session.execute(sql_text(sql), binds)
    return [
        Stored(r.at, r.lon, r.lat, r.accuracy_m, r.is_mock, r.is_coarse, is_implausible=r.is_implausible)
        for r in result
    ]


def insert_positions(
    session: Session,
    worker_id: UUID,
    fixes: Sequence[Stored],
    *,
    newest: Stored | None,
    device_id: UUID | None,
    received_at: datetime,
) -> int:
    """Store fixes and, in the same statement, where the worker is unless a newer one says; how many were new."""
    sql = """
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
    stored: int = session.execute(sql_text(sql), binds).scalar_one()
    return stored


def note_seen(session: Session, worker_id: UUID, *, at: datetime) -> None:
    """She is where she was: the newest fix is of this instant too."""
    sql = "update worker_position set at = :at where worker_id = :worker_id and at < :at"
    session.execute(text(sql), {"worker_id": worker_id, "at": at})


def located_workers(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None,
    bbox: tuple[float, float, float, float] | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the workers in scope who are on duty now, and where they are; `ids` are those shown."""
    sql = f"""
      with page as (
        select w.name, w.id, json_build_object(
                 'id', w.id, 'name', w.name, 'on_duty_since', lower(d.during),
                 'position', case when p.worker_id is not null then json_build_object(
                   'lon', round(ST_X(p.geom)::numeric, 7), 'lat', round(ST_Y(p.geom)::numeric, 7),
                   'at', p.at, 'accuracy_m', p.accuracy_m,
                   'age_s', round(extract(epoch from cast(:scope_now as timestamptz) - p.at))) end,
                 'open_work', coalesce(l.open_work, 0), 'capacity', w.capacity) item
        from worker w
        join duty d on d.worker_id = w.id and d.deleted_at is null
          and d.during @> cast(:scope_now as timestamptz)
        left join worker_load l on l.worker_id = w.id
        left join worker_position p on p.worker_id = w.id and p.at >= lower(d.during)
        where w.deleted_at is null and {visible()}
          and (cast(:within as uuid) is null or {works_in(_WITHIN)})
          and (not :has_bbox
               or p.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
                  and ST_Intersects(p.geom, ST_MakeEnvelope(:west, :south, :east, :north, 4326)))
          and (cast(:after_name as text) is null or (w.name, w.id) > (:after_name, cast(:after_id as uuid)))
        order by w.name, w.id limit :limit + 1),
      shown as (select * from page order by name, id limit :limit)
      select (select coalesce(json_agg(item order by name, id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[name, id::text] from shown order by name desc, id desc limit 1) last_key,
             (select coalesce(array_agg(id), '{{}}') from shown) ids
    """
    west, south, east, north = bbox or (0, 0, 0, 0)
    after_name, after_id = after or (None, None)
    binds = visible_binds(actor, now, Permission.WORKER_LOCATE, herself=False)
    binds |= {"within": within, "has_bbox": bbox is not None, "limit": limit}
    binds |= {"west": west, "south": south, "east": east, "north": north}
    binds |= {"after_name": after_name, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()


def track(
    session: Session,
    worker_id: UUID,
    *,
    since: datetime,
    until: datetime,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the fixes in [since, until), oldest first."""
    sql = """
      with page as (
        select p.at, json_build_object(
                 'at', p.at, 'lon', round(ST_X(p.geom)::numeric, 7), 'lat', round(ST_Y(p.geom)::numeric, 7),
                 'accuracy_m', p.accuracy_m, 'speed_mps', p.speed_mps, 'heading_deg', p.heading_deg,
                 'is_mock', p.is_mock, 'is_coarse', p.is_coarse, 'is_implausible', p.is_implausible) item
        from position p
        where p.worker_id = :worker_id and p.at >= :since and p.at < :until
          and (cast(:after as timestamptz) is null or p.at > cast(:after as timestamptz))
        order by p.at limit :limit + 1),
      shown as (select * from page order by at limit :limit)
      select (select coalesce(json_agg(item order by at), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[max(at)::text] from shown) last_key
    """
    binds: dict[str, Any] = {"worker_id": worker_id, "since": since, "until": until, "limit": limit}
    return session.execute(text(sql), binds | {"after": after[0] if after else None}).mappings().one()
