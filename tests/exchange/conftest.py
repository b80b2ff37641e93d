from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchange.exporting import export, store, work
from tests.exchange.places import Place, new_ground, port
from tests.ogc.conftest import house, put

__all__ = ["export", "house", "place", "put", "store", "work"]


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    with port(settings.database_url) as made:
        yield made


@pytest.fixture
def ground(app: Any) -> str:
    """The code of a jurisdiction with the generic profile and no areas."""
    return new_ground("generic")
