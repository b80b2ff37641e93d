"""Statements on the *parts* of a case on which several units work (joint handling).

The part of a unit is its newest assignment with the role `joint`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    RowMapping,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session

from app.areas.models import Unit
from app.dispatch.models import Assignment
from app.dispatch.queries.transitions import change_assignments
from app.dispatch.rules.states import ASSIGNMENTS, PART_RETURNED
from app.dispatch.scope import constant, state_since

_IS_PART = Assignment.role == constant("joint")
# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_OF_INCIDENT = Assignment.incident_id == bindparam("of_incident_id", type_=Uuid())
_BECAUSE: Any = bindparam("new_because", type_=Text())
_OF_UNITS = Assignment.unit_id == any_(bindparam("unit_ids", type_=ARRAY(Uuid())))

_part = (
    select(
        Assignment.id,
        Assignment.incident_id,
        Assignment.unit_id,
        Assignment.account_id,
        Assignment.state,
        Assignment.ended_because,
        state_since().label("since"),
        Assignment.created_at,
    )
    .ext(distinct_on(Assignment.unit_id))
    .where(_OF_INCIDENT, _IS_PART)
    .order_by(Assignment.unit_id, Assignment.created_at.desc(), Assignment.id.desc())
    .subquery("part")
)
_PARTS = (
    select(*_part.c, Unit.name.label("unit_name"))
    .join(Unit, Unit.id == _part.c.unit_id)
    .order_by(_part.c.created_at, _part.c.id)
)


def parts(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the newest `joint` assignment of each unit in a case, the oldest first.

    Each row has the name of the unit.
    """
    return session.execute(_PARTS, {"of_incident_id": incident_id}).mappings().all()


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
    """End the live `joint` assignments of a case, and return the ids of their units.

    Args:
        unit_ids: End only the assignments of these units. None: all units.
    """
    binds = {"of_incident_id": incident_id, "new_because": because, "now": now} | _unit_binds(unit_ids)
    units: Sequence[UUID] = session.scalars(_end_parts(state, unit_ids is not None), binds).all()
    return units


def settle(session: Session, *, incident_id: UUID, unit_ids: Collection[UUID] | None, because: str) -> None:
    """Record a supervisor's decision about work that units gave back, as the new end reason.

    Only `joint` assignments (those of further units on the case) that units returned are changed.

    Args:
        because: Code of the decision.
        unit_ids: Change only the assignments of these units. None: all units.
    """
    binds = {"of_incident_id": incident_id, "new_because": because} | _unit_binds(unit_ids)
    session.execute(_settle(unit_ids is not None), binds)


def _unit_binds(unit_ids: Collection[UUID] | None) -> dict[str, list[UUID]]:
    return {} if unit_ids is None else {"unit_ids": list(unit_ids)}
