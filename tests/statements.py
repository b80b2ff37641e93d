"""Recording of the statements that this process sends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.core import db


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Record the SQL of the statements that are sent inside the block."""
    statements: list[str] = []
    with _noted(lambda statement, _: statements.append(statement)):
        yield statements


@contextmanager
def recorded_with_binds(containing: str = "") -> Iterator[list[tuple[str, Any]]]:
    """Record the statements with these words that are sent inside the block, and their binds."""
    statements: list[tuple[str, Any]] = []

    def keep(statement: str, binds: Any) -> None:
        if containing in statement:
            statements.append((statement, binds))

    with _noted(keep):
        yield statements


@contextmanager
def _noted(keep: Callable[[str, Any], None]) -> Iterator[None]:
    def note(_connection: Any, _cursor: Any, statement: str, binds: Any, *_: Any) -> None:
        keep(statement, binds)

    engines = db.all_engines()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
