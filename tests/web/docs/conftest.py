"""A demo server with one demo account, and a browser page at /api/docs that must not leave its origin."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM, Role
from app.demo.sign_ins import DEFAULT_PASSWORD
from app.settings import Settings
from tests.factories import make_city
from tests.live.own_servers import own_media, own_settings, running
from tests.live.processes import Server, app_on, environment
from tests.web.browsers import EXPECTED, PATIENCE_MS, browser, playwright

__all__ = ["browser", "playwright"]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docs")


@pytest.fixture(scope="package")
def settings(folder: Path) -> Iterator[Settings]:
    with own_settings(folder, threads_per_worker=8, **own_media(folder)) as settings:
        yield settings


@pytest.fixture(scope="package")
def server(settings: Settings, folder: Path) -> Iterator[Server]:
    with app_on(settings) as app:
        city = make_city(app, settings)
        with db.transaction(SYSTEM) as session:
            account_id = accounts.create_account(
                session,
                SYSTEM,
                username="demo-supervisor",
                name="周主任",
                password=DEFAULT_PASSWORD,
                settings=settings,
            )
            accounts.add_grant(
                session, SYSTEM, account_id=account_id, role=Role.SUPERVISOR, area_id=city.areas["s"]
            )
        env = environment(settings, folder, GRIDWARD_DEMO="1")
        with running(Server(folder / "server.log", env, workers=1)) as server:
            yield server


@dataclass
class DocsPage:
    """The page in a browser of its own; `requests` are the addresses that it asked for."""

    page: Page
    port: int
    document: dict[str, Any]
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, address: str = "") -> None:
        self.page.goto(f"{self.origin}/api/docs{address}")
        self.page.locator("body[data-ready]").wait_for(state="attached")

    def operation_id(self, method: str, path: str) -> str:
        operation_id: str = self.document["paths"][f"/api/v1{path}"][method]["operationId"]
        return operation_id

    def operation(self, method: str, path: str) -> Locator:
        """Open an operation by its address and return it."""
        operation_id = self.operation_id(method, path)
        self.page.evaluate("id => { location.hash = id; }", operation_id)
        operation = self.page.locator(f"#{operation_id}")
        operation.locator("form").wait_for()
        return operation

    def sign_in(self) -> None:
        self.page.get_by_role("button", name="demo-supervisor").click()
        self.page.get_by_text("Signed in as demo-supervisor").wait_for()


@pytest.fixture
def docs(browser: Browser, server: Server) -> Iterator[DocsPage]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    made = DocsPage(page, server.port, server.client().get("/api/v1/openapi.json").json)
    page.on("request", lambda request: made.requests.append(request.url))
    page.on("pageerror", lambda error: made.faults.append(str(error)))
    page.on("console", lambda message: made.faults.append(message.text) if message.type == "error" else None)
    yield made
    context.close()
    foreign = [url for url in made.requests if not url.startswith((f"{made.origin}/", "blob:", "data:"))]
    assert foreign == []
    assert [fault for fault in made.faults if not EXPECTED.search(fault)] == []
