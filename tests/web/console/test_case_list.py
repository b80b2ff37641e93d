"""List of cases in a browser: order, totals, filters that apply at once, saved views, and the bar of bulk actions."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, turn_to

HOURS = [5, -3, None, 1, 40]


@pytest.fixture
def desk(app, settings):
    return Desk.of(make_city(app, settings))


def reported(desk):
    """Return cases whose deadlines are `HOURS` from now, in the order of their reports."""
    cases = [desk.report(north_m=200 * n, description=f"积水 {n}") for n in range(len(HOURS))]
    with db.transaction(SYSTEM) as session:
        for case, hours in zip(cases, HOURS, strict=True):
            at = None if hours is None else clock.now() + timedelta(hours=hours)
            session.execute(
                text("update incident set due_at = :at where id = :id"), {"at": at, "id": case["id"]}
            )
    return cases


def test_list_has_open_cases_by_deadline_with_totals_and_sorts(console, desk):
    cases = reported(desk)
    number = [case["case_no"] for case in cases]
    ended = desk.report(north_m=900)
    done = desk.boss.post(f"/incidents/{ended['id']}/transitions", {"action": "force_close", "note": "重复"})
    assert done.status_code == 200, done.json
    page = console(who=desk.boss, language="en")
    page.get_by_test_id("nav-cases").click()
    rows = page.get_by_test_id("case-table").locator("tbody th a")
    by_due = [number[n] for n in (1, 3, 0, 4, 2)]
    expect(rows).to_have_text(by_due)
    expect(page.get_by_test_id("totals")).to_have_text("5 open, 1 overdue")
    head = page.locator("th", has=page.get_by_test_id("sort-due_at"))
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_test_id("sort-due_at").click()
    expect(rows).to_have_text(by_due[::-1])
    expect(head).to_have_attribute("aria-sort", "descending")
    page.get_by_test_id("sort-reported_at").click()
    expect(rows).to_have_text(number)
    assert "sort=reported_at" in page.url
    assert_accessible(page, "case-list")
    # All states: the newest first, and nothing to sort by.
    page.select_option("[name=status]", "any")
    expect(rows).to_have_text([ended["case_no"], *number[::-1]])
    expect(page.get_by_test_id("totals")).to_have_text("6 in total, 5 open, 1 overdue")
    expect(page.locator("a.sort")).to_have_count(0)


def test_filters_apply_at_once_and_keep_the_typed_text(console, desk):
    cases = reported(desk)
    page = console(who=desk.boss, language="en")
    page.get_by_test_id("nav-cases").click()
    rows = page.get_by_test_id("case-table").locator("tbody th a")
    expect(rows).to_have_count(5)
    field = page.locator("[name=q]")
    field.press_sequentially("积水 3")
    expect(rows).to_have_text([cases[3]["case_no"]])
    expect(field).to_be_focused()
    expect(field).to_have_value("积水 3")
    expect(page.get_by_test_id("totals")).to_have_text("1 open, 0 overdue")
    page.locator("[name=overdue]").check()
    expect(page.get_by_test_id("case-table")).to_have_count(0)
    page.get_by_role("link", name="Clear", exact=True).click()
    expect(rows).to_have_count(5)
    expect(field).to_have_value("")
    expect(page.locator("[name=overdue]")).not_to_be_checked()


def test_view_is_saved_for_the_account_and_shared_by_its_address(console, desk):
    cases = reported(desk)
    page = console(who=desk.boss, language="en")
    turn_to(page, "cases?q=积水 4&sort=-due_at")
    rows = page.get_by_test_id("case-table").locator("tbody th a")
    expect(rows).to_have_text([cases[4]["case_no"]])
    page.get_by_test_id("save-view").click()
    page.locator("[name=view]").fill("Water in the north")
    page.locator("[name=view]").press("Enter")
    views = page.get_by_test_id("views")
    expect(views.locator("a[aria-current]")).to_have_text("Water in the north")
    views.get_by_role("link", name="Open, by due time").click()
    expect(rows).to_have_count(5)
    page.reload()
    views.get_by_role("link", name="Water in the north").click()
    expect(rows).to_have_text([cases[4]["case_no"]])
    address = page.url
    assert_accessible(page, "saved-view")
    views.get_by_role("button", name="Remove the view Water in the north").click()
    expect(page.get_by_test_id("saved-view")).to_have_count(0)
    # Somebody else opens the address and has no view of this account.
    other = console(who=desk.city.supervisor(), language="en")
    other.goto(address)
    expect(other.get_by_test_id("case-table").locator("tbody th a")).to_have_text([cases[4]["case_no"]])
    expect(other.get_by_test_id("saved-view")).to_have_count(0)


def test_bulk_actions_stay_in_view_above_a_long_list(console, desk):
    for n in range(30):
        desk.report(north_m=10 * n, description=f"积水 {n}")
    page = console(who=desk.boss)
    page.get_by_test_id("nav-cases").click()
    first = page.get_by_test_id("case-table").locator("input[data-testid^=choose-]").first
    first.check()
    button = page.get_by_test_id("many-submit")
    expect(button).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("chosen")).to_have_text(re.compile("已选 1 件"))
    page.mouse.wheel(0, 400)
    expect(button).to_be_in_viewport(ratio=1)
    page.get_by_test_id("choose-none").click()
    expect(page.get_by_test_id("many")).to_have_count(0)
    expect(first).not_to_be_checked()
