"""The field app in Chromium, on a real server with its job worker, through a gate that can be shut."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from tests.factories import PASSWORD, City, Person
from tests.live.conftest import app, city, folder, jobs, online, owner, server, settings
from tests.web.field.gate import Gate

__all__ = ["app", "city", "folder", "jobs", "online", "owner", "server", "settings"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SYNCED = re.compile(r"(已同步|Synced) \d")
expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
def playwright(dist: Path) -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here, in which the field app is tried")
    with sync_playwright() as driver:
        yield driver


@dataclass
class Phone:
    """One browser with a profile of its own, as a phone of 360 x 640 has it."""

    driver: Playwright
    profile: Path
    gate: Gate
    place: dict[str, float]
    language: str = "zh-CN"
    said: list[str] = field(default_factory=list)  # what its console complained of

    def start(self) -> Page:
        """Start the browser anew, as after the phone was off."""
        self.context: BrowserContext = self.driver.chromium.launch_persistent_context(
            self.profile,
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--enable-unsafe-swiftshader"],  # maps are drawn without a graphics card
            viewport={"width": 360, "height": 640},
            device_scale_factor=2,
            has_touch=True,
            locale=self.language,
            timezone_id="Asia/Shanghai",
            geolocation={"longitude": self.place["lon"], "latitude": self.place["lat"], "accuracy": 8},
            permissions=["geolocation"],
        )
        self.page = self.context.pages[0]
        self.page.on("pageerror", lambda error: self.said.append(f"{error} {getattr(error, 'stack', '')}"))
        self.page.on("console", lambda line: self._complained(line.type, line.text))
        self.page.goto(f"http://127.0.0.1:{self.gate.port}/field/")
        return self.page

    def _complained(self, kind: str, text: str) -> None:
        # That there is no network, and that a session is over, is said by the browser itself.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.said.append(text)

    def stop(self) -> None:
        self.context.close()

    def sign_in(self, person: Person) -> None:
        self.page.fill("input[name=username]", person.username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form button.main")
        expect(self.page.get_by_test_id("duty")).to_be_visible()
        # A phone that has been used once can be started without a network.
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.synced()

    def tab(self, name: str) -> None:
        self.page.get_by_test_id(f"tab-{name}").click()

    def sync(self) -> None:
        self.tab("outbox")
        self.page.locator(".page > button").first.click()
        self.synced()

    def synced(self) -> None:
        """Nothing waits, and a pull has come to its end."""
        expect(self.page.get_by_test_id("waiting")).to_have_text(
            ("待发 0", "0 waiting")[self.language == "en"]
        )
        expect(self.page.get_by_test_id("sync").locator("span")).to_have_text(SYNCED)

    def held(self, store: str) -> int:
        """How many entries one of its stores has."""
        return self.page.evaluate(
            """name => new Promise((resolve, reject) => {
                const asked = indexedDB.open("gridward-field");
                asked.onerror = () => reject(asked.error);
                asked.onsuccess = () => {
                    const counted = asked.result.transaction(name).objectStore(name).count();
                    counted.onsuccess = () => { asked.result.close(); resolve(counted.result); };
                };
            })""",
            store,
        )


@pytest.fixture
def phone(playwright, server, jobs, tmp_path, city: City) -> Iterator[Callable[..., Phone]]:
    """Phones that stand in g1; what their consoles complained of fails the test."""
    made: list[Phone] = []

    def make(language: str = "zh-CN") -> Phone:
        gate = Gate(server.port)
        some = Phone(playwright, tmp_path / f"phone{len(made)}", gate, city.in_grid("g1"), language)
        made.append(some)
        some.start()
        return some

    yield make
    for some in made:
        some.stop()
        some.gate.shut()
    assert [line for some in made for line in some.said] == []


@pytest.fixture
def case(owner: Any) -> Callable[[str], Any]:
    """The one case with these words: its status, place, accuracy and category, as the database has them."""

    def read(words: str) -> Any:
        return owner.execute(
            """select i.id, i.status, i.category, ST_X(i.location::geometry), ST_Y(i.location::geometry), i.reported_by
               from incident i join report r on r.id = i.id where r.words = %s""",
            (words,),
        ).fetchone()

    return read
