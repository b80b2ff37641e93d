"""`python -m bench.wall`: the console's live map in Chromium: from a write to what is drawn, and frames while the map is moved.

The supervisor of a district looks at all of it: thousands of open cases, everybody on duty. A worker reports case after case;
the page marks each that it has drawn, and both clocks are this machine's. Then the map is moved by its keys, from afar and
from near, full and empty. Without a graphics card it is drawn in software, so read the ratio to the empty map. What was
reported is taken back.

Settings as in `bench.run` (BENCH_SIZE, a quarter if unset: 7,500 open cases and 1,750 on duty); BENCH_WRITES (60).
"""

import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Page, sync_playwright

from app.core.ids import uuid7
from app.settings import Settings
from bench import city
from bench.environment import GRANIAN_OPTIONS, ROOT, cluster, prepare, say, served, set_passwords, signed_in
from tests.web.browsers import ARGUMENTS, CHROMIUM

BOSS, WRITER = "bench-district-0", "bench-worker-0"
SIZE = (1280, 800)
BETWEEN_S = 0.5
PATIENCE_S = 20
ZOOM_PRESSES = 5  # presses of + from the whole district
FRAMES_S = 8
EMPTY = "hide=waiting,asked,handling,checking,standing"
# Each case with the time at which a frame had it.
WATCH = """() => {
  window.drawnAt = {};
  new PerformanceObserver((list) => {
    for (const mark of list.getEntriesByName("drawn"))
      for (const id of mark.detail) window.drawnAt[id] ??= performance.timeOrigin + mark.startTime;
  }).observe({ type: "mark" });
}"""
# The map is moved back and forth by its keys; the time of each frame in ms.
FRAMES = """async (ms) => {
  const canvas = document.querySelector(".map canvas");
  canvas.focus();
  const times = [];
  const ends = performance.now() + ms;
  let presses = 0;
  const press = () => {
    const key = Math.floor(presses++ / 6) % 2 ? "ArrowLeft" : "ArrowRight";
    const keyCode = key === "ArrowRight" ? 39 : 37;
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, keyCode, bubbles: true }));
  };
  const moving = setInterval(press, 120);
  let last = await new Promise(requestAnimationFrame);
  while (performance.now() < ends) {
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  clearInterval(moving);
  return times;
}"""


def enter(page: Page, base: str, password: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{base}/console/")
    page.fill("[name=username]", BOSS)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.get_by_test_id("board").wait_for()


def open_map(page: Page, query: str = "") -> int:
    """Open the map and return the number of cases it shows when it has settled."""
    page.evaluate("hash => { location.hash = hash }", "#/board")
    page.get_by_test_id("board").wait_for()
    page.evaluate("hash => { location.hash = hash }", f"#/map?{query}")
    page.locator("[data-testid=picture][data-drawn]" + ("" if query else ":not([data-drawn='0'])")).wait_for()
    page.wait_for_load_state("networkidle")
    return int(page.get_by_test_id("picture").get_attribute("data-drawn") or 0)


def locate(page: Page) -> str:
    page.get_by_test_id("purpose-explained").fill("measuring the live map")
    page.get_by_test_id("locate").click()
    return page.get_by_test_id("located").inner_text()


def report(base: str, headers: dict[str, str], point: tuple[float, float]) -> tuple[str, float]:
    """Report a case. Return its id and when it was acknowledged, in ms since 1970."""
    case = str(uuid7())
    body = {"id": case, "lon": point[0], "lat": point[1], "category": "E-litter", "description": "bench"}
    request = urllib.request.Request(
        f"{base}/api/v1/incidents", json.dumps(body).encode(), headers | {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()
    return case, time.time() * 1000


def lags(page: Page, base: str, headers: dict[str, str], places: list[tuple[float, float]]) -> list[float]:
    """Milliseconds from the acknowledged write to the frame that had it."""
    page.evaluate(WATCH)
    written_at: dict[str, float] = {}
    for point in places:
        case, at = report(base, headers, point)
        written_at[case] = at
        page.wait_for_timeout(BETWEEN_S * 1000 * random.uniform(0.5, 1.5))
    drawn_at: dict[str, float] = {}
    until = time.monotonic() + PATIENCE_S
    while len(drawn_at) < len(written_at) and time.monotonic() < until:
        page.wait_for_timeout(200)
        drawn_at = {case: at for case, at in page.evaluate("drawnAt").items() if case in written_at}
    if len(drawn_at) < len(written_at):
        raise SystemExit(
            f"{len(written_at) - len(drawn_at)} of {len(written_at)} cases were not drawn in {PATIENCE_S} s"
        )
    return [drawn_at[case] - at for case, at in written_at.items()]


def frames(page: Page) -> dict[str, list[float]]:
    frame_times = {"all of it": page.evaluate(FRAMES, FRAMES_S * 1000)}
    for _ in range(ZOOM_PRESSES):
        page.locator(".maplibregl-ctrl-zoom-in").click()
        page.wait_for_timeout(700)
    frame_times["near"] = page.evaluate(FRAMES, FRAMES_S * 1000)
    return frame_times


def percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def per_second(times: list[float]) -> float:
    """Return the mean number of frames a second, from the milliseconds of each."""
    return 1000 * len(times) / sum(times)


def places_of(url: str, number: int) -> list[tuple[float, float]]:
    with psycopg.connect(url) as connection:
        rows: list[Any] = connection.execute(
            "select ST_X(geom), ST_Y(geom) from worker_position order by worker_id limit %s", [number]
        ).fetchall()
    return [(lon, lat) for lon, lat in rows]


def main() -> None:
    writes = int(os.environ.get("BENCH_WRITES", "60"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "0.25")))
    subprocess.run([ROOT / "bin" / "web"], check=True)
    password = secrets.token_urlsafe(12)
    since = datetime.now(UTC)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        url = prepare(server, size)
        stack.callback(city.forget_reports, url, since)
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-wall-")))
        set_passwords(url, Settings(database_url=url, argon2_memory_kib=8192), [BOSS, WRITER], password)
        base, _ = stack.enter_context(
            served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz")
        )
        headers = signed_in(base, WRITER, password)
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="en")
        enter(page, base, password)
        started_at = time.monotonic()
        case_count = open_map(page)
        opened_s = time.monotonic() - started_at
        say(f"{case_count:,} open cases drawn after {opened_s:.1f} s")
        people = locate(page)
        lag_ms = lags(page, base, headers, places_of(url, writes))
        full = frames(page)
        open_map(page, EMPTY)
        empty = frames(page)
    load = os.getloadavg()[0]
    print(f"{case_count:,} open cases on the map, {people}; opened in {opened_s:.1f} s; load {load:.0f}\n")
    print("| from a write to what is drawn, ms | p50 | p95 | max |\n|---|---|---|---|")
    print(
        f"| {len(lag_ms)} reports | {percentile(lag_ms, 50):.0f} | {percentile(lag_ms, 95):.0f} | {max(lag_ms):.0f} |\n"
    )
    print(
        "| frames while the map is moved | a second | ms: p50 | p95 | max | empty map: a second | ms: p50 | p95 | p50 / empty |"
    )
    print("|---" * 9 + "|")
    for title, times in full.items():
        empty_times = empty[title]
        row = [
            per_second(times),
            percentile(times, 50),
            percentile(times, 95),
            max(times),
            per_second(empty_times),
            percentile(empty_times, 50),
            percentile(empty_times, 95),
        ]
        print(f"| {title} | {' | '.join(f'{number:.0f}' for number in row)} | {row[1] / row[5]:.2f} |")


if __name__ == "__main__":
    sys.exit(main())
