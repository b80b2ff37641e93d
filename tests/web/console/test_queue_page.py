"""Supervision queue in a browser: each waiting case is decided there, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from app.core.ids import uuid7
from app.profiles import service as profiles
from tests.exchange.exporting import few_homes
from tests.factories import PASSWORD, make_city
from tests.ogc.conftest import make_premises
from tests.web.console.desk import Desk, assert_accessible, submit_with_reason

MODES = profiles.packaged_profile("generic")["modes"]
RULES = {
    "modes": MODES | {"normal": MODES["normal"] | {"propose": {"categories": ["E0102"], "minutes": 60}}},
    "lifecycle": {"verify": {"categories": ["0101"]}},
}


def tab_to(page: Page, testid: str, most: int = 120) -> None:
    """By the keyboard alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == testid:
            return
    pytest.fail(f"{testid} is not reached by Tab")


def test_queue_page_decides_every_kind_by_keyboard(console, app, settings, step, accept):
    city = make_city(app, settings, profile=RULES)
    desk = Desk.of(city)
    worker = city.worker("g1", name="王芳")
    unseen = worker.post(
        "/incidents", {"category": "0101", "description": "井盖松动", **city.in_grid("g1")}
    ).json
    proposed = desk.report(category="E0102", description="垃圾堆积")
    delayed = desk.report()
    lead = city.handler("roads")
    assert accept(lead, delayed).status_code == 200
    assert step(lead, delayed, "ask_extension", amount=2, note="等配件").status_code == 200
    contest = worker.post("/me/figures/load/contest", {"words": "不是我办的"})
    assert contest.status_code < 300, contest.json
    call = desk.teller.post("/sos", {"id": str(uuid7()), "note": "摔伤了", **city.in_grid("g3")})
    assert call.status_code == 201, call.json
    for n in range(3):
        make_premises(city, city.in_grid("g1"), f"文三路 {n} 号")
    with few_homes(app, 2):
        body = {"collection": "premises", "format": "csv", "query": {}, "purpose": "消防检查"}
        run = city.person(Role.GIS, area="s").post("/exports", body)
    assert run.json["state"] == "awaiting_approval", run.json

    page = console(who=desk.boss)
    # Out and in again, and to the decision, by the keyboard alone.
    expect(page.locator("h1")).to_be_focused()  # a page that has just come takes the focus
    tab_to(page, "sign-out")
    page.get_by_test_id("sign-out").press("Enter")
    expect(page.get_by_test_id("signin")).to_be_visible()
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "username":
            break
    page.keyboard.type(desk.boss.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "nav-decisions")
    page.get_by_test_id("nav-decisions").press("Enter")
    waiting = page.get_by_test_id("decisions")
    row = waiting.get_by_test_id(f"decide-{delayed['case_no']}")
    expect(row).to_contain_text(re.compile("申请延期 2 (小时|个自然日)"))
    expect(page.locator("h1")).to_be_focused()
    assert_accessible(page, "decisions-whole")
    tab_to(page, "decide-grant_extension")
    page.get_by_test_id("decide-grant_extension").press("Enter")
    expect(row.get_by_test_id("note")).to_be_focused()
    page.keyboard.type("同意，两小时内办结")
    tab_to(page, "act-submit", 5)
    page.get_by_test_id("act-submit").press("Enter")
    expect(row).to_have_count(0)
    assert (desk.shown(delayed)["extended_count"], desk.shown(delayed)["extension"]) == (1, None)

    # Who is proposed is asked.
    of_case = waiting.get_by_test_id(f"decide-{proposed['case_no']}")
    expect(of_case).to_contain_text("王芳")
    of_case.get_by_test_id("decide-confirm").click()
    submit_with_reason(of_case.get_by_test_id("act-form"), "就近")
    expect(of_case).to_have_count(0)
    assert desk.shown(proposed)["assignment"]["worker"]["id"] == str(worker.id)
    # What nobody could verify is filed.
    to_file = waiting.get_by_test_id(f"decide-{unseen['case_no']}")
    to_file.get_by_test_id("decide-file").click()
    submit_with_reason(to_file.get_by_test_id("act-form"), "照片清楚，予以立案")
    expect(to_file).to_have_count(0)
    assert desk.shown(unseen)["status"] not in ("collected", "verifying")
    # The worker's contest of a figure.
    figure = waiting.get_by_test_id(f"contest-{contest.json['id']}")
    expect(figure).to_contain_text("不是我办的")
    figure.locator("[name=reason]").fill("核对属实")
    figure.get_by_role("button", name="成立，不再计入").click()
    expect(figure).to_have_count(0)
    assert desk.boss.get("/supervision/contests").json["items"] == []
    # Somebody calls for help.
    cry = waiting.get_by_test_id(f"call-{call.json['id']}")
    expect(cry).to_contain_text("摔伤了")
    cry.get_by_test_id("take-care").click()
    expect(cry).to_contain_text("周主任")
    cry.locator("[name=outcome]").select_option("services_called")
    cry.get_by_test_id("close-call").click()
    expect(cry).to_have_count(0)
    closed = desk.boss.get(f"/sos/{call.json['id']}").json
    assert closed["acknowledged"]["by"]["id"] == str(desk.boss.id)
    assert closed["closed"]["outcome"] == "services_called"
    # The second person for many homes.
    many = waiting.get_by_test_id(f"approval-{run.json['id']}")
    expect(many).to_contain_text("消防检查")
    many.locator("[name=note]").fill("同意")
    many.get_by_test_id("approve").click()
    expect(many).to_have_count(0)
    export = desk.boss.get(f"/exports/{run.json['id']}").json
    assert (export["state"], export["decided_by"]["id"]) == ("waiting", str(desk.boss.id))
