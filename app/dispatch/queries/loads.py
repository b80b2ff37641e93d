"""Statements that lock rows of `worker_load`, so that no worker gets more work than allowed.

Such a row has the load of a worker: the number of offers and unfinished assignments. It is limited by the worker's
capacity. The order of all locks is in `app.core.locks`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core import locks
from app.dispatch.models import Assignment
from app.dispatch.scope import is_active
from app.workforce.models import Worker, WorkerLoad

_HAS_CAPACITY = (
    select(WorkerLoad.open_work < Worker.capacity)
    .join(Worker, Worker.id == WorkerLoad.worker_id)
    .where(WorkerLoad.worker_id == bindparam("worker_id", type_=Uuid()))
)
_TEAM_LOADS = (
    select(WorkerLoad.worker_id)
    .where(
        WorkerLoad.worker_id.in_(
            select(Assignment.worker_id).where(
                Assignment.incident_id == any_(bindparam("incident_ids", type_=ARRAY(Uuid()))), is_active()
            )
        )
    )
    .order_by(WorkerLoad.worker_id)
)


def _locking(statement: Any) -> dict[bool, Any]:
    """Return a statement in two variants: True with FOR UPDATE NOWAIT, False with FOR UPDATE."""
    return {
        is_nowait: statement.with_for_update(of=WorkerLoad, key_share=True, nowait=is_nowait)
        for is_nowait in (False, True)
    }


_LOCK_CAPACITY, _LOCK_TEAM_LOADS = _locking(_HAS_CAPACITY), _locking(_TEAM_LOADS)


def is_nowait(session: Session) -> bool:
    """Return True if the next lock on a row of `worker_load` must use NOWAIT.

    This is so if the transaction has locked such a row already: waiting for another one could cause a deadlock.
    """
    return bool(locks.locked_loads(session))


def has_capacity(session: Session, worker_id: UUID) -> bool:
    """Lock the count of a worker's open work, and return True if the worker can take more."""
    statement = _LOCK_CAPACITY[is_nowait(session)]
    has_free_capacity = bool(session.scalar(statement, {"worker_id": worker_id}))
    locks.record_locked_loads(session, [worker_id])
    return has_free_capacity


def lock_loads(session: Session, incident_ids: Sequence[UUID]) -> None:
    """Lock the counts of open work of all workers with a live assignment of these cases.

    The rows (table `worker_load`) are locked in the order of worker ids.
    """
    statement = _LOCK_TEAM_LOADS[is_nowait(session)]
    locks.record_locked_loads(session, session.scalars(statement, {"incident_ids": list(incident_ids)}))
