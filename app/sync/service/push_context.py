"""The state of one transaction of a push, and the savepoint in which operations are applied."""

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
    """The state of one transaction of a push.

    The keys of dictionaries are indexes of operations in the request.

    Attributes:
        grace: How long after a reassignment late work is accepted.
        results: Final results of this transaction.
        tries: How often an operation failed when it was applied alone.
        grace_actors: For a late operation, the actor with access from a former responsibility.
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
    """The failure because of which operations were rolled back.

    Attributes:
        operation: The operation that failed.
        reason: The error of a service or of the database, or the verdict about the operation.
        span: Range of the units of the run that failed together.
        conflict: Result of an operation of a group that is in conflict. A person then decides about the whole group.
    """

    operation: Operation
    reason: Exception | Verdict
    span: tuple[int, int] = (0, 1)
    conflict: Result | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """The reason why a push has to stop.

    The device later sends the operations without a result again.

    Attributes:
        error: The error of the database. None: a service asked for a later attempt.
        stuck_key: Key of the operation that hit the statement timeout.
    """

    error: Exception | None = None
    stuck_key: str | None = None


class _RollBack(Exception):
    """Exception that rolls back the savepoint of a failure. Only `in_savepoint` handles it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


def in_savepoint(session: Session, step: Callable[[], Failure | None]) -> Failure | Exception | None:
    """Run `step` in a savepoint. If it fails, roll back and return the failure or exception.

    Returns None if `step` succeeded.

    Services and the database raise errors, and only an exception rolls back a savepoint. But one failed operation must not
    undo the others, so this function returns exceptions as values. No other function of push does this.
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
