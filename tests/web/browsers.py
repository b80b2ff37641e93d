"""Browsers of the tests: phones with the field app behind a network gate, and desks with the console."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.factories import PASSWORD, City, Person
from tests.web.conftest import missing
from tests.web.field.gate import Gate

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Maps are drawn without a graphics card, and the microphone beeps.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--use-fake-device-for-media-stream",
]
# A browser tells a place that was set once: whoever asks again waits in vain for as long as the app has patience with a
# phone that lies still, seconds for each step. Here it is half a second, and the app goes on as it does then.
IMPATIENT = """{
    const ask = Geolocation.prototype.getCurrentPosition;
    Geolocation.prototype.getCurrentPosition = function (found, failed, limits) {
        const timeout = limits.timeout > 5_000 ? limits.timeout : Math.min(limits.timeout, 500);
        return ask.call(this, found, failed, { ...limits, timeout });
    };
}"""
SYNCED = re.compile(r"(已同步|Synced) \d")
# What a browser complains of by itself: an answer that a test asks for, and a network that a test takes away.
EXPECTED = re.compile(r"responded with a status of (4\d\d|503)|net::ERR_INTERNET_DISCONNECTED")
# For a machine that does much else; nothing waits longer than it has to.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def playwright(dist: Path) -> Iterator[Playwright]:
    if CHROMIUM is None:
        missing("no Chromium here, in which the front ends are tried")
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The one of all desks, and of the phones without a browser of their own."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Phone:
    """A browser context with stores of its own, as a phone of 360 x 640 has it.

    A phone with a profile has a browser process of its own, which can be stopped and started again and gets pushes.
    """

    driver: Playwright
    browser: Browser
    profile: Path | None
    gate: Gate
    place: dict[str, float]
    language: str = "zh-CN"
    zone: str = "Asia/Shanghai"
    slow: bool = False
    console_lines: list[str] = field(default_factory=list)  # what its console complained of
    loaded: list[int] = field(default_factory=list)  # bytes over the wire of each file, where it is slow

    def start(self) -> Page:
        """Start the browser anew, as after the phone was off."""
        options: dict[str, Any] = {
            "viewport": {"width": 360, "height": 640},
            "device_scale_factor": 2,
            "has_touch": True,
            "locale": self.language,
            "timezone_id": self.zone,
            "geolocation": {"longitude": self.place["lon"], "latitude": self.place["lat"], "accuracy": 8},
            "permissions": ["geolocation", "microphone"],
        }
        self.context = self._new_context(options)
        # A request that nobody answers ends after 30 s, and what waits for it must outwait that.
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(IMPATIENT)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on(
            "pageerror", lambda error: self.console_lines.append(f"{error} {getattr(error, 'stack', '')}")
        )
        self.page.on("console", lambda text: self._complained(text.type, text.text))
        if self.slow:
            self._slow_down()
        else:
            self.page.goto(f"http://127.0.0.1:{self.gate.port}/field/")
        return self.page

    def _new_context(self, options: dict[str, Any]) -> BrowserContext:
        if self.profile:
            return self.driver.chromium.launch_persistent_context(
                self.profile, executable_path=CHROMIUM, args=ARGUMENTS, **options
            )
        assert not hasattr(self, "context"), "make it by `phone(has_profile=True)`: its stores would be empty"
        return self.browser.new_context(**options)

    def _slow_down(self) -> None:
        """Third generation, and a processor of a quarter of this one. Nothing is opened yet."""
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", lambda file: self.loaded.append(file["encodedDataLength"]))
        thin = {"latency": 200, "downloadThroughput": 1_000_000 / 8, "uploadThroughput": 400_000 / 8}
        devtools.send("Network.emulateNetworkConditions", {"offline": False, **thin})
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def _complained(self, kind: str, text: str) -> None:
        # That there is no network, and that a session is over, is said by the browser itself.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.console_lines.append(text)

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
            ("待发 0", "Unsent: 0")[self.language == "en"]
        )
        expect(self.page.get_by_test_id("sync").locator("span")).to_have_text(SYNCED)

    def held(self, store: str) -> int:
        """How many entries one of its stores has."""
        return self._asked(store, "count()")

    def stored_value(self, key: str) -> Any:
        """What it keeps under a name; None: nothing."""
        return (self._asked("held", f"get({key!r})") or {}).get("value")

    def _asked(self, store: str, question: str) -> Any:
        return self.page.evaluate(
            f"""name => new Promise((resolve, reject) => {{
                const asked = indexedDB.open("gridward-field");
                asked.onerror = () => reject(asked.error);
                asked.onsuccess = () => {{
                    const answer = asked.result.transaction(name).objectStore(name).{question};
                    answer.onsuccess = () => {{ asked.result.close(); resolve(answer.result); }};
                }};
            }})""",
            store,
        )


@pytest.fixture
def phone(playwright, browser, server, jobs, tmp_path, city: City) -> Iterator[Callable[..., Phone]]:
    """Phones that stand in g1; what their consoles complained of fails the test.

    A browser of its own takes a second of a processor to start. Tests request it with `has_profile` where they start a
    phone again or send pushes.
    """
    made: list[Phone] = []

    def make(
        language: str = "zh-CN", zone: str = "Asia/Shanghai", *, slow: bool = False, has_profile: bool = False
    ) -> Phone:
        gate = Gate(server.port)
        profile = tmp_path / f"phone{len(made)}" if has_profile else None
        some = Phone(playwright, browser, profile, gate, city.in_grid("g1"), language, zone, slow)
        made.append(some)
        some.start()
        return some

    yield make
    for some in made:
        some.stop()
        some.gate.shut()
    assert [message for some in made for message in some.console_lines] == []


@dataclass
class Desks:
    """Desks at which somebody opens the console; whatever their browser complains of is kept."""

    browser: Browser
    port: int
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def enter(
        self,
        who: Person,
        *,
        language: str = "zh-CN",
        size: tuple[int, int] = (1280, 800),
        zone: str = "Asia/Shanghai",
        lands_on: str = "board",
    ) -> Page:
        context = self.browser.new_context(
            locale=language, viewport={"width": size[0], "height": size[1]}, timezone_id=zone
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"http://127.0.0.1:{self.port}/console/")
        page.fill("[name=username]", who.username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.get_by_test_id(lands_on).wait_for()
        return page


@pytest.fixture
def desks(browser: Browser, server: Any) -> Iterator[Desks]:
    made = Desks(browser, server.port)
    yield made
    for context in made.contexts:
        context.close()
    # A refusal (4xx), and a server that is busy (503), the browser reports by itself; what the page makes of it the tests say.
    assert [complaint for complaint in made.complaints if not EXPECTED.search(complaint)] == []
