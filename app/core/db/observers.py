"""Observers of statements: functions that get every statement of this process before it is sent."""

from collections.abc import Callable

from sqlalchemy import Executable

# Called with each statement before it is sent; see `observe_statements`.
Observer = Callable[[Executable, bool], None]
_observers: list[Observer] = []


def observe(statement: Executable, *, is_reading: bool) -> None:
    """Call all observers with a statement before it is sent.

    `read_one` calls this function, too.
    """
    for observer in _observers:
        observer(statement, is_reading)


def observe_statements(observer: Observer) -> Callable[[], None]:
    """Call `observer` with every statement of this process before it is sent.

    The observer also gets whether the session only reads. Return a function that removes the observer.
    """
    _observers.append(observer)
    return lambda: _observers.remove(observer)
