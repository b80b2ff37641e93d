"""`python -m bench.pages`: time to type in both front ends, and the evaluation page, in Chromium on a slow machine and network.

The devices are slowed down by Chromium: a quarter of this processor, 1 Mbit/s down, 0.4 up, 200 ms of latency (third
generation). *To type* is the time from the navigation to the moment at which the field of the user name is there and the page
answers to keys. A page of one field from a bare HTTP server, in the same rounds, shows what latency and browser take; the same
pages at full speed show what is the device's. Nothing is cached at the start of a round.

The evaluation of a street (10,000 cases of two years) is opened by someone who is signed in: its code, its answer and its
first picture are loaded at this speed. Settings as in `bench.run` (BENCH_SIZE, a quarter if unset); BENCH_ROUNDS (5).
"""

import os
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.settings import Settings
from bench import city
from bench.environment import GRANIAN_OPTIONS, ROOT, cluster, prepare, say, served, set_passwords
from tests.web.browsers import ARGUMENTS, CHROMIUM

BOSS = "bench-street-0"
TO_TYPE_MOST_S = 2.5
# Of a statement: on a machine with much other work the evaluation shall be slow, and not refused.
NO_TIME_LIMIT = {"GRIDWARD_STATEMENT_TIMEOUT_MS": "60000"}
SLOW_PROCESSOR = 4  # times slower
SLOW_NETWORK = {"latency": 200, "downloadThroughput": 1_000_000 / 8, "uploadThroughput": 400_000 / 8}
DEVICES = {
    "console": {"viewport": {"width": 1280, "height": 800}},
    "field": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
}
BARE_PAGE = b"<!doctype html><meta charset=utf-8><title>bare</title><form><input name=username></form>"
# When the field is there and the page has time for keys: two frames and a turn of the queue later.
WATCH = """() => {
  const look = () => {
    const field = document.querySelector("[name=username]");
    if (!field || field.disabled) return requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { window.typeableAt = performance.now(); })));
  };
  if (window === top) look();
}"""
READY = """async () => {
  while (!window.typeableAt) await new Promise(requestAnimationFrame);
  return window.typeableAt;
}"""
# When each of these is on the page, in ms since now.
SHOWN = """async (selectors) => {
  const began = performance.now();
  const at = {};
  while (Object.keys(at).length < Object.keys(selectors).length && performance.now() - began < 110_000) {
    await new Promise(requestAnimationFrame);
    document.querySelector("[data-testid=trend-day]")?.scrollIntoView();
    for (const [name, selector] of Object.entries(selectors))
      if (!(name in at) && document.querySelector(selector)) at[name] = performance.now() - began;
  }
  return at;
}"""
# What the evaluation page shows, in order.
EVALUATION = {
    "heading": "[data-testid=evaluation] h1",
    "numbers": "[data-testid=tiles] li",
    "first picture, scrolled to": "[data-testid=trend-day] canvas",
}


@dataclass(slots=True)
class Load:
    """What was measured of one page, one value a round. `to_type_s` is of a slow device, `at_full_speed_s` of a fast one."""

    to_type_s: list[float] = field(default_factory=list)
    at_full_speed_s: list[float] = field(default_factory=list)
    received: list[int] = field(default_factory=list)


class BareHandler(BaseHTTPRequestHandler):
    """Answers each request with a page of one field."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(BARE_PAGE)))
        self.end_headers()
        self.wfile.write(BARE_PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def bare_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BareHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def slow_down(page: Page, received: list[int]) -> None:
    """Slow down processor and network of a page, and note the bytes of each file that it receives."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda file: received.append(int(file["encodedDataLength"])))
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_NETWORK})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})


def to_type(browser: Browser, address: str, device: str, *, is_slow: bool) -> tuple[float, int]:
    """Return the seconds until the field of the user name can be typed into, and the bytes received until then."""
    context = browser.new_context(locale="en", **DEVICES[device])  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(f"({WATCH})()")
    received: list[int] = []
    if is_slow:
        slow_down(page, received)
    page.goto(address, wait_until="commit")
    ready_ms = page.evaluate(READY)
    total = sum(received)
    page.keyboard.press("Tab")
    page.fill("[name=username]", "x")
    context.close()
    return float(ready_ms) / 1000, total


def enter(page: Page, base: str, password: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{base}/console/")
    page.fill("[name=username]", BOSS)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.get_by_test_id("board").wait_for()
    page.wait_for_load_state("load")


def open_evaluation(
    browser: Browser, base: str, password: str, *, is_slow: bool
) -> tuple[dict[str, float], int]:
    """Return the seconds until each part of the evaluation page is shown, and the bytes received for it."""
    context = browser.new_context(locale="en", **DEVICES["console"])  # type: ignore[arg-type]
    page = context.new_page()
    enter(page, base, password)
    time.sleep(1)  # what the board loads after it is shown is not of this page
    received: list[int] = []
    if is_slow:
        slow_down(page, received)
    page.evaluate("() => { location.hash = '#/evaluation' }")
    shown = page.evaluate(SHOWN, EVALUATION)
    if len(shown) < len(EVALUATION):
        raise SystemExit(f"not shown on the evaluation page: {sorted(EVALUATION.keys() - shown.keys())}")
    context.close()
    return {name: ms / 1000 for name, ms in shown.items()}, sum(received)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def report_loads(loads: dict[str, Load]) -> None:
    bare = loads["bare page"]
    print("| page | kB | to type, slow: p50 s | worst | at full speed | / bare page | must |")
    print("|---" * 7 + "|")
    for title, load in loads.items():
        p50 = median(load.to_type_s)
        must = "" if load is bare else f"{TO_TYPE_MOST_S}{'' if p50 <= TO_TYPE_MOST_S else ', missed'}"
        print(
            f"| {title} | {median(load.received) / 1000:.0f} | {p50:.2f} | {max(load.to_type_s):.2f} "
            f"| {median(load.at_full_speed_s):.2f} | {p50 / median(bare.to_type_s):.1f} | {must} |"
        )


def report_evaluation(
    slow: list[dict[str, float]], fast: list[dict[str, float]], received: list[int]
) -> None:
    print(
        f"\n| evaluation page, {median(received) / 1000:.0f} kB | slow: p50 s | worst | at full speed |\n|---|---|---|---|"
    )
    for name in EVALUATION:
        times = [shown[name] for shown in slow]
        print(
            f"| {name} | {median(times):.2f} | {max(times):.2f} | {median([shown[name] for shown in fast]):.2f} |"
        )


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "0.25")))
    subprocess.run([ROOT / "bin" / "web"], check=True)
    password = secrets.token_urlsafe(12)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        url = prepare(server, size)
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-pages-")))
        set_passwords(url, Settings(database_url=url, argon2_memory_kib=8192), [BOSS], password)
        base, _ = stack.enter_context(
            served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz", env=NO_TIME_LIMIT)
        )
        addresses = {
            "bare page": (stack.enter_context(bare_server()), "console"),
            "console": (f"{base}/console/", "console"),
            "field app": (f"{base}/field/", "field"),
        }
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.callback(browser.close)
        loads = {title: Load() for title in addresses}
        slow, fast, received = [], [], []
        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for title, (address, device) in addresses.items():
                seconds, size_received = to_type(browser, address, device, is_slow=True)
                fast_s, _ = to_type(browser, address, device, is_slow=False)
                if number >= 0:
                    loads[title].to_type_s.append(seconds)
                    loads[title].at_full_speed_s.append(fast_s)
                    loads[title].received.append(size_received)
            shown, size_received = open_evaluation(browser, base, password, is_slow=True)
            shown_fast, _ = open_evaluation(browser, base, password, is_slow=False)
            if number >= 0:
                slow.append(shown)
                fast.append(shown_fast)
                received.append(size_received)
    print(
        f"{rounds} rounds, a quarter of a processor, 1 Mbit/s; {size.cases:,} cases; load {os.getloadavg()[0]:.0f}\n"
    )
    report_loads(loads)
    report_evaluation(slow, fast, received)


if __name__ == "__main__":
    main()
