"""Fixtures of the console: a server on its own database, a city with cases, and a browser."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from app.core import clock
from app.settings import Settings
from tests.factories import City, Person, make_city
from tests.live.conftest import city, jobs, online, owner
from tests.live.own_servers import own_media, own_settings, running
from tests.live.processes import Server, app_on, environment
from tests.web.browsers import Desks, browser, desks, phone, playwright

__all__ = ["browser", "city", "desks", "jobs", "online", "owner", "phone", "playwright"]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="package")
def settings(folder: Path) -> Iterator[Settings]:
    with own_settings(folder, threads_per_worker=16, **own_media(folder)) as settings:
        yield settings


@pytest.fixture(scope="package")
def app(settings: Settings) -> Iterator[Any]:
    with app_on(settings) as app:
        yield app


@pytest.fixture(scope="package")
def server(app: Any, settings: Settings, folder: Path, dist: Path) -> Iterator[Server]:
    env = {"GRIDWARD_MEDIA_STORE": settings.media_store, "GRIDWARD_MEDIA_SPOOL": settings.media_spool}
    with running(Server(folder / "server.log", environment(settings, folder, **env), workers=1)) as server:
        yield server


@dataclasses.dataclass
class Street:
    """A street with people and cases; `overdue` was offered to 王芳 three weeks ago and is late."""

    city: City
    supervisor: Person
    wang: Person
    chen: Person
    liu: Person
    overdue: dict[str, Any]
    cases: list[dict[str, Any]]

    def report(self, grid: str, **fields: Any) -> dict[str, Any]:
        from app.core.ids import uuid7

        body = {
            "id": str(uuid7()),
            "category": "E0102",
            "description": "垃圾堆积",
            **self.city.in_grid(grid),
            **fields,
        }
        answer = self.liu.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        incident: dict[str, Any] = answer.json
        return incident


@pytest.fixture(scope="package")
def street(app: Any, settings: Settings) -> Street:
    """Made once: tests add to it."""
    with clock.at(clock.now() - timedelta(days=21)):
        city = make_city(app, settings, at=(120.1, 30.25))
        supervisor = city.supervisor()
        # With room for whatever tests report.
        wang, chen, liu = (
            city.worker(grid, name=name, capacity=100)
            for grid, name in (("g1", "王芳"), ("g1", "陈刚"), ("g3", "刘洋"))
        )
        made = Street(city, supervisor, wang, chen, liu, {}, [])
        made.overdue = made.report("g1", description="窨井盖旁垃圾堆积三天无人清理，影响通行")
    for person in (supervisor, wang, chen, liu):
        person.token = None
    made.cases = [
        made.report("g1", description="路灯不亮"),
        made.report("g2", category="0101", description="井盖缺失，夜间危险"),
        made.report("g3", description="店外经营占道"),
    ]
    return made


@pytest.fixture
def console(desks: Desks, street: Street) -> Callable[..., Page]:
    """Open the console, signed in; whatever the browser complains of fails the test."""
    return lambda *, who=None, **options: desks.enter(who or street.supervisor, **options)
