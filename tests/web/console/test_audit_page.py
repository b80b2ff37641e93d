"""Audit page in a browser: sentences, filters, export, and a record of each reading."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from app.core.actor import Role
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible
from tests.web.dates import shown_time


def test_audit_page_lists_filters_and_exports_events_on_record(console, app, settings, step):
    # The browser is in Shanghai; the city is not.
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    desk = Desk.of(city)
    case = desk.report()
    assert step(desk.boss, case, "lock", note="等现场会").status_code == 200
    shown = desk.boss.post(
        f"/incidents/{case['id']}/reporter", {"purpose": "call_back", "explanation": "回访核实情况"}
    )
    assert shown.status_code == 200, shown.json
    auditor = city.person(Role.AUDITOR, area="s", name="审计员")
    page = console(who=auditor, lands_on="audit")
    # The only page of an auditor.
    expect(page.locator("#menu a")).to_have_count(1)
    events = page.get_by_test_id("events").locator("tbody tr")
    expect(events.filter(has_text="回访核实")).to_have_count(1)
    filters = page.get_by_test_id("audit-filters")
    filters.locator("[name=purpose]").fill("回访")
    filters.locator("button.main").click()
    expect(events).to_have_count(1)
    expect(events).to_contain_text("周主任")
    # On the clocks of the city, what is shown as well as what is asked.
    [read] = auditor.post("/audit/search", {"purpose": "回访"}).json["items"]
    at = datetime.fromisoformat(read["occurred_at"]).astimezone(ZoneInfo("America/New_York"))
    expect(events.locator("time")).to_have_text(shown_time(at))
    for hours, count in ((1, 0), (-1, 1)):
        filters.locator("[name=since]").fill(f"{at + timedelta(hours=hours):%Y-%m-%dT%H:%M}")
        filters.locator("button.main").click()
        expect(events).to_have_count(count)
    expect(filters.locator("[name=since]")).to_have_value(f"{at - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    filters.locator("[name=since]").fill("")
    filters.locator("button.main").click()
    expect(filters.locator("[name=since]")).to_have_value("")
    expect(events).to_have_count(1)
    assert_accessible(page, "audit-whole")
    filters.locator("[name=purpose]").fill("")
    filters.locator("button.main").click()
    locked = events.filter(has=page.locator("xpath=self::*[@data-action='incident.lock']"))
    expect(locked).to_have_count(1)
    locked.get_by_role("link", name="只看对此对象的操作").click()
    expect(events.filter(has_text="回访核实")).to_have_count(0)
    expect(page.get_by_text(f"对象：{case['case_no']}")).to_be_visible()
    sheet = page.get_by_test_id("audit-sheet")
    sheet.locator("[name=reason]").fill("年度审计")
    with page.expect_download() as saved:
        sheet.get_by_role("button").click()
    assert "incident.lock" in saved.value.path().read_text("utf-8-sig")
    # The auditor's own reading is audited as well.
    trail = (
        city.person(Role.ADMIN)
        .post("/audit/search", {"actor_id": str(auditor.id), "limit": 200})
        .json["items"]
    )
    assert {"audit.read", "audit.export"} <= {event["action"] for event in trail}
    assert [e["purpose"] for e in trail if e["action"] == "audit.export"] == ["年度审计"]
