"""Fixtures that tests of field apps share."""

import pytest

from tests.endpoints import flat
from tests.fieldapp.push_client import PushClient
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
