"""The steps of the tutorials for a worker and a supervisor, taken in a browser in one language, with their pictures."""

import json
import re
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.core.ids import uuid7
from tests.docs.servers import Running
from tests.web.console.desk import choose_action
from tests.web.pictures import FOLDER, SETTLED_MS

PASSWORD = "gridward-demo"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
PLACE = {"longitude": 120.1136, "latitude": 30.2813}
DUTY = {"en": "On duty", "zh-CN": "在岗"}
COMMUNITY = {"en": "Gudang Beiqu", "zh-CN": "古荡北区"}
CASE_NO = re.compile(r"\d{6}-\d{6}-\d")
NOTHING_WAITS = re.compile(r"(Unsent: |待发 )0$")
SYNCED = re.compile(r"(Synced|已同步) \d")
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
# What people write on the way, and the words by which pages are known.
WORDS = {
    "en": {
        "litter": "Bags of rubbish in front of the gate",
        "done": "Taken away",
        "seen": "Leaves in the gutter",
        "search": "rubbish",
        "nobody": "The maximum number of offers was reached",
        "why": "Please handle it today",
        "more": "Waiting for the tank truck",
        "granted": "Agreed",
        "urged": "Due today",
    },
    "zh-CN": {
        "litter": "单元门口堆放垃圾袋",
        "done": "已清运",
        "seen": "路边落叶堆积",
        "search": "垃圾",
        "nobody": "已多轮派遣无人承接",
        "why": "请今天处置",
        "more": "等待吸污车",
        "granted": "同意",
        "urged": "今天到期",
    },
}


@dataclass
class Caller:
    """A person who calls the API."""

    base: str
    username: str
    token: str = ""

    def get(self, path: str) -> dict[str, Any]:
        return self._call(path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call(path, json.dumps(body).encode())

    def _call(self, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        request = urllib.request.Request(self.base + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            value: dict[str, Any] = json.load(answer)
        return value

    def sign_in(self) -> "Caller":
        body = {"username": self.username, "password": PASSWORD, "device_id": "pages"}
        self.token = self.post("/auth/token", body)["access_token"]
        return self

    def report(self, words: str) -> dict[str, Any]:
        body = {"id": str(uuid7()), "lon": PLACE["longitude"], "lat": PLACE["latitude"], "category": "E0102"}
        return self.post("/incidents", body | {"description": words})


def caller(server: Running, username: str) -> Caller:
    return Caller(f"http://127.0.0.1:{server.port}/api/v1", username).sign_in()


def take(page: Page, name: str, language: str) -> None:
    """Keep a picture of the screen for docs/images, where pictures are wanted."""
    if FOLDER:
        folder = FOLDER / "docs"
        folder.mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=folder / f"{name}-{language[:2]}.png")


def new_context(browser: Browser, language: str, size: dict[str, int], **options: Any) -> BrowserContext:
    # English dates with the day first, as no other country than one writes them otherwise.
    locale = "en-GB" if language == "en" else language
    context = browser.new_context(locale=locale, viewport=size, timezone_id="Asia/Shanghai", **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def worker_day(browser: Browser, server: Running, language: str, folder: Path) -> None:
    """A worker goes on duty, handles a case, reports one, and goes off duty."""
    words = WORDS[language]
    phone = {"has_touch": True, "geolocation": PLACE | {"accuracy": 8}, "permissions": ["geolocation"]}
    context = new_context(browser, language, PHONE, **phone)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/field/")
    page.fill("input[name=username]", "demo-worker")
    page.fill("input[name=password]", PASSWORD)
    take(page, "field-sign-in", language)
    page.click("form button.main")
    duty = page.get_by_test_id("duty")
    expect(page.get_by_test_id("sync")).to_have_text(SYNCED)  # before it, the phone does not know the duty
    page.get_by_test_id("tab-me").click()
    if DUTY[language] not in duty.inner_text():
        page.get_by_test_id("turn-duty").click()
    expect(duty).to_contain_text(DUTY[language])
    expect(page.get_by_test_id("waiting")).to_have_text(NOTHING_WAITS)
    take(page, "field-me", language)

    # An offer comes, with its reason.
    assert caller(server, "demo-worker-2").report(words["litter"])["assignment"], "all workers are full"
    page.get_by_test_id("tab-tasks").click()
    offer = page.get_by_test_id("offer").filter(has_text=words["litter"]).first
    expect(offer).to_be_visible()
    offer.scroll_into_view_if_needed()
    take(page, "field-offer", language)
    offer.get_by_test_id("accept").click()
    page.get_by_test_id("mine").filter(has_text=words["litter"]).first.click()
    for step in ("en_route", "on_scene", "start"):
        page.get_by_test_id(f"do-{step}").click()
    photo = folder / "after.jpg"
    Image.effect_noise((800, 600), 40).save(photo, quality=80)
    page.get_by_test_id("photo-after").set_input_files(photo)
    expect(page.get_by_test_id("photo")).to_have_count(1)
    page.get_by_test_id("what-done").fill(words["done"])
    take(page, "field-task", language)
    page.get_by_test_id("feed-back").click()
    expect(page.get_by_test_id("offer").filter(has_text=words["litter"])).to_have_count(0)

    # A report, which may wait for a network. Nothing else waits then: the photo and the feedback are sent.
    page.get_by_test_id("tab-outbox").click()
    expect(page.get_by_test_id("waits")).to_have_count(0)
    expect(page.get_by_test_id("waiting")).to_have_text(NOTHING_WAITS)
    context.set_offline(True)
    page.get_by_test_id("tab-report").click()
    page.get_by_test_id("search-category").fill(words["search"])
    page.get_by_test_id("category-E0102").click()
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    page.get_by_test_id("words").fill(words["seen"])
    page.get_by_test_id("words").scroll_into_view_if_needed()
    take(page, "field-report", language)
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    page.get_by_test_id("tab-outbox").click()
    expect(page.get_by_test_id("waits")).to_have_count(1)
    take(page, "field-outbox", language)
    context.set_offline(False)
    expect(page.get_by_test_id("waits")).to_have_count(0)

    # A visit that is due.
    page.get_by_test_id("tab-day").click()
    take(page, "field-day", language)
    page.get_by_test_id("to-visits").click()
    page.get_by_test_id("home").first.click()
    page.get_by_test_id("outcome-done").click()
    take(page, "field-visit", language)
    page.get_by_test_id("visit-save").click()

    page.get_by_test_id("tab-me").click()
    page.get_by_test_id("turn-duty").click()
    expect(page.get_by_test_id("tracking")).to_contain_text({"en": "not sent", "zh-CN": "不上传"}[language])
    context.close()


def supervisor_day(browser: Browser, server: Running, language: str) -> None:
    """A supervisor reads the board, sends on a waiting case, grants an extension and looks at the map."""
    words = WORDS[language]
    helper = caller(server, "demo-worker")
    helper.post(f"/workers/{_id_of(helper)}/duty", {"on_duty": True})
    made = caller(server, "demo-worker-2").report(words["litter"])
    assert made["assignment"], "all workers of the grid are full"
    holder = (
        helper if _id_of(helper) == made["assignment"]["worker"]["id"] else caller(server, "demo-worker-2")
    )
    holder.post(f"/assignments/{made['assignment']['id']}/accept", {})
    extension = {"action": "ask_extension", "amount": 2, "note": words["more"]}
    holder.post(f"/incidents/{made['id']}/transitions", extension)

    context = new_context(browser, language, DESK)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/console/")
    page.fill("[name=username]", "demo-supervisor")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    board = page.get_by_test_id("board")
    expect(board).to_be_visible()
    take(page, "console-board", language)

    # A case that nobody accepted is given to a worker.
    rows = board.get_by_role("listitem").filter(has_text=words["nobody"])
    rows.get_by_role("link").filter(has_text=CASE_NO).first.click()
    choose_action(page, "reassign")
    form = page.get_by_test_id("act-form")
    worker = (
        form.get_by_role("option").filter(has_text="/20").first
    )  # a worker of the demo with room for many
    form.get_by_test_id("worker").select_option(worker.get_attribute("value"))
    form.get_by_test_id("note").fill(words["why"])
    page.get_by_test_id("act-submit").click()
    expect(form).to_have_count(0)
    expect(page.get_by_test_id("lead")).to_contain_text({"en": "Dispatched", "zh-CN": "已派遣"}[language])

    # A worker is urged.
    page.get_by_test_id("nav-cases").click()
    page.get_by_test_id("filters").locator("[name=case_no]").fill(made["case_no"])
    page.get_by_test_id("case-table").get_by_role("link", name=made["case_no"]).click()
    expect(page.get_by_test_id("case")).to_contain_text(words["litter"])
    take(page, "console-case", language)
    choose_action(page, "urge")
    page.get_by_test_id("act-form").get_by_test_id("note").fill(words["urged"])
    page.get_by_test_id("act-submit").click()
    expect(page.get_by_test_id("act-form")).to_have_count(0)

    # The extension is decided.
    page.get_by_test_id("nav-decisions").click()
    row = page.get_by_test_id("decisions").locator("li, tr, section").filter(has_text=made["case_no"]).last
    expect(row).to_be_visible()
    take(page, "console-decisions", language)
    page.get_by_test_id("decide-grant_extension").first.click()
    page.get_by_test_id("act-form").get_by_test_id("note").fill(words["granted"])
    page.get_by_test_id("act-submit").click()
    expect(page.get_by_test_id("act-form")).to_have_count(0)

    page.get_by_test_id("nav-map").click()
    wait_for_map(page)
    take(page, "console-map", language)
    page.get_by_test_id("nav-roster").click()
    expect(page.get_by_test_id("roster")).to_be_visible()
    take(page, "console-roster", language)

    # For the page on redrawing: the grids of a community.
    page.get_by_test_id("nav-areas").click()
    page.get_by_test_id("pick-list").get_by_role("link", name=COMMUNITY[language]).first.click()
    expect(page.get_by_test_id("area-list")).to_be_visible()
    page.wait_for_timeout(3 * SETTLED_MS)
    take(page, "console-areas", language)
    context.close()


def wait_for_map(page: Page) -> None:
    """Wait until the list and the map of cases are drawn, with the base map."""
    expect(page.get_by_test_id("case-table").locator("tbody a").first).to_be_visible()
    page.locator("[data-base-features]").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(3 * SETTLED_MS)


def _id_of(person: Caller) -> str:
    request = urllib.request.Request(person.base + "/me", headers={"Authorization": f"Bearer {person.token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["id"])
