"""Statements on tracks: lines made from the positions of a worker during one duty."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    Integer,
    Numeric,
    RowMapping,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Duty, DutyTrack
from app.workforce.queries.periods import end_of, instant

TOLERANCE_M = 10

_LIMIT = bindparam("limit", type_=Integer())
_DUTIES_TO_TRACE = union_all(
    select(Duty.id)
    .where(
        Duty.deleted_at.is_(None),
        end_of(Duty.during) > instant("after"),
        end_of(Duty.during) <= instant("before"),
        Duty.during.overlaps(func.tstzrange(instant("after"), instant("before"), literal_column("'[]'"))),
        ~exists().where(DutyTrack.id == Duty.id),
    )
    .limit(_LIMIT),
    select(DutyTrack.id).where(DutyTrack.is_stale).limit(_LIMIT),
)


def duties_to_trace(
    session: Session, *, ended_after: datetime, ended_before: datetime, limit: int
) -> list[UUID]:
    """Return ids of ended duties that have no line, or a line that lacks late positions."""
    binds = {"after": ended_after, "before": ended_before, "limit": limit}
    return list(session.scalars(_DUTIES_TO_TRACE, binds))


# The line is simplified in Web Mercator, whose metres are stretched by the cosine of the latitude. The lock on the duty
# keeps its end where it is until the line is stored.
_STORE_TRACK = sql_text("""
  with ended_duty as (
    select id, worker_id, lower(during) since, upper(during) until from duty
    where id = :id and deleted_at is null and not upper_inf(during) for share),
  full_line as (
    select count(*) fixes, ST_MakeLine(ST_SetSRID(ST_MakePointM(ST_X(p.geom), ST_Y(p.geom),
                                                                extract(epoch from p.at)), 4326) order by p.at) line
    from ended_duty d join position p on p.worker_id = d.worker_id and p.at >= d.since and p.at < d.until
    where not p.is_mock and not p.is_coarse and not p.is_implausible)
  insert into duty_track (id, worker_id, since, until, fixes, length_m, geom, made_at)
  select d.id, d.worker_id, d.since, d.until, l.fixes, coalesce(ST_Length(cast(l.line as geography)), 0),
         case when l.fixes > 1 then ST_Transform(ST_Simplify(ST_Transform(l.line, 3857),
           :tolerance_m / greatest(cos(radians(ST_Y(ST_StartPoint(l.line)))), 0.05), true), 4326) end, :now
  from ended_duty d, full_line l
  on conflict (id) do update set fixes = excluded.fixes, length_m = excluded.length_m, geom = excluded.geom,
                                 made_at = excluded.made_at, is_stale = false
  returning id
""")


def store_track(session: Session, duty_id: UUID, *, now: datetime) -> bool:
    """Make and store the line of the usable positions of a duty.

    The M value of each point is its time. Returns False if there is no such duty or it has not ended.
    """
    binds = {"id": duty_id, "now": now, "tolerance_m": TOLERANCE_M}
    return session.scalar(_STORE_TRACK, binds) is not None


_MARK_STALE = (
    update(DutyTrack)
    .where(
        DutyTrack.worker_id == bindparam("of_worker"),
        DutyTrack.since <= instant("last_fix_at"),
        DutyTrack.until > instant("first_fix_at"),
    )
    .values(is_stale=true())
)


def mark_stale(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> None:
    """Mark the worker's track lines that overlap [since, until] to be made again.

    This is needed if positions of a past duty came late.
    """
    session.execute(_MARK_STALE, {"of_worker": worker_id, "first_fix_at": since, "last_fix_at": until})


_DELETE_TRACKS = delete(DutyTrack).where(DutyTrack.until < instant("before"))


def delete_tracks(session: Session, *, ended_before: datetime) -> None:
    """Delete the track lines of duties that ended before an instant."""
    session.execute(_DELETE_TRACKS, {"before": ended_before})


_TRACK_PAGE = JsonPage(
    select(
        DutyTrack.since,
        DutyTrack.id,
        json_object(
            duty_id=DutyTrack.id,
            since=DutyTrack.since,
            until=DutyTrack.until,
            fixes=DutyTrack.fixes,
            length_m=func.round(cast(DutyTrack.length_m, Numeric), literal_column("1")),
            line=cast(func.ST_AsGeoJSON(func.ST_Force2D(DutyTrack.geom), literal_column("7")), JSON),
        ).label("item"),
    ).where(
        DutyTrack.worker_id == bindparam("worker_id"),
        or_(instant("until").is_(None), DutyTrack.since < instant("until")),
        or_(instant("since").is_(None), DutyTrack.until > instant("since")),
    ),
    "since",
    "id",
    is_descending=True,
)


def track_page(
    session: Session,
    worker_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the lines of a worker's duties that overlap [since, until), newest first."""
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return _TRACK_PAGE.read(session, binds, after=after, limit=limit)
