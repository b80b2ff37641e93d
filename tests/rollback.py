"""A transaction that changes rows for a check and is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session


@contextmanager
def rolled_back(owner: Engine, statements: list[str]) -> Iterator[Session]:
    """Yield a session in which the statements have run; roll back at the end."""
    with Session(owner) as session:
        for statement in statements:
            session.execute(text(statement))
        yield session
        session.rollback()
