"""The header of every page (call for help, duty), tabs by permission, and errors in words."""

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.factories import PASSWORD
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import send, soon
from tests.web.pictures import PHONE, take_pictures

# Delete a file from the cache of the service worker, and return how many there were.
FORGET = """async (name) => {
    let count = 0;
    for (const key of await caches.keys()) {
        const cache = await caches.open(key);
        for (const request of await cache.keys())
            if (request.url.includes(`/${name}-`)) count += await cache.delete(request);
    }
    return count;
}"""
# Text twice as large: what is wider than the screen or than its box.
OVERFLOWING = """() => [...document.querySelectorAll("main *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 0.5)
    .map((one) => one.outerHTML.slice(0, 120))"""
PAGES = ("#/", "#/day", "#/visits", "#/report", "#/outbox", "#/me", "#/figures")


def test_every_page_has_call_for_help_and_duty(city, online, owner, phone):
    me, boss = city.worker("g1", on_duty=False), online(city.supervisor())
    device = phone("en")
    device.sign_in(me)
    page = device.page
    start = page.url.split("#")[0]
    for hash_ in PAGES:
        page.goto(start + hash_)
        expect(page.locator("h1")).to_be_visible()
        expect(page.get_by_test_id("sos")).to_be_in_viewport()
        expect(page.get_by_test_id("duty")).to_contain_text("Off duty")
        page.evaluate("document.documentElement.style.fontSize = '34px'")
        assert page.evaluate(OVERFLOWING) == [], hash_
        page.evaluate("document.documentElement.style.fontSize = ''")
    # The focus goes to the heading for screen readers, without a ring.
    assert page.locator("h1").evaluate("h1 => getComputedStyle(h1).outlineStyle") == "none"

    # On duty from any page, in two touches, and back.
    page.goto(start + "#/report")
    latest = "select upper_inf(during) from duty where worker_id = %s order by lower(during) desc limit 1"
    for state, on_duty in (("On duty", True), ("Off duty", False)):
        page.get_by_test_id("duty").click()
        page.get_by_test_id("turn-duty-here").click()
        expect(page.get_by_test_id("duty")).to_contain_text(state)
        expect(page.get_by_test_id("duty-panel")).to_have_count(0)
        soon(lambda on_duty=on_duty: owner.execute(latest, (me.id,)).fetchone() == (on_duty,))
    expect(page.locator("h1")).to_have_text("Report")

    # The call for help from the page where the worker is; its state follows on all others.
    device.gate.shut()
    page.get_by_test_id("sos").hover()
    page.mouse.down()
    state = page.get_by_test_id("help-state")
    expect(state).to_have_attribute("data-state", "unsent")
    page.mouse.up()
    take_pictures(page, "field-en-sos-unsent", PHONE, is_whole=False)
    assert serious_violations(page) == []
    device.tab("tasks")
    expect(state).to_be_in_viewport()
    device.gate.open()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(state).to_have_attribute("data-state", "raised")
    [call] = boss.get("/sos").json["items"]
    assert call["worker"]["id"] == str(me.id)


def test_tabs_and_pages_follow_permissions(city, online, owner, phone):
    handler = city.handler()
    device = phone()
    device.sign_in(handler)
    page = device.page
    tabs = page.locator("nav a")
    expect(tabs).to_have_count(3)
    for name in ("report", "day"):
        expect(page.get_by_test_id(f"tab-{name}")).to_have_count(0)
    expect(page.get_by_test_id("sos")).to_have_count(0)
    page.goto(page.url.split("#")[0] + "#/report")
    expect(page.get_by_text("您的角色不包括上报")).to_be_visible()
    expect(page.get_by_test_id("send-report")).to_have_count(0)
    # A second role opens the tab, without signing in again.
    city.grant(handler, Role.WORKER, area="g1")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_test_id("tab-report")).to_be_visible()
    expect(page.get_by_test_id("send-report")).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"status": 503, "json": {"code": "unavailable", "detail": "x"}}, "服务器繁忙"),
        ({"status": 429, "headers": {"Retry-After": "90"}, "json": {"code": "throttled"}}, "2 分钟后"),
    ],
)
def test_sign_in_tells_in_words_that_server_is_busy(city, phone, answer, text):
    device = phone()
    page = device.page
    page.route("**/auth/browser/token", lambda route: route.fulfill(**answer))
    page.fill("input[name=username]", "somebody")
    page.fill("input[name=password]", PASSWORD)
    page.click("form button.main")
    expect(page.get_by_role("alert")).to_contain_text(text)
    expect(page.get_by_role("alert")).not_to_contain_text(answer["json"]["code"])


def test_page_whose_code_is_missing_says_so_and_loads_on_retry(city, online, phone):
    me = city.worker("g1")
    send(online(city.worker("g2")), city.in_grid("g1"), "楼道堆物")
    device = phone()
    page = device.page
    device.sign_in(me)
    # Neither the cache of the service worker nor the network has it.
    assert page.evaluate(FORGET, "figures") == 1
    device.context.new_cdp_session(page).send("Network.clearBrowserCache")
    device.gate.shut()
    page.goto(page.url.split("#")[0] + "#/figures")
    missing = page.get_by_test_id("code-missing")
    expect(missing).to_contain_text("尚未载入本机")
    device.gate.open()
    missing.locator("button").click()
    expect(page.get_by_test_id("figure-load")).to_be_visible()
