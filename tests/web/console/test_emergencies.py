"""Calls for help and urgent cases: on every page of the console as soon as they come, and what is done about them there."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.waits import eventually
from tests.web.console.desk import Desk, assert_accessible, turn_to

# Pages that are open when the call comes: of two supervisors, each with pages of their own.
PAGES = ("board", "cases", "evaluation", "accounts", "map")
# A page that has a stream polls every 120 s, one without every 15 s: what is there sooner came by the stream. It takes
# less than two seconds on a machine that does nothing else.
STREAM_LIMIT_MS = 10_000
PLAYED = "document.documentElement.dataset.alarmPlayed"


def raise_call(worker, place, **fields):
    answer = worker.post("/sos", {"id": str(uuid7()), **place, **fields})
    assert answer.status_code == 201, answer.json
    return answer.json


def open_pages(page: Page, names) -> dict[str, Page]:
    """Open each page in a tab of its own."""
    base = re.sub("#.*", "", page.url)
    pages: dict[str, Page] = {}
    for name in names:
        pages[name] = page if not pages else page.context.new_page()
        pages[name].goto(f"{base}#/{name}")
        pages[name].get_by_test_id(name).wait_for()
    for tab in pages.values():
        expect(tab.get_by_test_id("live")).to_have_text("实时")
        tab.wait_for_load_state("networkidle")
    return pages


@pytest.fixture
def no_calls(street):
    """Close what a test leaves open: the street is that of all tests."""
    yield
    for call in street.supervisor.get("/sos").json["items"]:
        street.supervisor.post(f"/sos/{call['id']}/close", {"outcome": "false_alarm"})


def test_call_for_help_reaches_five_pages_and_leaves_them(console, street, no_calls):
    number = {"phone": "+86 138 0000 1111"}
    answer = street.supervisor.call("PATCH", f"/workers/{street.wang.id}", number, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    other = street.city.person(Role.SUPERVISOR, area="s", name="钱主任")
    pages = open_pages(console(), PAGES[:3]) | open_pages(console(who=other), PAGES[3:])
    call = raise_call(street.wang, street.city.in_grid("g1"), note="被狗追")
    for name, page in pages.items():
        bar = page.get_by_test_id("emergency-bar")
        expect(bar, name).to_contain_text("王芳 求助", timeout=STREAM_LIMIT_MS)
        expect(bar).to_contain_text("被狗追")
        expect(page, name).to_have_title(re.compile(r"^\(\d+\) "))
        expect(page.get_by_test_id("count-decisions"), name).to_contain_text("1")

    dial = pages["cases"].get_by_test_id("emergency-bar").get_by_test_id("call-telephone")
    assert dial.get_attribute("href") == "tel:+8613800001111"
    place = pages["cases"].get_by_test_id("emergency-bar").get_by_test_id("call-place")
    assert place.get_attribute("href") == f"#/map?call={call['id']}"
    expect(pages["map"].get_by_test_id("picture")).to_have_attribute("data-calls", "1")

    pages["evaluation"].get_by_test_id("take-care").click()
    for name, page in pages.items():
        expect(page.get_by_test_id("emergency-bar"), name).to_have_count(0, timeout=STREAM_LIMIT_MS)
        expect(page.get_by_test_id("count-decisions")).to_have_count(0)
    # The person who acknowledged it closes it on any page; the others see it no more.
    assert pages["accounts"].get_by_test_id("emergency-taken").count() == 0
    taken = pages["board"].get_by_test_id("emergency-taken")
    expect(taken).to_contain_text("王芳")
    taken.get_by_test_id("close-call-open").click()
    taken.locator("[name=note]").fill("已送医")
    taken.locator("[name=outcome]").select_option("helped")
    assert_accessible(pages["board"], "emergency-taken")
    taken.get_by_test_id("close-call").click()
    for name in PAGES[:3]:
        expect(pages[name].get_by_test_id("emergency-taken"), name).to_have_count(0)
    closed = street.supervisor.get(f"/sos/{call['id']}").json["closed"]
    assert (closed["outcome"], closed["note"]) == ("helped", "已送医")


@pytest.mark.deep
def test_call_for_help_is_acknowledged_on_each_of_five_pages(console, street, no_calls):
    other = street.city.person(Role.SUPERVISOR, area="s", name="钱主任")
    pages = open_pages(console(), PAGES[:3]) | open_pages(console(who=other), PAGES[3:])
    for chosen, page in nonempty(pages.items()):
        call = raise_call(street.wang, street.city.in_grid("g1"))
        person = street.supervisor if chosen in PAGES[:3] else other
        for name, seen in pages.items():
            row = seen.get_by_test_id("emergency-bar").get_by_test_id(f"emergency-{call['id']}")
            expect(row, f"{name} before {chosen}").to_be_visible(timeout=STREAM_LIMIT_MS)
        page.get_by_test_id("take-care").click()
        for name, seen in pages.items():
            bar = seen.get_by_test_id("emergency-bar")
            expect(bar, f"{name} after {chosen}").to_have_count(0, timeout=STREAM_LIMIT_MS)
        expect(page.get_by_test_id("emergency-taken")).to_contain_text("王芳")
        acknowledged = street.supervisor.get(f"/sos/{call['id']}").json["acknowledged"]
        assert acknowledged["by"]["id"] == str(person.id), chosen
        answer = person.post(f"/sos/{call['id']}/close", {"outcome": "helped"})
        assert answer.status_code == 200, answer.json
        expect(page.get_by_test_id("emergency-taken")).to_have_count(0)


def test_link_of_call_opens_map_at_its_place(console, street, no_calls):
    page = console(language="en")
    raise_call(street.wang, street.city.in_grid("g1"))
    page.get_by_test_id("call-place").click()
    picture = page.get_by_test_id("map").get_by_test_id("picture")
    expect(picture).to_have_attribute("data-calls", "1")
    assert_accessible(page, "emergency-bar")


def test_alarm_sound_is_played_and_switched_off_for_good(console, street, no_calls):
    page = console(language="en")
    raise_call(street.wang, street.city.in_grid("g1"))
    expect(page.get_by_test_id("emergency-bar")).to_be_visible()
    eventually(lambda: page.evaluate(PLAYED))
    button = page.get_by_test_id("alarm-sound")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    page.reload()
    expect(page.get_by_test_id("emergency-bar")).to_be_visible()
    expect(page.get_by_test_id("alarm-sound")).to_have_attribute("aria-label", "Alarm sound: off")
    page.get_by_test_id("nav-cases").click()
    page.wait_for_timeout(500)
    assert page.evaluate(PLAYED) is None


def test_sound_is_not_tried_before_page_was_clicked(console, street, no_calls):
    desk = console(language="en")
    page, address = desk.context.new_page(), desk.url
    desk.goto("about:blank")  # of several pages of a browser only one plays the sound
    # Each look of the test at the page counts as a click for the browser.
    page.add_init_script(
        "Object.defineProperty(navigator, 'userActivation', {get: () => ({hasBeenActive: !!window.clicked})})"
    )
    page.goto(address)
    raise_call(street.wang, street.city.in_grid("g1"))
    bar = page.get_by_test_id("emergency-bar")
    expect(bar).to_contain_text("plays no sound until you click")
    assert page.evaluate(PLAYED) is None
    page.evaluate("window.clicked = true")
    eventually(lambda: page.evaluate(PLAYED))
    expect(bar).not_to_contain_text("plays no sound")


def test_urgent_case_reaches_page_and_is_hidden_until_next(console, app, settings):
    desk = Desk.of(make_city(app, settings))
    place: dict[str, Any] = desk.city.in_no_grid()
    page = console(who=desk.boss, language="en")
    turn_to(page, "accounts")
    expect(page.get_by_test_id("live")).to_have_text("Live")
    case = desk.report(category="0101", description="井盖缺失", **place)
    bar = page.get_by_test_id("urgent-bar")
    expect(bar.get_by_role("link", name=case["case_no"])).to_be_visible(timeout=STREAM_LIMIT_MS)
    expect(page.get_by_test_id("count-cases")).to_contain_text("1")
    bar.get_by_role("button").click()
    expect(bar).to_have_count(0)
    desk.report(category="0101", description="另一处井盖缺失", **place)
    expect(bar).to_contain_text("2 urgent cases")


def test_live_tells_when_network_or_server_is_away(console, street):
    page = console(language="en")
    live = page.get_by_test_id("live")
    expect(live).to_have_text("Live")
    page.context.set_offline(True)
    expect(live).to_contain_text("Offline · data as of", timeout=STREAM_LIMIT_MS)
    page.context.set_offline(False)
    expect(live).to_have_text("Live")
