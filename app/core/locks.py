"""The order in which rows of cases, attempts and loads are locked. docs/architecture.md, *Lock order*, has the table.

A transaction locks (1) cases, (2) the attempts, offers and deadlines of these cases, (3) the loads of workers (`worker_load`,
the number of cases that a worker has), the lower id first. Without this order a deadlock is possible, for example between two
transactions whose offers expire at the same time: each has locked the load of its own worker and requests the lock of the other
worker's load. PostgreSQL ends one of the transactions after a second.

The order cannot always be kept: the next worker in line may have a lower id than the worker who gave the case back, and a
push of a phone changes one case after the other. A transaction that holds the lock of a load therefore never *waits* against
the order. It locks with NOWAIT, and if another transaction has locked the row, the whole transaction is rolled back and
started again (`LockNotAvailable`, `db.with_retries`). So there are no circles of waiting transactions, and no worker is
skipped because a row was locked for an instant.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

_LOADS = "loads_held"


def locked_loads(session: Session) -> set[UUID]:
    """Return the ids of the workers whose rows of `worker_load` this transaction has locked.

    A row of this table has the number of open cases of a worker. After the rollback of a savepoint the result may contain
    workers whose rows are not locked any more.
    """
    locked: set[UUID] = session.info.setdefault(_LOADS, set())
    return locked


def record_locked_loads(session: Session, worker_ids: Iterable[UUID]) -> None:
    """Record that this transaction has locked the rows of `worker_load` of these workers.

    Later locks of other rows must then use NOWAIT, see `nowait_clause`.
    """
    locked_loads(session).update(worker_ids)


def nowait_clause(session: Session) -> str:
    """Return `nowait` if this transaction has locked a row of `worker_load`, else an empty text.

    Add the text to the locking clauses of all rows that should be locked before those of `worker_load`.
    """
    return " nowait" if locked_loads(session) else ""
