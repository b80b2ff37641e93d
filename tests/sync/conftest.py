"""Fixtures that tests of field apps share."""

import pytest
from sqlalchemy import event

from app.core import db
from tests.endpoints import flat
from tests.sync.push_client import PushClient
from tests.test_query_budget import query_recorder

__all__ = ["query_recorder"]


@pytest.fixture
def phone(city) -> PushClient:
    """A phone of a worker of g1."""
    return PushClient(city.worker("g1", capacity=100))


@pytest.fixture
def home(city):
    """A dwelling in g1 with one resident: ids of premises, household and resident."""
    return flat(city)


@pytest.fixture
def limit_statements(app):
    """Return a function that sets the statement timeout of the transactions of this process, until the end of the test."""
    engine, limits = db.engine(), []

    def begin(connection) -> None:
        connection.exec_driver_sql(f"set local statement_timeout = {limits[-1]}")

    def limit(milliseconds: int) -> None:
        limits.append(milliseconds)
        event.listen(engine, "begin", begin)

    yield limit
    if limits:
        event.remove(engine, "begin", begin)
