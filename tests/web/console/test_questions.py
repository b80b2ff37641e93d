"""Questions of a category on the page of a new case."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_city
from tests.open311.conftest import QUESTIONS
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme


@pytest.fixture
def desk(app, settings):
    required = {**QUESTIONS[2], "required": True}
    questions = [*QUESTIONS[:2], required, *QUESTIONS[3:]]
    profile = {"timezone": "America/New_York"}
    return Desk.of(make_city(app, settings, profile=profile, **{"0106": {"questions": questions}}))


def test_new_case_asks_questions_and_sends_answers(console, desk):
    page = console(who=desk.boss, language="en")
    turn_to(page, "new-case")
    canvas = page.locator(".map canvas")
    expect(canvas).to_be_visible()
    page.wait_for_function("document.querySelector('[data-testid=place-map] canvas')")
    box = canvas.bounding_box()
    page.locator("[name=description]").fill("A lamp at the corner")
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.locator("[name=category]").select_option("0102")
    expect(page.get_by_test_id("question-FAULT")).to_have_count(0)
    page.locator("[name=category]").select_option("0106")
    fault = page.get_by_test_id("question-FAULT")
    expect(fault).to_contain_text("What is wrong with the lamp? (needed) Choose one")
    page.get_by_test_id("send-case").click()
    # The browser asks for the choice; of several choices the page asks for one.
    expect(fault.locator("select")).to_be_focused()
    fault.locator("select").select_option("flickers")
    page.get_by_test_id("send-case").click()
    expect(page.get_by_test_id("unanswered")).to_have_text("Answer: Where is it?")
    page.get_by_test_id("question-SINCE").locator("input").fill("2026-11-28T21:30")
    page.get_by_test_id("question-WHERE").get_by_label("road").check()
    expect(page.get_by_test_id("unanswered")).to_have_count(0)
    page.get_by_test_id("question-WHERE").get_by_label("yard").check()
    page.get_by_test_id("question-LAMPS").locator("input").fill("3")
    assert_accessible(page, "new-case-questions")
    take_pictures(page, "screens-questions-en", (1280, 800))
    page.get_by_test_id("send-case").click()
    expect(page.get_by_test_id("lead")).to_be_visible()
    (case,) = desk.boss.get("/incidents").json["items"]
    [report] = desk.boss.get(f"/incidents/{case['id']}").json["reports"]
    # A time is one of the city, wherever the browser is.
    assert report["attributes"] == {
        "FAULT": "flickers",
        "SINCE": "2026-11-29T02:30:00.000Z",
        "WHERE": ["road", "yard"],
        "LAMPS": "3",
    }
    assert report["words"].split("\n") == [
        "A lamp at the corner",
        "What is wrong with the lamp? It flickers",
        "Since when? 2026-11-28 21:30",
        "Where is it? road and yard",
        "How many lamps? 3",
    ]


def test_questions_in_chinese_are_dark_and_narrow(console, desk):
    page = console(who=desk.boss)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    turn_to(page, "new-case")
    page.locator("[name=category]").select_option("0106")
    expect(page.get_by_test_id("question-FAULT")).to_contain_text("路灯怎么了？ （必答） 请选一项")
    take_pictures(page, "screens-questions-zh-dark", (390, 844))
    assert_accessible(page, "new-case-questions-dark")
