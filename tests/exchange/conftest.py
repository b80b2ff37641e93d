from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchange.exporting import export, store, work
from tests.exchange.places import Place, port
from tests.ogc.conftest import house, put

__all__ = ["export", "house", "place", "put", "store", "work"]


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    with port(settings.database_url) as made:
        yield made
