"""One demo city for all pages, and an empty one for the page that begins with nothing."""

from collections.abc import Iterator

import pytest

from tests.docs.servers import Running, running_server


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_server(tmp_path_factory.mktemp("demo"), is_demo=True) as running:
        yield running


@pytest.fixture
def empty_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_server(tmp_path_factory.mktemp("empty"), is_demo=False) as running:
        yield running
