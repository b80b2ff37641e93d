"""Statements on parts of joint handling: the newest assignment of each unit with the role `joint`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, RowMapping, Text, Update, Uuid, any_, bindparam, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.models import Assignment
from app.dispatch.queries.transitions import change_assignments
from app.dispatch.rules.states import ASSIGNMENTS, PART_RETURNED, STATE_SINCE_SQL
from app.dispatch.scope import constant

_IS_PART = Assignment.role == constant("joint")
# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_OF_INCIDENT = Assignment.incident_id == bindparam("of_incident_id", type_=Uuid())
_BECAUSE: Any = bindparam("new_because", type_=Text())
_OF_UNITS = Assignment.unit_id == any_(bindparam("unit_ids", type_=ARRAY(Uuid())))

_PARTS = Fragment(
    """
    select p.*, u.name unit_name
    from (
      select distinct on (a.unit_id) a.id, a.incident_id, a.unit_id, a.account_id, a.state, a.ended_because,
             {state_since} since, a.created_at
      from assignment a where a.incident_id = :incident_id and a.role = 'joint'
      order by a.unit_id, a.created_at desc, a.id desc) p
    join unit u on u.id = p.unit_id
    order by p.created_at, p.id
    """,
    state_since=text(STATE_SINCE_SQL),
)


def parts(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the part of each unit with the unit's name, in the order of their creation."""
    return session.execute(_PARTS, {"incident_id": incident_id}).mappings().all()


@lru_cache
def _end_parts(state: str, of_units: bool) -> Update:
    return (
        change_assignments(ASSIGNMENTS.to(state))
        .where(_OF_INCIDENT, _IS_PART, *_unit_condition(of_units))
        .values(ended_at=bindparam("now", type_=DateTime(timezone=True)), ended_because=_BECAUSE)
        .returning(Assignment.unit_id)
    )


@lru_cache
def _settle(of_units: bool) -> Update:
    return (
        update(Assignment)
        .where(
            _OF_INCIDENT,
            _IS_PART,
            Assignment.state == constant(ASSIGNMENTS["fail"].to),
            Assignment.ended_because == constant(PART_RETURNED),
            *_unit_condition(of_units),
        )
        .values(ended_because=_BECAUSE)
    )


def _unit_condition(of_units: bool) -> tuple[ColumnElement[bool], ...]:
    return (_OF_UNITS,) if of_units else ()


def end_parts(
    session: Session,
    *,
    incident_id: UUID,
    state: str,
    because: str | None,
    now: datetime,
    unit_ids: Collection[UUID] | None,
) -> Sequence[UUID]:
    """End the live parts of `unit_ids` (None: of all units). Returns the units whose parts ended."""
    binds = {"of_incident_id": incident_id, "new_because": because, "now": now} | _unit_binds(unit_ids)
    units: Sequence[UUID] = session.scalars(_end_parts(state, unit_ids is not None), binds).all()
    return units


def settle(session: Session, *, incident_id: UUID, unit_ids: Collection[UUID] | None, because: str) -> None:
    """Replace the reason of returned parts of `unit_ids` (None: of all units), after a decision about them."""
    binds = {"of_incident_id": incident_id, "new_because": because} | _unit_binds(unit_ids)
    session.execute(_settle(unit_ids is not None), binds)


def _unit_binds(unit_ids: Collection[UUID] | None) -> dict[str, list[UUID]]:
    return {} if unit_ids is None else {"unit_ids": list(unit_ids)}
