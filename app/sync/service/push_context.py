"""State of one transaction of a push, and the savepoint in which operations are tried."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sync.rules.operations import Operation, Verdict
from app.sync.rules.results import Result

Unit = list[Operation]


@dataclass(slots=True)
class PushContext:
    """One transaction of a push. Dictionaries are by the index of the operation in the request.

    Attributes:
        grace: How long after a reassignment late work is accepted.
        results: Final results of this transaction.
        tries: How often an operation failed by itself.
        grace_actors: The actor with the rights of a former responsibility, for that operation only.
        last_timeout: Key of the operation that hit the statement timeout in earlier pushes, and how often.
    """

    session: Session
    actor: Actor
    now: datetime
    grace: timedelta
    results: dict[int, Result] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    grace_actors: dict[int, Actor] = field(default_factory=dict)
    last_timeout: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Operations that were rolled back, and why.

    Attributes:
        operation: The operation that failed.
        reason: The error of a service or of the database, or why the operation is not applied.
        span: Range of the units of the run that failed together.
        conflict: Result of an operation of a group that is in conflict: the whole group then waits for a person.
    """

    operation: Operation
    reason: Exception | Verdict
    span: tuple[int, int] = (0, 1)
    conflict: Result | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """The database cannot go on now: operations without a result are to be sent again later.

    Attributes:
        error: The error of the database. None: a service asked for a later attempt.
        stuck_key: Key of the operation that hit the statement timeout.
    """

    error: Exception | None = None
    stuck_key: str | None = None


class _RollBack(Exception):
    """Rolls a savepoint back that returned a failure. It does not leave `in_savepoint`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


def in_savepoint(session: Session, step: Callable[[], Failure | None]) -> Failure | Exception | None:
    """Run `step` in a savepoint.

    Roll back and return the failure, or the exception, where there is one.

    Domain services and the database raise errors, and only an exception rolls a savepoint back; an operation in error must
    not undo the others. This is the only place where push makes a value of an exception, so that above it results are values.
    """
    try:
        with session.begin_nested():
            failure = step()
            if failure is not None:
                raise _RollBack(failure)
    except _RollBack as rolled_back:
        return rolled_back.failure
    except Exception as error:
        return error
    return None
