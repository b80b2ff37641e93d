"""SQL of detector runs: read signals that have not ended; store runs, states and answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Text, bindparam, func, insert, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.core.ids import uuid7
from app.signals.models import SignalAnswer, SignalRun
from app.signals.queries.signals import DRAWN_KINDS, LAST_STATE
from app.signals.rules.signals import DetectedSignal

_BATCH_SIZE = 500
_LOCK = select(func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("name", None, Text()), 0)))


def lock_jurisdiction(session: Session, jurisdiction_id: UUID) -> bool:
    """Lock the signals of a jurisdiction for writing until commit. Return True if it was locked.

    Returns False at once if another run holds this advisory lock.
    """
    return bool(session.scalar(_LOCK, {"name": f"signals {jurisdiction_id}"}))


_LAST_RUN = select(func.max(SignalRun.occurred_at)).where(
    SignalRun.jurisdiction_id == bindparam("jurisdiction_id", None, SignalRun.jurisdiction_id.type),
    SignalRun.cadence == bindparam("cadence", None, Text()),
)


def last_run(session: Session, jurisdiction_id: UUID, cadence: str) -> datetime | None:
    """Return the time of the last hourly or daily run in a jurisdiction. None: there was no run."""
    binds = {"jurisdiction_id": jurisdiction_id, "cadence": cadence}
    occurred_at: datetime | None = session.scalar(_LAST_RUN, binds)
    return occurred_at


_STANDING = Fragment(
    """
  select s.id, s.kind, s.key, t.member_ids from signal s cross join lateral {last_state} t
  where s.jurisdiction_id = :jurisdiction_id and s.kind = any(cast(:kinds as text[])) and s.ended_at is null order by s.id
    """,
    last_state=LAST_STATE,
)


def standing_signals(session: Session, jurisdiction_id: UUID, kinds: Sequence[str]) -> Sequence[RowMapping]:
    """Return the signals of some kinds that have not ended.

    Columns: `id`, `kind`, `key`, `member_ids`.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "kinds": list(kinds)}
    return session.execute(_STANDING, binds).mappings().all()


_INSERT_RUN = insert(SignalRun)


def insert_run(session: Session, values: Mapping[str, Any]) -> None:
    """Insert a row into `signal_run`. `values`: the values by column name."""
    session.execute(_INSERT_RUN, dict(values))


# The place of a drawn kind is the hull of its members with a margin. A signal without an area gets the smallest area that
# contains all its members.
_STORE_STATES = Fragment("""
  with detected_signal as materialized (
    select * from unnest(cast(:ids as uuid[]), cast(:state_ids as uuid[]), cast(:kinds as text[]), cast(:keys as text[]),
      cast(:area_ids as uuid[]), cast(:subjects as jsonb[]), cast(:members as text[]), cast(:figures as float8[]),
      cast(:expecteds as float8[]), cast(:ps as float8[]), cast(:strengths as float8[]), cast(:sinces as timestamptz[]),
      cast(:untils as timestamptz[]))
      g(id, state_id, kind, key, area_id, subject, members, figure, expected, p_value, strength, since, until)),
  placed_signal as materialized (
    select g.*, cast(g.members as uuid[]) member_ids, l.drawn, coalesce(g.area_id, l.holds) lies_in
    from detected_signal g left join lateral (
      select case when g.kind = any(cast(:drawn as text[]))
               then ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(i.location)), 0.0005, 2)) end drawn,
             (select v.area_id from area_version v where upper_inf(v.valid)
                and v.path @> lca(array_agg(i.scope_path || 'x')) order by nlevel(v.path) desc limit 1) holds
      from incident i where i.id = any(cast(g.members as uuid[])) and i.scope_path is not null)
      l on g.area_id is null or g.kind = any(cast(:drawn as text[]))),
  standing_signal as materialized (
    select s.id, p.state_id from placed_signal p join signal s
      on s.jurisdiction_id = :jurisdiction_id and s.kind = p.kind and s.key = p.key and s.ended_at is null),
  new_signal as (
    insert into signal (id, jurisdiction_id, kind, key, first_seen)
    select p.id, :jurisdiction_id, p.kind, p.key, :now from placed_signal p
    where p.lies_in is not null and p.state_id not in (select state_id from standing_signal) returning id),
  new_state as (
    select coalesce(t.id, p.id) signal_id, p.* from placed_signal p left join standing_signal t on t.state_id = p.state_id
    where t.id is not null or p.id in (select id from new_signal))
  insert into signal_state (id, signal_id, run_id, area_id, subject, member_ids, figure, expected, p_value, strength,
    since, until, place, occurred_at)
  select n.state_id, n.signal_id, :run_id, n.lies_in, n.subject, n.member_ids, n.figure, n.expected, n.p_value, n.strength,
    n.since, n.until, n.drawn, :now
  from new_state n where not exists (
    select 1 from (select * from signal_state t where t.signal_id = n.signal_id
                   order by t.occurred_at desc, t.id desc limit 1) t
    where (t.area_id, t.subject, t.member_ids, t.figure, t.expected, t.p_value)
      is not distinct from (n.lies_in, n.subject, n.member_ids, n.figure, n.expected, n.p_value))
""")


def store_states(
    session: Session,
    jurisdiction_id: UUID,
    detected: Sequence[DetectedSignal],
    *,
    run_id: UUID,
    now: datetime,
) -> None:
    """Insert the new signals of a run, and the new states of signals that exist already.

    No state is inserted if it equals the last stored state of the signal.
    """
    for start in range(0, len(detected), _BATCH_SIZE):
        batch = detected[start : start + _BATCH_SIZE]
        values = {
            "ids": [uuid7() for _ in batch],
            "state_ids": [uuid7() for _ in batch],
            "kinds": [signal.kind for signal in batch],
            "keys": [signal.key for signal in batch],
            "area_ids": [signal.area_id for signal in batch],
            "subjects": [orjson.dumps(signal.subject, default=str).decode() for signal in batch],
            # Arrays of an array have to be equally long: members are sent as the text of an array each.
            "members": ["{" + ",".join(map(str, signal.members)) + "}" for signal in batch],
            # A list of floats and whole numbers has no type of PostgreSQL.
            "figures": [float(signal.figure) for signal in batch],
            "expecteds": [None if signal.expected is None else float(signal.expected) for signal in batch],
            "ps": [signal.p for signal in batch],
            "strengths": [signal.strength for signal in batch],
            "sinces": [signal.since for signal in batch],
            "untils": [signal.until for signal in batch],
        }
        shared = {
            "jurisdiction_id": jurisdiction_id,
            "drawn": list(DRAWN_KINDS),
            "run_id": run_id,
            "now": now,
        }
        session.execute(_STORE_STATES, values | shared)


_END_SIGNALS = Fragment("""
  update signal s set ended_at = :now, last_seen = greatest(first_seen, (
    select max(r.occurred_at) from signal_run r where r.jurisdiction_id = s.jurisdiction_id
      and r.cadence = :cadence and r.occurred_at < :now and s.kind <> all(r.failed)))
  where id = any(cast(:ids as uuid[]))
""")


def end_signals(session: Session, ids: Sequence[UUID], *, cadence: str, now: datetime) -> None:
    """Mark signals as ended that the run at `now` no longer detected.

    The column `last_seen` of a signal is set to the last earlier run in which the detector of its kind did not fail.
    """
    session.execute(_END_SIGNALS, {"ids": list(ids), "cadence": cadence, "now": now})


_INSERT_ANSWER = insert(SignalAnswer)


def insert_answer(session: Session, values: Mapping[str, Any]) -> None:
    """Insert a row into `signal_answer`. `values`: the values by column name."""
    session.execute(_INSERT_ANSWER, dict(values))
