"""Case page in a browser: it shows what the API returns, and its actions reach the API."""

import re
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from app.core import clock
from tests.factories import make_city
from tests.media.sending import photo, sent
from tests.web.console.desk import Desk, assert_accessible, choose_action, submit_with_reason, turn_to
from tests.web.console.test_page_accessibility import check_page
from tests.web.dates import shown_time

NEW_YORK = ZoneInfo("America/New_York")
VOICE = Path(__file__).parents[2] / "media" / "data" / "voice.ogg"


def test_case_page_shows_and_changes_everything_of_a_case(console, app, settings, step, accept):
    city = make_city(app, settings)
    desk = Desk.of(city)
    away = {
        "lon": city.in_grid("g1")["lon"],
        "lat": city.in_grid("g1")["lat"] + 0.01,
        "accuracy_m": 5,
        "age_s": 0,
    }
    # Where a step was taken is kept of whoever is on duty.
    begun = desk.teller.post(f"/workers/{desk.teller.id}/duty", {"on_duty": True})
    assert begun.status_code == 200, begun.json
    case = desk.report(fix=away)
    lead = city.handler("roads")
    assert accept(lead, case).status_code == 200
    extension = step(lead, case, "ask_extension", amount=2, note="等材料")
    assert extension.status_code == 200, extension.json
    joined = step(desk.boss, case, "add_unit", unit_id=str(city.units["cleaning"]), note="还要清淤")
    assert joined.status_code == 200, joined.json
    for kind, content in (("before", photo()), ("after", photo((200, 320))), ("voice", VOICE.read_bytes())):
        sent(city, desk.teller, content, kind=kind, incident=case["id"])
    alike = desk.report(north_m=20)

    page = console(who=desk.boss)
    turn_to(page, f"case/{case['id']}")
    timeline = page.get_by_test_id("timeline")
    # Who, when, why; and where from, as far as that was told.
    first = timeline.locator("li[data-action=report]")
    expect(first).to_contain_text("刘洋")
    expect(first.get_by_test_id("place-of-step")).to_contain_text(re.compile("距现场 11[01][0-9] 米"))
    expect(first.get_by_test_id("step-at")).to_contain_text(f"{away['lon']:.5f}, {away['lat']:.5f}")
    more_time = timeline.locator("li[data-action=ask_extension]")
    expect(more_time).to_contain_text("等材料")
    expect(more_time.locator(".detail")).to_contain_text(re.compile("申请 2 (小时|个自然日)"))

    # Photos by the keyboard alone: opened, turned, closed, and the focus is where it was.
    opener = page.get_by_test_id("photo-before")
    expect(opener.locator("img")).to_be_visible()
    opener.focus()
    page.keyboard.press("Enter")
    large = page.get_by_test_id("large")
    expect(large.get_by_role("status")).to_contain_text("第 1 张，共 2 张")
    expect(large.locator("img")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(large.get_by_role("status")).to_contain_text("处置后")
    assert check_page(page, "large photo") == []
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(opener).to_be_focused()
    page.get_by_test_id("play").click()
    sound = page.get_by_test_id("sound")
    expect(sound).to_be_visible()
    expect(sound).not_to_have_js_property("readyState", 0)
    assert sound.get_attribute("src").startswith("blob:")

    assert_accessible(page, "case-whole")

    # More time, decided where it stands.
    page.get_by_test_id("extension").get_by_role("button", name="同意延期", exact=True).click()
    submit_with_reason(page.get_by_test_id("act-form"), "同意，两天内办结")
    expect(page.get_by_test_id("extension")).to_have_count(0)
    expect(page.get_by_test_id("deadlines")).to_contain_text(re.compile("已延期 2 (小时|个自然日)"))
    assert desk.shown(case)["extended_count"] == 1
    # A unit's part is waived, with a reason.
    parts = page.get_by_test_id("parts")
    expect(parts).to_contain_text("cleaning")
    parts.get_by_test_id("waive").click()
    submit_with_reason(page.get_by_test_id("act-form"), "清淤另行安排")
    expect(parts).to_contain_text("已撤回")
    assert {p["state"] for p in desk.shown(case)["parts"] if p["part"] == "joint"} == {"withdrawn"}

    # What may be the same matter: linked, unlinked.
    beside = page.get_by_test_id("alike")
    row = beside.get_by_test_id("candidates-alike").locator("li")
    expect(row).to_contain_text([alike["case_no"]])
    expect(row).to_contain_text(["20 m"])
    beside.get_by_test_id(f"link-{alike['case_no']}").click()
    submit_with_reason(beside.get_by_test_id("alike-form"), "同一处积水", "reason")
    unlink = beside.get_by_test_id(f"unlink-{alike['case_no']}")
    expect(unlink).to_be_visible()
    assert [other["id"] for other in desk.shown(case)["linked"]] == [alike["id"]]
    unlink.click()
    submit_with_reason(beside.get_by_test_id("alike-form"), "不是一处", "reason")
    expect(unlink).to_have_count(0)
    assert desk.shown(case)["linked"] == []
    # Said once more, by telephone.
    page.locator("summary", has_text="上报记录").click()
    again = page.get_by_test_id("again")
    again.locator("input").fill("又有居民来电")
    again.get_by_role("button").click()
    expect(page.locator("summary", has_text="上报记录 (2)")).to_be_visible()
    assert desk.shown(case)["report_count"] == 2
    # Put right: another category, and its limits with it.
    correct = page.get_by_test_id("correct")
    correct.locator("summary").click()
    correct.locator("[name=category]").select_option("0101")
    submit_with_reason(correct.locator("form"), "是井盖")
    expect(timeline.locator("li[data-action=recategorise]")).to_contain_text("是井盖")
    assert desk.shown(case)["category"] == "0101"

    # The other one is ended in this one, and taken out again.
    turn_to(page, f"case/{alike['id']}")
    page.get_by_test_id(f"merge-{case['case_no']}").click()
    submit_with_reason(page.get_by_test_id("alike-form"), "重复", "reason")
    out = page.get_by_test_id(f"take_me_out-{alike['case_no']}")
    expect(out).to_be_visible()
    assert desk.shown(alike)["same_as"]["id"] == case["id"]
    out.click()
    submit_with_reason(page.get_by_test_id("alike-form"), "还是两件事", "reason")
    expect(out).to_have_count(0)
    assert desk.shown(alike)["same_as"] is None
    # On paper.
    page.get_by_role("link", name="打印", exact=True).click()
    expect(page.get_by_test_id("sheet")).to_contain_text(alike["case_no"])


def test_case_page_offers_end_reasons_and_shows_contest(console, app, settings, step, accept):
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    desk = Desk.of(city)
    worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = desk.report(category="E0102", description="垃圾堆积")
    assert accept(worker, case).status_code == 200
    fed = step(worker, case, "feed_back", note="已清").json
    assert accept(other, fed).status_code == 200
    assert step(other, fed, "check", result="pass").status_code == 200
    contested = step(desk.teller, case, "contest", note="第二天又堆上了")
    assert contested.status_code == 200, contested.json
    page = console(who=desk.boss, language="en")
    turn_to(page, f"case/{case['id']}")
    expect(page.get_by_test_id("beside")).to_contain_text("Contested 1 time by the reporter")
    expect(page.locator("li[data-action=contest]")).to_contain_text("第二天又堆上了")
    # A time is meant by the clocks of the city, wherever the browser is.
    choose_action(page, "supervise")
    form = page.get_by_test_id("act-form")
    until = clock.now().astimezone(NEW_YORK).replace(hour=9, minute=30) + timedelta(days=3)
    form.locator("[name=until]").fill(f"{until:%Y-%m-%dT%H:%M}")
    submit_with_reason(form, "before the inspection")
    expect(page.locator("li[data-action=supervise]")).to_contain_text(shown_time(until, "en"))
    events = [
        e
        for e in desk.boss.get(f"/incidents/{case['id']}/events").json["items"]
        if e["action"] == "supervise"
    ]
    assert f"{until.astimezone(UTC):%Y-%m-%dT%H:%M}" in str(events)
    choose_action(page, "force_close")
    form.get_by_test_id("reason").select_option("handled_elsewhere")
    submit_with_reason(form, "passed on to the city")
    expect(page.get_by_test_id("beside")).to_contain_text("Handled through another channel")
    ended = desk.shown(case)
    assert (ended["status"], ended["ended_reason"]) == ("force_closed", "handled_elsewhere")
