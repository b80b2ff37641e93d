"""Desktop notifications of the console: off until turned on, for calls for help and urgent cases, without personal data."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_city
from tests.waits import eventually
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.console.test_emergencies import raise_call

# Chromium without a desktop shows none: the page's own constructor is recorded in its place.
RECORDED = """
  window.shown = [];
  window.Notification = class {
    static permission = localStorage.getItem("permission-of-test") ?? "default";
    static async requestPermission() {
      localStorage.setItem("permission-of-test", "granted");
      return (Notification.permission = "granted");
    }
    constructor(title, options) { this.title = title; Object.assign(this, options); window.shown.push(this); }
    close() { this.isClosed = true; }
  };
  Document.prototype.hasFocus = () => !!window.inFront;
"""
SHOWN = "shown.map(({title, body, tag, silent, requireInteraction}) => ({title, body, tag, silent, requireInteraction}))"


@pytest.fixture
def desk(app, settings):
    return Desk.of(make_city(app, settings))


@pytest.fixture
def page(console, desk):
    first = console(who=desk.boss, language="en")
    tab = first.context.new_page()
    tab.add_init_script(RECORDED)
    tab.goto(first.url)
    first.close()
    tab.get_by_test_id("board").wait_for()
    expect(tab.get_by_test_id("live")).to_have_text("Live")
    return tab


def turn_on(page: Page) -> None:
    turn_to(page, "my-account")
    expect(page.get_by_test_id("notification-state")).to_have_text("In this browser: off")
    page.get_by_test_id("notification-switch").click()
    expect(page.get_by_test_id("notification-state")).to_have_text("In this browser: on")


def test_call_is_shown_on_the_desktop_without_personal_data_after_opting_in(page, desk):
    worker = desk.city.worker("g1", name="王芳")
    place = desk.city.in_grid("g1")
    first = raise_call(worker, place, note="被狗追")
    expect(page.get_by_test_id("emergency-bar")).to_be_visible()
    assert page.evaluate(SHOWN) == []
    desk.boss.post(f"/sos/{first['id']}/acknowledge", {})
    desk.boss.post(f"/sos/{first['id']}/close", {"outcome": "helped", "note": "ok"})
    turn_on(page)
    assert_accessible(page, "notifications")
    page.reload()
    expect(page.get_by_test_id("live")).to_have_text("Live")
    other = desk.city.worker("g2", name="陈刚")
    call = raise_call(other, place, note="被狗追")
    eventually(lambda: page.evaluate("shown.length") == 1)
    (shown,) = page.evaluate(SHOWN)
    assert shown == {
        "title": "A worker calls for help",
        "body": "Open the supervisor console to see it",
        "tag": f"call-{call['id']}",
        "silent": False,
        "requireInteraction": True,
    }
    # A press on it leads to the place of the call; acknowledged, it goes.
    page.evaluate("shown[0].onclick()")
    expect(page.get_by_test_id("picture")).to_have_attribute("data-calls", "1")
    assert f"call={call['id']}" in page.url


def test_notification_follows_sound_switch_and_stays_away_while_page_is_in_front(page, desk):
    turn_on(page)
    page.get_by_test_id("alarm-sound").click()
    worker = desk.city.worker("g1", name="王芳")
    call = raise_call(worker, desk.city.in_grid("g1"))
    eventually(lambda: page.evaluate("shown.length") == 1)
    assert page.evaluate(SHOWN)[0]["silent"] is True
    desk.boss.post(f"/sos/{call['id']}/acknowledge", {})
    eventually(lambda: page.evaluate("shown[0].isClosed === true"))
    desk.boss.post(f"/sos/{call['id']}/close", {"outcome": "helped", "note": "ok"})
    page.evaluate("window.inFront = true")
    other = desk.city.worker("g2", name="陈刚")
    raise_call(other, desk.city.in_grid("g1"))
    expect(page.get_by_test_id("emergency-bar")).to_contain_text("陈刚")
    assert page.evaluate("shown.length") == 1
    # Turned off, nothing more comes.
    page.get_by_test_id("notification-switch").click()
    expect(page.get_by_test_id("notification-state")).to_have_text("In this browser: off")
