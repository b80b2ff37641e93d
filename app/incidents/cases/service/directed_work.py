"""Open cases that the actor directs: counts, and the queue of cases that wait.

A case in the queue waits for a decision of an actor who directs it. To direct a case means to hold the permission
`incident:direct` in the area of the case.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.paging import page_body_of, typed_key
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries import board_counts
from app.incidents.cases.queries import directed_work as queries


class Counts(NamedTuple):
    """Numbers of open cases that agree in one property, such as state or owning unit.

    The list of cases with `directed=true` and the same filters returns exactly the counted cases.
    """

    open: int = 0
    late: int = 0
    urgent: int = 0
    waiting: int = 0
    warned: int = 0
    stage_late: int = 0
    verify_late: int = 0
    escalated: int = 0
    supervised: int = 0
    extension: int = 0


# dimension -> value (None: no unit, no part, no waiting reason) -> counts
Tally = dict[str, dict[str | None, Counts]]


def tally(
    session: Session, actor: Actor, *, parts: Sequence[UUID] = (), area_id: UUID | None = None
) -> Tally:
    """Count the open cases that the actor directs: in total, and grouped by several properties.

    All counts are from one statement, so they agree with each other. In dimension `joint_unit` a case counts once for each
    unit that has an open part in it. Dimension `attempt` is the state of the assignment.

    Args:
        parts: Ids of areas. In dimension `part`, cases are grouped by these areas, which must not overlap.
        area_id: Area of which cases are counted. None: all areas.

    Returns:
        For each dimension (`all`, `status`, `waiting_reason`, `attempt`, `unit`, `part`, `joint_unit`) the counts by value.
    """
    kinds = ("all", "status", "waiting_reason", "attempt", "unit", "part", "joint_unit")
    result: Tally = {kind: {} for kind in kinds}
    rows = board_counts.tally(session, actor, parts=parts, area_id=area_id, now=clock.now())
    for dimension, value, *counts in rows:
        result[dimension][value] = Counts._make(counts)
    return result


def fold_open_case_changes(session: Session, *, now: datetime, limit: int = 20_000) -> int:
    """Add changes of open cases to the numbers that boards read, and make these the numbers at `now`.

    Boards are right without it, too: they read what is not added yet. Return the number of changes.
    """
    return board_counts.fold_changes(session, now=now, limit=limit)


# States of a worker's assignments. The filter `assignment` lists the cases of each that are counted here.
WORKER_STATES = ("offered", *HELD)


def work_of(session: Session, actor: Actor, *, worker_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Count the cases that the actor directs, by worker and state of the worker's assignment.

    To direct a case means to hold `incident:direct` in its area.
    """
    rows = queries.per_worker(session, actor, worker_ids=worker_ids, now=clock.now())
    return {row["worker_id"]: {state: row[state] for state in WORKER_STATES} for row in rows}


def queue(
    session: Session,
    actor: Actor,
    *,
    sentences: dict[str, dict[str, str]],
    limit: int,
    cursor: str | None = None,
    **filters: Any,
) -> bytes:
    """Return one page of the cases that wait for the actor's decision, longest waiting first.

    Args:
        sentences: Texts that explain why a case waits, by code of the reason; each text is a mapping by language.
        filters: Filters of the list of cases.
    """
    row = queries.queue(
        session,
        actor,
        sentences=sentences,
        filters=filters,
        after=typed_key(cursor, datetime.fromisoformat, UUID) if cursor else None,
        now=clock.now(),
        limit=limit,
    )
    return page_body_of(row, limit)
