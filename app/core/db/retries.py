"""Retries of transactions, and the database errors after which a retry makes sense."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
    SerializationFailure,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")


def with_retries(act: Callable[[], T], attempts: int = 6) -> T:
    """Run `act`, a whole transaction, and run it again if it collided with another one.

    Each retry comes after a random pause of up to a third of a second, since the other transaction usually ends within
    milliseconds.
    """
    for attempt in range(1, attempts + 1):
        try:
            return act()
        except OperationalError as error:
            if attempt == attempts or not is_collision(error):
                raise
        time.sleep(random.uniform(0.005, 0.01 * 2**attempt))
    raise AssertionError("unreachable")


def is_collision(error: BaseException) -> bool:
    """Return True if another transaction caused the error.

    These are a deadlock, a serialization failure, and an unavailable lock (core.locks).
    """
    collisions = DeadlockDetected | SerializationFailure | LockNotAvailable
    return isinstance(error, OperationalError) and isinstance(error.orig, collisions)


def is_transient(error: BaseException) -> bool:
    """Return True if the same work may succeed later.

    This is so if the database is unavailable, full or read-only, or if it ended the transaction because of a deadlock.
    """
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or isinstance(error.orig, ReadOnlySqlTransaction)
    return isinstance(error, PoolTimeout)


def is_statement_timeout(error: BaseException) -> bool:
    """Return True if PostgreSQL cancelled a statement because of the statement timeout."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, QueryCanceled)
