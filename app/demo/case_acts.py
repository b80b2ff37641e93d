"""A case of the demo as the simulation reads it, and the action of a person on a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.people import Person


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the demo with its newest unfinished assignment.

    Attributes:
        stage: The next stage of the work that the handler is to report as done, or None.
        moves: Number of units that have given the case back.
    """

    id: UUID
    version: int
    status: str
    category: str
    priority: int
    grid_id: UUID | None
    owner_unit_id: UUID | None
    handled_by: UUID | None
    about_kind: str | None
    waiting_reason: str | None
    rework_count: int
    due_at: datetime | None
    urged_at: datetime | None
    assignment_id: UUID | None
    role: str | None
    state: str | None
    worker_id: UUID | None
    unit_id: UUID | None
    account_id: UUID | None
    offer_id: UUID | None
    expires_at: datetime | None
    stage: str | None
    stage_due_at: datetime | None
    reported_by: UUID | None
    asked_for_time: UUID | None
    extended_count: int
    contested_count: int
    is_supervised: bool
    moves: int


@dataclass(frozen=True, slots=True)
class Act:
    """An action on a case at an instant, by a person.

    Attributes:
        verb: `accept`, `decline`, `correct`, or an action that changes the status of a case (transition table).
        args: Arguments of the action.
    """

    at: datetime
    by: Person
    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)
