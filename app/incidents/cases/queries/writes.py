"""SQL that locks and writes a case, its events and its jobs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    DateTime,
    Float,
    RowMapping,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import SRID, Fragment, unscoped
from app.core.jobs import ENQUEUE_SQL
from app.dispatch.models import Assignment
from app.dispatch.rules.states import HELD_SQL, PART_RETURNED
from app.dispatch.scope import constant
from app.incidents.cases.rules.lifecycle import BACKDATED_ACTIONS, ENDED, WITH_HANDLER
from app.incidents.deadlines.rules.stages import PAUSED_STATES
from app.incidents.models import Incident, IncidentEvent

# A unit has returned its part of the case, and nobody has decided yet about that part.
_HAS_RETURNED_PART = (
    select(Assignment.id)
    .where(
        Assignment.incident_id == Incident.id,
        Assignment.role == constant("joint"),
        Assignment.state == constant("failed"),
        Assignment.ended_because == constant(PART_RETURNED),
    )
    .correlate(Incident)
    .exists()
)
_EXISTING = select(
    Incident.id,
    Incident.version,
    Incident.status,
    Incident.category,
    Incident.condition,
    Incident.priority,
    Incident.grid_id,
    Incident.area_id,
    cast(Incident.scope_path, Text()).label("scope_path"),
    Incident.jurisdiction_id,
    Incident.profile_version_id,
    Incident.owner_unit_id,
    Incident.reported_by,
    Incident.handled_by,
    Incident.about_kind,
    Incident.about_id,
    Incident.rework_count,
    Incident.due_at,
    Incident.waiting_since,
    Incident.waiting_reason,
    Incident.component_id,
    Incident.component_link,
    Incident.owner_basis,
    Incident.case_no,
    Incident.merged_into,
    Incident.pinned_to,
    Incident.locked_at,
    Incident.closed_at,
    Incident.accepted_at,
    Incident.extension_asked_at,
    Incident.extension_asked_by,
    Incident.extension_amount,
    Incident.extended_count,
    Incident.returned_count,
    Incident.contested_count,
    Incident.urged_count,
    Incident.supervised_at,
    Incident.supervised_level,
    Incident.review_at,
    Incident.contested_order_by,
    func.ST_X(Incident.location).label("lon"),
    func.ST_Y(Incident.location).label("lat"),
    _HAS_RETURNED_PART.label("has_returned_part"),
).where(Incident.deleted_at.is_(None))
_CASE = _EXISTING.where(Incident.id == bindparam("id", None, Uuid()))
_READ_CASE = unscoped(_CASE, incident="a case that was read by its rule")
# Whether the lock is asked for with NOWAIT -> the statement.
_LOCK_CASE = {nowait: _CASE.with_for_update(nowait=nowait) for nowait in (False, True)}
# In the order of `lock_cases`.
_LOCK_EACH = {
    nowait: _EXISTING.where(Incident.id == any_(bindparam("ids", None, ARRAY(Uuid()))))
    .order_by(Incident.merged_into.is_not(None), Incident.id)
    .with_for_update(nowait=nowait)
    for nowait in (False, True)
}
_LOCK_CASES = {
    nowait: Fragment(
        """with named as materialized (select unnest(cast(:ids as uuid[])) id),
          linked as (
            select l.other_id id from incident_link l join named n on n.id = l.incident_id where l.unlinked_at is null
            union all
            select l.incident_id from incident_link l join named n on n.id = l.other_id where l.unlinked_at is null)
          select 1 from incident where id in (select id from named union select id from linked)
          order by merged_into is not null, id for update {nowait}""",
        nowait=Fragment("nowait" if nowait else ""),
    )
    for nowait in (False, True)
}


def lock_case(session: Session, incident_id: UUID) -> RowMapping | None:
    """Lock a case and return its row as it is after the lock was obtained; None: no such case.

    A transaction locks a case before all other rows that belong to the case. Several cases are locked by `lock_cases`, in one
    fixed order (app.core.locks), so that transactions do not deadlock.
    """
    statement = _LOCK_CASE[_is_nowait(session)]
    return session.execute(statement, {"id": incident_id}).mappings().one_or_none()


def lock_each(session: Session, incident_ids: Collection[UUID]) -> dict[UUID, RowMapping]:
    """Lock cases in the order of `lock_cases`, and return their rows as `lock_case` does, by id.

    Cases that are linked with them are not locked: use it where no case ends or changes its area or category.
    """
    statement = _LOCK_EACH[_is_nowait(session)]
    return {row["id"]: row for row in session.execute(statement, {"ids": list(incident_ids)}).mappings()}


def read_case(session: Session, incident_id: UUID) -> RowMapping | None:
    """Return the row of a case as `lock_case` does, without a lock, for reading only."""
    return session.execute(_READ_CASE, {"id": incident_id}).mappings().one_or_none()


def lock_cases(session: Session, incident_ids: Iterable[UUID]) -> None:
    """Lock cases and all cases that are linked with them, in one fixed order.

    The order is: first the cases that are not merged into another case, then the others, each in order of ids.

    Two triggers need this order. When a case changes its area, `tell_merged` updates the cases merged into it. When a case
    ends, is opened again or gets another category, `tell_linked` updates the linked cases.
    """
    session.execute(_LOCK_CASES[_is_nowait(session)], {"ids": list(incident_ids)})


def _is_nowait(session: Session) -> bool:
    return bool(locks.nowait_clause(session))


# While a case has one of these states, nothing is decided yet about an end that was contested.
_UNDECIDED = ("collected", "verifying", "returned")
_POINT = func.ST_SetSRID(
    func.ST_MakePoint(bindparam("new_lon", None, Float()), bindparam("new_lat", None, Float())),
    constant(SRID),
)


def update_case(session: Session, incident_id: UUID, *, now: datetime, **values: Any) -> None:
    """Set columns of a case, and reset columns that depend on its status.

    A new status also clears:

    - the extension request, if the case has no handler any more;
    - the supervision, if the case ends;
    - the review date, if the case is not postponed any more (deferred, or on long-term hold);
    - `contested_order_by`, if the contest has been decided.

    Args:
        values: New values by column. A new location is `point`: longitude, latitude (WGS 84).
    """
    values = _with_resets(values)
    columns = tuple(name for name in values if name != "point")
    binds = {f"new_{name}": values[name] for name in columns}
    has_new_point = "point" in values
    if has_new_point:
        binds["new_lon"], binds["new_lat"] = values["point"]
    statement = _update_case(columns, has_new_point=has_new_point)
    session.execute(statement, binds | {"case_id": incident_id, "new_updated_at": now})


def update_each(session: Session, incident_ids: Collection[UUID], *, now: datetime, **values: Any) -> None:
    """Set the same columns of several cases, and reset columns as `update_case` does."""
    values = _with_resets(values)
    binds = {f"new_{name}": value for name, value in values.items()}
    statement = _update_case(tuple(values), has_new_point=False, is_each=True)
    session.execute(statement, binds | {"case_ids": list(incident_ids), "new_updated_at": now})


def _with_resets(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with those columns that a new status clears."""
    status = values.get("status")
    if status is not None and status not in WITH_HANDLER:
        values = {"extension_asked_at": None, "extension_asked_by": None, "extension_amount": None} | values
    if status is not None and status not in PAUSED_STATES:
        values = {"review_at": None} | values
    if status is not None and status not in _UNDECIDED:
        values = {"contested_order_by": None} | values
    if status is not None and status in ENDED:
        values = {"supervised_at": None, "supervised_level": None, "supervised_until": None} | values
    return values


@lru_cache(maxsize=500)
def _update_case(columns: tuple[str, ...], *, has_new_point: bool, is_each: bool = False) -> Update:
    """Return the UPDATE statement for these columns, `updated_at`, and a new location if any.

    Args:
        is_each: Update the cases of the bind `case_ids` instead of that of `case_id`.

    Raises:
        KeyError: There is no such column.
    """
    table = Incident.__table__
    new_values: dict[str, Any] = {
        name: bindparam(f"new_{name}", None, table.columns[name].type) for name in (*columns, "updated_at")
    }
    if "scope_path" in new_values:
        path = bindparam("new_scope_path", None, Text())
        new_values["scope_path"] = cast(path, table.columns["scope_path"].type)
    if has_new_point:
        new_values["location"] = _POINT
    is_wanted = (
        Incident.id == any_(bindparam("case_ids", None, ARRAY(Uuid())))
        if is_each
        else Incident.id == bindparam("case_id", None, Uuid())
    )
    return update(Incident).where(is_wanted).values(new_values)


def place_is_stored(*, lon: Any, actor_id: Any, at: Any) -> Fragment:
    """Return the SQL condition that the position of a transition may be stored.

    The position of a worker is stored only if the worker was on duty at that time.

    Args:
        lon: SQL expression of the longitude; NULL if no position was sent.
        actor_id: SQL expression of the actor's id.
        at: SQL expression of the time of the position.
    """
    return Fragment(
        """(cast({lon} as float) is not null and (
          not exists (select 1 from worker w where w.id = cast({actor_id} as uuid))
          or exists (select 1 from duty d where d.worker_id = cast({actor_id} as uuid) and d.deleted_at is null
                     and d.during @> cast({at} as timestamptz))))""",
        lon=lon,
        actor_id=actor_id,
        at=at,
    )


_INSERT_EVENT = Fragment(
    """insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note,
        detail, location, accuracy_m)
      select :incident_id, :action, :from_status, :to_status, :actor_kind, :actor_id, :now, :note, cast(:detail as jsonb),
        case when p.is_stored then ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) end,
        case when p.is_stored then cast(:accuracy_m as float) end
      from (select {place_is_stored} is_stored) p""",
    place_is_stored=place_is_stored(
        lon=Fragment(":lon"), actor_id=Fragment(":actor_id"), at=Fragment(":there_at")
    ),
)
_INSERT_EVENTS = Fragment(
    """insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note,
        detail, location, accuracy_m)
      select e.incident_id, e.action, e.from_status, e.to_status, e.actor_kind, e.actor_id, e.now, e.note, e.detail,
        case when p.is_stored then ST_SetSRID(ST_MakePoint(e.lon, e.lat), 4326) end,
        case when p.is_stored then e.accuracy_m end
      from jsonb_to_recordset(cast(:rows as jsonb)) e(incident_id uuid, action text, from_status text, to_status text,
        actor_kind text, actor_id uuid, now timestamptz, note text, detail jsonb, lon float, lat float, accuracy_m float,
        there_at timestamptz)
      cross join lateral (select {place_is_stored} is_stored) p""",
    place_is_stored=place_is_stored(
        lon=Fragment("e.lon"), actor_id=Fragment("e.actor_id"), at=Fragment("e.there_at")
    ),
)
_BLANK_PLACES = select(func.blank_step_places(bindparam("before", None, DateTime(timezone=True))))
_ENQUEUE = Fragment("select {job}", job=Fragment(ENQUEUE_SQL))


def insert_event(session: Session, values: dict[str, Any]) -> None:
    """Append an event to the history of a case.

    Args:
        values: One value for each bind parameter of `_INSERT_EVENT`. `detail` is a mapping, which is stored as JSON.
    """
    detail = orjson.dumps(values.get("detail") or {}, default=str).decode()
    session.execute(_INSERT_EVENT, values | {"detail": detail})


def insert_events(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Append one event to the history of each of several cases.

    Args:
        rows: As for `insert_event`.
    """
    session.execute(_INSERT_EVENTS, {"rows": orjson.dumps(rows, default=str).decode()})


def blank_places(session: Session, *, before: datetime) -> int:
    """Erase the positions in events older than `before`. Return the number of erased positions.

    Time, actor and note of the events stay.
    """
    return int(session.execute(_BLANK_PLACES, {"before": before}).scalar_one())


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    """Enqueue a job. It is visible to the job workers when the transaction commits.

    Args:
        binds: Bind values from `core.jobs.enqueue_binds`.
    """
    session.execute(_ENQUEUE, binds)


_EARLIEST_DONE_AT = Fragment(
    """select greatest(holding.since, (
        select max(e.occurred_at) from incident_event e
        where e.incident_id = :id and (e.actor_id = :account_id and e.action = any(:backdated_actions)
          or :is_whole and e.action in ('part_done', 'part_return', 'withdraw_unit', 'waive_parts'))))
      from (select max(coalesce(a.accepted_at, a.created_at)) since from assignment a
            where a.incident_id = :id and a.role = :role and a.account_id = :account_id and a.state in {held_states}) holding
      where holding.since is not null""",
    held_states=Fragment(HELD_SQL),
)


def earliest_done_at(
    session: Session, incident_id: UUID, *, account_id: UUID, role: str, counts_parts: bool
) -> datetime | None:
    """Return the earliest time to which the actor may backdate their next transition.

    It is the time when the actor got the assignment in this role or, if later, the time of their last transition. Returns None
    if the actor has no such assignment.

    Args:
        counts_parts: The time is also not before the last end of another unit's part in joint handling. Needed to submit the
            case as handled, because the parts end before that.
    """
    binds = {
        "id": incident_id,
        "account_id": account_id,
        "role": role,
        "is_whole": counts_parts,
        "backdated_actions": sorted(BACKDATED_ACTIONS),
    }
    since: datetime | None = session.scalar(_EARLIEST_DONE_AT, binds)
    return since


_EARLIEST_OF_EACH = Fragment(
    """select holding.incident_id, greatest(holding.since, (
        select max(e.occurred_at) from incident_event e
        where e.incident_id = holding.incident_id and e.actor_id = :account_id and e.action = any(:backdated_actions))) since
      from (select a.incident_id, max(coalesce(a.accepted_at, a.created_at)) since from assignment a
            where a.incident_id = any(cast(:ids as uuid[])) and a.role = :role and a.account_id = :account_id
              and a.state in {held_states}
            group by a.incident_id) holding""",
    held_states=Fragment(HELD_SQL),
)


def earliest_done_at_of_each(
    session: Session, incident_ids: Collection[UUID], *, account_id: UUID, role: str
) -> dict[UUID, datetime]:
    """Return `earliest_done_at` of several cases, by id, without regard to joint handling."""
    binds = {
        "ids": list(incident_ids),
        "account_id": account_id,
        "role": role,
        "backdated_actions": sorted(BACKDATED_ACTIONS),
    }
    return {row.incident_id: row.since for row in session.execute(_EARLIEST_OF_EACH, binds)}


_WAS_FILED = select(
    select(IncidentEvent.seq)
    .where(
        IncidentEvent.incident_id == bindparam("incident_id", None, Uuid()),
        IncidentEvent.to_status == constant("filed"),
    )
    .exists()
)


def was_filed(session: Session, incident_id: UUID) -> bool:
    """Return True if the case has been in the state `filed`."""
    return bool(session.scalar(_WAS_FILED, {"incident_id": incident_id}))
