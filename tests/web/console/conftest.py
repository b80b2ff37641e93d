"""A real server on a database of its own, a city with cases in it, and a real browser."""

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.core import clock
from app.settings import Settings
from tests.factories import PASSWORD, City, Person, make_city
from tests.live.processes import Server, app_on, environment, own_database

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Drawn without a graphics card.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="package")
def settings(folder: Path) -> Iterator[Settings]:
    with own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"]) as url:
        yield Settings(
            database_url=url,
            signing_key_file=folder / "signing-key.pem",
            media_store=(folder / "media").as_uri(),
            media_spool=str(folder / "spool"),
            argon2_memory_kib=64,
            argon2_time_cost=1,
            threads_per_worker=16,
        )


@pytest.fixture(scope="package")
def app(settings: Settings) -> Iterator[Any]:
    with app_on(settings) as app:
        yield app


@pytest.fixture(scope="package")
def server(app: Any, settings: Settings, folder: Path, dist: Path) -> Iterator[Server]:
    more = {"GRIDWARD_MEDIA_STORE": settings.media_store, "GRIDWARD_MEDIA_SPOOL": settings.media_spool}
    server = Server(folder / "server.log", environment(settings, folder, **more), workers=1).wait_ready()
    try:
        yield server
        assert server.stop() == 0, server.said()
    finally:
        server.kill()


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

    def report(self, grid: str, **said: Any) -> dict[str, Any]:
        from app.core.ids import uuid7

        body = {
            "id": str(uuid7()),
            "category": "E0102",
            "description": "垃圾堆积",
            **self.city.in_grid(grid),
            **said,
        }
        answer = self.liu.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture(scope="package")
def street(app: Any, settings: Settings) -> Street:
    """Made once: tests add to it."""
    with clock.at(clock.now() - timedelta(days=21)):
        city = make_city(app, settings, at=(120.1, 30.25))
        supervisor = city.supervisor()
        wang, chen = city.worker("g1", name="王芳"), city.worker("g1", name="陈刚")
        liu = city.worker("g3", name="刘洋")
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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console(browser: Browser, server: Server, street: Street) -> Iterator[Callable[..., Page]]:
    """Open the console, signed in; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def enter(
        *, language: str = "zh-CN", size: tuple[int, int] = (1280, 800), who: Person | None = None
    ) -> Page:
        context = browser.new_context(
            locale=language, viewport={"width": size[0], "height": size[1]}, timezone_id="Asia/Shanghai"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"http://127.0.0.1:{server.port}/console/")
        page.fill("[name=username]", (who or street.supervisor).username)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_test_id("board").wait_for()
        return page

    yield enter
    for context in contexts:
        context.close()
    # A refusal (4xx) the browser reports by itself; what the page makes of it the tests say.
    serious = [said for said in complaints if "responded with a status of 4" not in said]
    assert serious == []
