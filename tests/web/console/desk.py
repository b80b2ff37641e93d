"""A city of one test, and helpers that act on a case page of the console."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.core.ids import uuid7
from tests.factories import City, Person
from tests.web.console.test_page_accessibility import PICTURES, check_page


@dataclass
class Desk:
    """`boss` directs the street; `teller` reports from outside the duty of anybody."""

    city: City
    boss: Person
    teller: Person

    @classmethod
    def of(cls, city: City) -> "Desk":
        return cls(city, city.supervisor(), city.worker("g3", on_duty=False, name="刘洋"))

    def report(self, grid: str = "g1", north_m: float = 0, **fields: Any) -> dict[str, Any]:
        place = self.city.in_grid(grid)
        body = {
            "id": str(uuid7()),
            "category": "0102",
            "description": "路面积水，车辆绕行",
            **place,
            "lat": round(place["lat"] + north_m / 111_200, 7),
            **fields,
        }
        answer = self.teller.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        incident: dict[str, Any] = answer.json
        return incident

    def shown(self, case: dict[str, Any]) -> dict[str, Any]:
        answer = self.boss.get(f"/incidents/{case['id']}")
        assert answer.status_code == 200, answer.json
        incident: dict[str, Any] = answer.json
        return incident


def turn_to(page: Page, path: str) -> None:
    """Another page of the console; its heading has the focus when it is there."""
    page.goto(re.sub("#.*", "", page.url) + f"#/{path}")


def choose_action(page: Page, action: str) -> None:
    """Open the form of an action of the case, from the menu if it is not a primary one."""
    expect(page.get_by_test_id("acts")).to_be_visible()
    button = page.get_by_test_id(f"act-{action}")
    if not button.is_visible():
        page.get_by_test_id("more-acts").locator("> summary").click()
    button.click()


def submit_with_reason(form: Locator, words: str, field: str = "note") -> None:
    """Give the reason that a form asks for, and send it."""
    form.locator(f"[name={field}]").fill(words)
    form.locator("button.main").click()


def assert_accessible(page: Page, name: str) -> None:
    """What a page shows now, with all that is on it, keeps nobody out and is no wider than a phone."""
    wrong = check_page(page, name)
    page.set_viewport_size({"width": 360, "height": 640})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    for width in (360, 1280) if PICTURES else ():
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert (wrong, over) == ([], 0), (wrong, over)
