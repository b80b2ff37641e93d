"""A resident on the public pages of the demo city: reports, follows, looks around, reads a notice. Pictures are taken."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.demo.divisions import JURISDICTION
from tests.docs.first_days import PHONE, PLACE, caller, new_context, take
from tests.docs.servers import Running

STREET = "330106007"
LAMP = "0106"
# What a resident writes, and the words by which pages are known.
WORDS = {
    "en": {
        "lamp": "The lamp beside the bus stop has been dark for two nights.",
        "send": "Send the report",
        "arrived": "Your report has arrived",
        "near": "Reported near by",
        "title": "Water off on Friday",
    },
    "zh-CN": {
        "lamp": "公交站旁的路灯已经两晚不亮了。",
        "send": "提交上报",
        "arrived": "上报已收到",
        "near": "附近上报",
        "title": "周五停水",
    },
}
TEXTS = {
    "zh": {"title": "周五停水", "text": "因管道维修，周五八时至十二时停水，请提前储水。"},
    "en": {
        "title": "Water off on Friday",
        "text": "A pipe is repaired. There is no water on Friday from 8 to 12. Please store some.",
    },
}


def resident_visit(browser: Browser, server: Running, language: str) -> None:
    """A resident reports a lamp, follows the report, looks at reports near by, and reads a notice."""
    words = WORDS[language]
    page = new_context(browser, language, PHONE).new_page()
    pages = f"http://127.0.0.1:{server.port}/public/{JURISDICTION}/{language[:2]}"

    page.goto(f"{pages}/report/{LAMP}?lon={PLACE['longitude']}&lat={PLACE['latitude']}")
    page.locator("#words").fill(words["lamp"])
    _show(page, "label[for=words]")
    take(page, "public-report", language)
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["arrived"])
    take(page, "public-follow", language)

    page.goto(f"{pages}/cases")
    expect(page.get_by_role("heading", level=1)).to_have_text(words["near"])
    _show(page, "main h2")
    take(page, "public-cases", language)
    page.goto(f"{pages}/cases?state=ended")
    page.locator(".cases a").first.click()
    expect(page.locator("main .state")).to_be_visible()
    take(page, "public-case", language)

    page.goto(f"http://127.0.0.1:{server.port}{_notice_path(server)}", wait_until="load")
    page.goto(re.sub(r"/(zh|en)/notices/", f"/{language[:2]}/notices/", page.url))
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    take(page, "public-notice", language)
    page.context.close()


def _show(page: Page, selector: str) -> None:
    page.locator(selector).first.evaluate("element => element.scrollIntoView()")


def _notice_path(server: Running) -> str:
    """Publish a notice to the dwellings of a grid, and return the path of the link of one household."""
    author, second = caller(server, "demo-supervisor"), caller(server, "demo-admin")
    streets = author.get("/areas?level=street&limit=500&geometry=false")["features"]
    (street,) = (area["id"] for area in streets if area["properties"]["code"] == STREET)
    worker = caller(server, "demo-worker").get("/me")["id"]
    grid = author.get(f"/workers/{worker}")["grids"][0]["id"]
    body = {
        "sender_area_id": street,
        "purpose": "works",
        "texts": TEXTS,
        "channels": ["visit", "link"],
        "area_ids": [grid],
        "valid_until": (clock.now() + timedelta(days=7)).isoformat(),
    }
    notice = author.post("/notices", body)["id"]
    number: dict[str, Any] = {"confirmed_households": author.get(f"/notices/{notice}/preview")["households"]}
    state = author.post(f"/notices/{notice}/publish", number)["state"]
    if state == "awaiting_approval":
        state = second.post(f"/notices/{notice}/approve", number)["state"]
    assert state == "published"
    home = author.get(f"/notices/{notice}/households?limit=1")["items"][0]["household"]["id"]
    return urlsplit(author.post(f"/notices/{notice}/households/{home}/link", {})["url"]).path
