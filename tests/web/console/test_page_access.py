"""Menu, start page and addresses by role: what the menu offers never refuses, and what it does not offer says so."""

import re

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.web.console.desk import assert_accessible, turn_to

# What each role sees first, and some pages that it cannot open.
STARTS = {
    Role.HANDLER: ("my-work", "board"),
    Role.WORKER: ("my-work", "accounts"),
    Role.GRID_CHIEF: ("my-work", "workers"),
    Role.GIS: ("map", "cases"),
    Role.ANALYST: ("my-account", "figures"),
    Role.AUDITOR: ("audit", "board"),
    Role.SUPERVISOR: ("board", None),
}


# The page of areas begins with the choice of one.
PAGES = {"areas": "pick-areas"}


@pytest.mark.parametrize("role", STARTS)
def test_menu_offers_only_pages_that_do_not_refuse(console, street, role):
    start, refused = STARTS[role]
    place = {"unit": "cleaning"} if role is Role.HANDLER else {"area": "s"}
    page = console(who=street.city.person(role, **place), language="en", lands_on=start)
    answers = []
    page.on("response", lambda answer: answers.append((answer.status, answer.url)))
    names = [
        entry.get_attribute("href").removeprefix("#/") for entry in page.locator("#menu a[href^='#/']").all()
    ]
    for name in [*names, "my-account"]:
        turn_to(page, name)
        page.get_by_test_id(PAGES.get(name, name)).wait_for()
        page.wait_for_load_state("networkidle")
        expect(page.locator(".trouble"), name).to_have_count(0)
    assert [answer for answer in answers if answer[0] == 403] == []
    if refused:
        assert refused not in names
        turn_to(page, refused)
        expect(page.get_by_test_id("refused-page")).to_contain_text("Your roles do not include this page")
        page.get_by_test_id("to-start").click()
        page.get_by_test_id(start).wait_for()
    else:
        assert len(names) >= 15


def test_handler_sees_queue_of_own_unit(console, street):
    handler = street.city.handler("roads")
    case = street.report("g2", category="0101", description="井盖松动")
    page = console(who=handler, language="en", lands_on="my-work")
    table = page.get_by_test_id("my-work-table")
    assert page.get_by_test_id("to-field-app").get_attribute("href") == "../field/"
    assert_accessible(page, "my-work")
    table.get_by_role("link", name=case["case_no"]).click()
    expect(page.get_by_test_id("case").get_by_test_id("lead")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".trouble")).to_have_count(0)


def test_unknown_address_says_so_and_leads_on(console):
    page = console(language="en")
    turn_to(page, "bord")
    unknown = page.get_by_test_id("unknown-page")
    expect(unknown).to_contain_text("Page not found")
    expect(page).to_have_title(re.compile("Page not found"))
    assert_accessible(page, "unknown-page")
    unknown.get_by_test_id("to-start").click()
    page.get_by_test_id("board").wait_for()


def test_members_without_figure_explain_how_to_choose_one(console):
    page = console(language="en")
    for path in ("kept", "members"):
        turn_to(page, path)
        expect(page.get_by_test_id("no-figure")).to_contain_text("No figure was chosen")
        expect(page.locator(".trouble")).to_have_count(0)
