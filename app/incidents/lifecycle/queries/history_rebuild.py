"""Statements that repair `incident_history`, the table of case states for statistics.

They find cases with a missing row in the table, read all events and deadlines of these cases, and insert the missing
rows. In this module "the history" of a case means its rows in `incident_history`.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.core.db import Xid8
from app.dispatch.scope import constant, state_in
from app.incidents.lifecycle.rules.history_rebuild import COLUMNS, Row
from app.incidents.models import Deadline, Incident, IncidentEvent, IncidentHistory
from app.profiles.rules.stages import HANDLE_STAGE

_IDS: Any = bindparam("ids", None, ARRAY(Uuid()))

_HANDLING_LIMIT = (
    select(Deadline.due_at, Deadline.outcome)
    .where(
        Deadline.incident_id == Incident.id,
        Deadline.stage == constant(HANDLE_STAGE),
        Deadline.deleted_at.is_(None),
        Deadline.outcome.is_distinct_from(constant("replaced")),
    )
    .order_by(Deadline.started_at.desc(), Deadline.id.desc())
    .limit(constant(1))
    .correlate(Incident)
    .lateral("handling_limit")
)
# The columns of a case that figures count, by the names that the record has.
_STATE = (
    Incident.jurisdiction_id,
    Incident.profile_version_id,
    Incident.category,
    Incident.status,
    cast(Incident.scope_path, Text).label("scope_path"),
    Incident.owner_unit_id,
    Incident.about_kind,
    Incident.about_id,
    Incident.reported_at,
    _HANDLING_LIMIT.c.due_at,
    _HANDLING_LIMIT.c.outcome,
    Incident.handled_by.is_not(None).label("is_handled"),
    Incident.rework_count,
    Incident.deleted_at.is_not(None).label("is_deleted"),
    Incident.filed_at,
    Incident.accepted_at,
    Incident.handled_at,
    Incident.is_returned,
    Incident.merged_into.is_not(None).label("is_merged"),
    Incident.handling_unit_id,
    Incident.extended_count,
    Incident.recurrence,
    Incident.reporter_answers,
)
_FROM = Incident.__table__.outerjoin(_HANDLING_LIMIT, true())
_PRESENT = (
    select(Incident.id, Incident.updated_at, *_STATE).select_from(_FROM).where(Incident.id == any_(_IDS))
)


def _recorded(of: Any) -> list[Any]:
    """Return the columns to select for a history row, in the order of `COLUMNS`.

    Args:
        of: The mapped class of a table with these columns, or an alias of it.
    """
    return [
        cast(of.scope_path, Text).label("scope_path") if name == "scope_path" else getattr(of, name)
        for name in COLUMNS
    ]


_RECORDED = (
    select(
        IncidentHistory.incident_id,
        IncidentHistory.seq,
        IncidentHistory.xid,
        IncidentHistory.recorded_at,
        IncidentHistory.occurred_at,
        *_recorded(IncidentHistory),
    )
    .where(IncidentHistory.incident_id == any_(_IDS))
    .order_by(IncidentHistory.incident_id, IncidentHistory.seq)
)

# Transitions after which figures may count a case differently although its state stays.
_CHANGES_WITHIN_A_STATE = (
    "recategorise",
    "relocate",
    "rehome",
    "link_component",
    "change_owner",
    "grant_extension",
    "merge",
    "unmerge",
)
_BATCH = 200
_BEGINNING = (
    select(IncidentHistory.incident_id, func.min(IncidentHistory.recorded_at).label("recorded_at"))
    .group_by(IncidentHistory.incident_id)
    .cte("beginning")
)
_LAST = (
    select(IncidentHistory.incident_id, *_recorded(IncidentHistory))
    .ext(distinct_on(IncidentHistory.incident_id))
    .order_by(IncidentHistory.incident_id, IncidentHistory.seq.desc())
    .cte("last_recorded")
)
_Written = aliased(IncidentHistory, name="written")
_UNRECORDED_EVENTS = (
    select(IncidentEvent.incident_id.label("id"))
    .outerjoin(_BEGINNING, _BEGINNING.c.incident_id == IncidentEvent.incident_id)
    .where(
        or_(
            IncidentEvent.from_status.is_distinct_from(IncidentEvent.to_status),
            state_in(IncidentEvent.action, _CHANGES_WITHIN_A_STATE),
        ),
        or_(_BEGINNING.c.recorded_at.is_(None), IncidentEvent.recorded_at > _BEGINNING.c.recorded_at),
        ~select(_Written.seq)
        .where(_Written.incident_id == IncidentEvent.incident_id, _Written.xid == IncidentEvent.xid)
        .correlate(IncidentEvent)
        .exists(),
    )
)
_NOW = select(Incident.id, *_STATE).select_from(_FROM).subquery("now")
_OTHER_THAN_RECORDED = (
    select(_NOW.c.id)
    .select_from(_NOW.outerjoin(_LAST, _LAST.c.incident_id == _NOW.c.id))
    .where(
        tuple_(*(_NOW.c[name] for name in COLUMNS)).is_distinct_from(
            tuple_(*(_LAST.c[name] for name in COLUMNS))
        )
    )
)
_SUSPECTS = union(_UNRECORDED_EVENTS, _OTHER_THAN_RECORDED).order_by("id")


def suspects(session: Session) -> Iterator[Sequence[UUID]]:
    """Yield the ids of cases whose history may lack a row, in batches.

    These are cases with a transition that stored no history row, and cases whose last history row differs from their
    present state.
    """
    ids = session.scalars(_SUSPECTS).all()
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


_LOCK = select(constant(1)).where(Incident.id == any_(_IDS)).order_by(Incident.id).with_for_update()


def lock(session: Session, ids: Sequence[UUID]) -> None:
    """Lock cases in the order of their ids, so that no other transaction changes them."""
    session.execute(_LOCK, {"ids": list(ids)})


_RECOUNT = text("""
  update incident i set recurrence = c.recurrence from (
    select n.id, 1 + (
      select count(*) from (
        select from incident o
        where o.grid_id = n.grid_id and o.reported_at > n.reported_at - interval '30 days'
          and o.reported_at <= n.reported_at and o.category = n.category and o.id <> n.id
          and o.about_kind is null and o.status <> 'not_filed' and o.deleted_at is null limit 99) before) recurrence
    from incident n where n.id = any(:ids) and n.about_kind is null and n.grid_id is not null
    union all
    select n.id, null from incident n where n.id = any(:ids) and (n.about_kind is not null or n.grid_id is null)) c
  where i.id = c.id and i.recurrence is distinct from c.recurrence returning i.id
""")


def recount(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Update `recurrence`: the number of reports of the same category and grid within 30 days.

    The number includes the case itself. Returns the ids of the cases whose number has changed.
    """
    return list(session.scalars(_RECOUNT, {"ids": list(ids)}))


def present(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the present state of each case, with `updated_at` (time of its last change), by id."""
    return {row["id"]: dict(row) for row in session.execute(_PRESENT, {"ids": list(ids)}).mappings()}


def recorded(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the history rows of the given cases, by case and in the order of storing."""
    return session.execute(_RECORDED, {"ids": list(ids)}).mappings().all()


_EVENTS = (
    select(
        IncidentEvent.incident_id,
        IncidentEvent.xid,
        IncidentEvent.recorded_at,
        IncidentEvent.action,
        IncidentEvent.from_status,
        IncidentEvent.to_status,
        IncidentEvent.occurred_at,
        IncidentEvent.detail,
        func.coalesce(
            cast(IncidentEvent.detail["received_at"].astext, DateTime(timezone=True)),
            IncidentEvent.occurred_at,
        ).label("at"),
    )
    .where(IncidentEvent.incident_id == any_(_IDS))
    .order_by(IncidentEvent.incident_id, IncidentEvent.seq)
)


def events(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the events of the given cases, by case and in their order.

    Column `at`: the instant at which statistics count the event.
    """
    return session.execute(_EVENTS, {"ids": list(ids)}).mappings().all()


_LIMITS = text("""
  select d.incident_id, d.id, f.xid, f.recorded_at, d.started_at,
         cast(f.row ->> 'due_at' as timestamptz) due_at, f.row ->> 'outcome' outcome,
         f.row ->> 'deleted_at' is not null is_deleted
  from deadline d join fact_history f on f.entity = 'deadline' and f.row_id = d.id
  where d.incident_id = any(:ids) and d.stage = 'handle' order by d.incident_id, f.seq
""")


def limits(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return every stored version of the handling deadlines of the given cases.

    The rows are ordered by case, and for each case by time. Column `xid` is the transaction that stored the version.
    """
    return session.execute(_LIMITS, {"ids": list(ids)}).mappings().all()


_OPEN_RECORD = text("alter table incident_history disable trigger refuse_change")
_CLOSE_RECORD = text("alter table incident_history enable trigger refuse_change")


def open_record(session: Session) -> None:
    """Disable the trigger that refuses changes of `incident_history`, for this transaction.

    Only the owner of the table can do this. Other transactions that use the table wait until this one ends.
    """
    session.execute(_OPEN_RECORD)


def close_record(session: Session) -> None:
    """Enable the trigger that refuses changes of `incident_history`."""
    session.execute(_CLOSE_RECORD)


# Binds have other names than columns: SQLAlchemy sets a column to a bind of its name.
_DELETE_REST = delete(IncidentHistory).where(
    IncidentHistory.seq.in_(
        select(IncidentHistory.seq)
        .where(IncidentHistory.incident_id == bindparam("of_id", None, Uuid()))
        .order_by(IncidentHistory.seq)
        .offset(bindparam("kept", None, Integer()))
    )
)
_STORE = insert(IncidentHistory).values(
    recorded_at=func.coalesce(bindparam("at_first", None, DateTime(timezone=True)), func.clock_timestamp()),
    xid=func.coalesce(cast(cast(bindparam("by_xid", None, Text()), Text), Xid8), func.pg_current_xact_id()),
)


def store(session: Session, incident_id: UUID, rows: Sequence[Row], *, keep_first: int) -> None:
    """Keep the first `keep_first` history rows of a case and replace all later ones by `rows`."""
    session.execute(_DELETE_REST, {"of_id": incident_id, "kept": keep_first})
    for row in rows:
        facts = {name: row.state[name] for name in COLUMNS}
        times = {"occurred_at": row.occurred_at, "at_first": row.recorded_at, "by_xid": row.xid}
        session.execute(_STORE, {"incident_id": incident_id, **facts, **times})
