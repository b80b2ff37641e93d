"""A server with an open public door and the base map of the demo, and a browser on its pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

import app.demo
from app.settings import Settings
from tests.factories import City, make_city
from tests.live.own_servers import own_media, own_settings, running
from tests.live.processes import Server, app_on, environment
from tests.public.conftest import DOOR
from tests.web.browsers import ARGUMENTS, CHROMIUM
from tests.web.conftest import missing

BASE_MAP = Path(app.demo.__file__).parent / "life" / "city.pmtiles"


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("public")


@pytest.fixture(scope="package")
def settings(folder: Path) -> Iterator[Settings]:
    # The pages offer messages; none is sent, because no job worker runs.
    messages = {
        "public_url": "http://grid.example",
        "sms_url": "https://gateway.example/messages",
        "mail_server": "smtp://mail.example",
        "mail_from": "service@grid.example",
    }
    with own_settings(
        folder, threads_per_worker=8, base_map=BASE_MAP, **own_media(folder), **messages
    ) as settings:
        yield settings


@pytest.fixture(scope="package")
def server(settings: Settings, folder: Path) -> Iterator[Server]:
    env = {
        "GRIDWARD_MEDIA_STORE": settings.media_store,
        "GRIDWARD_MEDIA_SPOOL": settings.media_spool,
        "GRIDWARD_BASE_MAP": str(BASE_MAP),
        "GRIDWARD_PUBLIC_URL": settings.public_url,
        "GRIDWARD_SMS_URL": settings.sms_url,
        "GRIDWARD_MAIL_SERVER": settings.mail_server,
        "GRIDWARD_MAIL_FROM": settings.mail_from,
    }
    with running(Server(folder / "server.log", environment(settings, folder, **env), workers=1)) as server:
        yield server


@pytest.fixture(scope="package")
def city(settings: Settings, server: Server) -> Iterator[City]:
    """A city where the base map of the demo lies."""
    with app_on(settings) as app_here:
        yield make_city(app_here, settings, at=(120.1, 30.25), profile=DOOR)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        missing("no Chromium here, in which the pages are tried")
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Any]:
    """A page of somebody without an account; requests to other hosts and errors of scripts fail the test."""
    address = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(base_url=address, viewport={"width": 360, "height": 740})
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:")) else faults.append(request.url),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []
