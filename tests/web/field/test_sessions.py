"""Passwords, sign-outs and two people at one browser: unsent work is lost only after a warning."""

import json
import urllib.error
import urllib.request
from functools import partial
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.waits import eventually
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import WASTE, report
from tests.web.pictures import DESK, PHONE, take_pictures

soon = partial(eventually, seconds=30)
NEW = "another long enough password"
AT_ONCE = "dispatchEvent(new Event('online'))"  # a round, whatever the page shows


def test_one_time_password_preserves_drafts_and_allows_sos(city, owner, phone, case):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    device.gate.shut()
    report(page, "护栏缺失", WASTE)
    device.tab("me")
    page.get_by_test_id("sos").click()
    page.get_by_test_id("sos-sure").click()
    expect(page.get_by_test_id("help-state")).to_have_attribute("data-state", "unsent")
    owner.execute(
        "update account set must_change_password = true, password_reset_at = now() where id = %s", (me.id,)
    )
    device.gate.open()
    page.evaluate(AT_ONCE)
    form = page.get_by_test_id("password-first")
    expect(form).to_be_visible()
    # A call for help is the one thing that the server takes before.
    soon(lambda: owner.execute("select 1 from sos where worker_id = %s", (me.id,)).fetchone())
    expect(page.get_by_test_id("help-state")).to_have_attribute("data-state", "raised")
    assert (device.held("queue"), device.held("dead")) == (2, 0)
    assert case("护栏缺失") is None
    assert serious_violations(page) == []
    take_pictures(page, "field-zh-CN-password", PHONE, DESK, is_whole=False)

    form.locator("[name=current]").fill("not this one")
    form.locator("[name=new]").fill(NEW)
    form.locator("button").click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    form.locator("[name=current]").fill(PASSWORD)
    form.locator("button").click()
    expect(page.get_by_test_id("duty")).to_be_visible()
    soon(lambda: case("护栏缺失"))
    device.synced()
    expect(page.get_by_test_id("failed")).to_have_count(0)
    assert device.stored_value("password_first") is None
    device.tab("tasks")
    device.tab("me")
    expect(page.get_by_test_id("password-reset")).to_contain_text("服务器运维人员重置了您账号的密码")


def test_unsent_work_is_discarded_only_after_warning_or_password(city, online, owner, phone):
    me, next_one = city.worker("g1"), city.worker("g2")
    device = phone()
    device.sign_in(me)
    page = device.page
    steps = count(1)

    def has_walked():
        """Take a step, since the phone keeps no position from before duty, and the browser may report each only once."""
        lon = device.place["lon"] + next(steps) / 1e5
        device.context.set_geolocation({"longitude": lon, "latitude": device.place["lat"], "accuracy": 8})
        return device.stored_value("last_position")

    soon(has_walked, every=0.5)
    device.gate.shut()
    report(page, "路灯歪斜", WASTE)
    device.tab("me")
    leave = page.get_by_test_id("sign-out")
    leave.click()
    expect(page.get_by_role("alert").filter(has_text="没有网络")).to_be_visible()
    # Online again, but the server accepts nothing yet: the earlier confirmation does not cover work added since.
    busy = {"status": 503, "json": {"code": "busy", "detail": "busy"}}
    device.context.route("**/sync/push", lambda route: route.fulfill(**busy))
    device.gate.open()
    leave.click()
    expect(page.get_by_test_id("would-lose")).to_contain_text("未发送 1 项")
    assert device.held("queue") == 1
    take_pictures(page, "field-zh-CN-would-lose", PHONE, DESK, is_whole=False)

    # Another page of the same browser, with the same session.
    beside = page.context.new_page()
    beside.goto(page.url.split("#")[0])
    expect(beside.get_by_test_id("duty")).to_be_visible()
    expect(beside.get_by_test_id("sync").locator("span")).not_to_have_text("同步中")
    beside.route("**/api/**", lambda route: route.abort())  # it sleeps, with the rows of the first worker
    # The session ends: positions are deleted, drafts stay, and no wrong password removes them.
    for some in online(me).get("/me/devices").json["items"]:
        if len(some["client_key"]) == 32:
            assert online(me).call("DELETE", f"/me/devices/{some['id']}").status_code == 204
    device.context.unroute("**/sync/push")
    page.evaluate(AT_ONCE)
    expect(page.locator("input[name=password]")).to_be_visible()
    assert device.stored_value("last_position") is None

    def enter(password):
        page.fill("input[name=username]", next_one.username)
        page.fill("input[name=password]", password)
        page.click("form button.main")
        page.get_by_role("button", name="丢弃并继续").click()

    enter("not this one at all")
    expect(page.get_by_role("alert")).to_have_count(1)
    assert (device.held("queue"), device.stored_value("owner")) == (1, me.username.lower())
    enter(PASSWORD)
    expect(page.get_by_test_id("duty")).to_be_visible()
    device.synced()
    assert (device.held("queue"), device.stored_value("owner")) == (0, next_one.username.lower())
    rows = device.held("row")

    # The other page wakes: it takes nothing from who is here now.
    beside.unroute("**/api/**")
    beside.get_by_test_id("tab-outbox").click()
    with beside.expect_response("**/api/v1/sync?*", timeout=30_000):
        beside.evaluate(AT_ONCE)
    expect(beside.locator(".page > button").first).to_be_enabled()
    assert (device.stored_value("session") or {}).get("account") == str(next_one.id)
    assert device.held("row") == rows
    expect(page.get_by_test_id("duty")).to_be_visible()


def test_copied_cookie_is_refused_and_wrong_clock_is_tolerated(city, online, phone):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    assert [session["has_key"] for session in online(me).get("/me/sessions").json["items"]].count(True) == 1
    [cookie] = page.context.cookies()
    door = f"http://127.0.0.1:{device.gate.port}/api/v1/auth/browser/refresh"
    headers = {"X-Gridward-Page": "field", "Cookie": f"{cookie['name']}={cookie['value']}"}
    with pytest.raises(urllib.error.HTTPError) as copied:
        urllib.request.urlopen(urllib.request.Request(door, method="POST", headers=headers), timeout=30)
    assert (copied.value.code, json.load(copied.value)["code"]) == (400, "proof_missing")
    # The page goes on with the key that it keeps, also where its clock is an hour ahead.
    page.add_init_script("const now = Date.now; Date.now = () => now() + 3_600_000;")
    page.reload()
    device.sync()
    assert page.context.cookies()[0]["value"] != cookie["value"]
    # Without the key the session is over here, and somebody signs in.
    page.evaluate("new Promise(done => { indexedDB.deleteDatabase('gridward-key').onsuccess = done; })")
    page.reload()
    expect(page.locator("input[name=password]")).to_be_visible()
    device.sign_in(me)


def test_worker_changes_own_password_on_page_me(city, online, phone):
    me = city.worker("g1")
    elsewhere = online(me)
    assert elsewhere.get("/me").status_code == 200
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("me")
    page.get_by_test_id("open-password").click()
    form = page.get_by_test_id("own-password")
    form.locator("[name=current]").fill("not this one")
    form.locator("[name=new]").fill(NEW)
    form.locator("button").click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    # Tall: what the header or the tabs cover on a small screen can be scrolled to, which axe does not do.
    page.set_viewport_size({"width": 360, "height": 2_400})
    assert serious_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 640})
    form.locator("[name=current]").fill(PASSWORD)
    form.locator("button").click()
    expect(page.get_by_role("status").filter(has_text="password was changed")).to_be_visible()
    # The session of this phone goes on; that of another device is over.
    device.sync()
    assert elsewhere.client.get("/api/v1/me", headers=elsewhere.bearer()).status_code == 401


def test_worker_ends_a_session_of_another_device(city, online, phone):
    me = city.worker("g1")
    elsewhere = online(me)
    assert elsewhere.get("/me").status_code == 200
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("me")
    page.get_by_test_id("to-sessions").click()
    this_phone = page.locator(".card").filter(has=page.get_by_test_id("this-session"))
    expect(this_phone).to_have_count(1)
    expect(this_phone).to_contain_text("Chrome")
    expect(this_phone.get_by_test_id("end-session")).to_have_count(0)
    others = page.get_by_test_id("end-session")
    expect(others).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 2_400})
    assert serious_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 640})
    take_pictures(page, "field-en-sessions", PHONE, is_whole=False)
    others.click()
    expect(others).to_have_count(0)
    expect(page.locator(".empty")).to_have_text("There are no other sessions.")
    assert elsewhere.client.get("/api/v1/me", headers=elsewhere.bearer()).status_code == 401
    device.sync()
