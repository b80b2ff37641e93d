from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchange.places import Place, port


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    with port(settings.database_url) as made:
        yield made
