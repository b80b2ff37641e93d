"""The one order in which rows of cases, attempts and loads are locked. docs/architecture.md, *Lock order*, has the table.

A transaction locks (1) cases, (2) the attempts, offers and deadlines of these cases, (3) the loads of workers
(`worker_load`), the lower id first. Two offers that expire together show what happens otherwise: each transaction has given
back the load of its own worker and asks for the worker of the other one, and PostgreSQL ends one of them after a second.

The order cannot always be kept: the next worker in line may have a lower id than the worker who gave the case back, and a
push of a phone moves one case after the other. A transaction that holds a load therefore never *waits* against the order.
It asks with NOWAIT, and where somebody else holds the row, the whole transaction starts again without any lock
(`LockNotAvailable`, `db.with_retries`). So no transaction waits in a circle, and nobody is passed over because a row was
busy for an instant.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

_LOADS = "loads_held"


def locked_loads(session: Session) -> set[UUID]:
    """Return the workers whose loads this transaction has locked.

    After a rolled back savepoint it may contain some that are not locked any more.
    """
    locked: set[UUID] = session.info.setdefault(_LOADS, set())
    return locked


def record_locked_loads(session: Session, worker_ids: Iterable[UUID]) -> None:
    """Remember that this transaction has locked the loads of these workers."""
    locked_loads(session).update(worker_ids)


def nowait_clause(session: Session) -> str:
    """Return the NOWAIT of a locking clause for rows before loads in the order, if a load is locked."""
    return " nowait" if locked_loads(session) else ""
