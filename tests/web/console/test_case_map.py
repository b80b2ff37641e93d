"""List and map as one view in a browser: the same filters, selection and address, and candidates beside the chosen case."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from tests.dispatch.acts import off_duty, stand
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.console.test_case_list import reported


@pytest.fixture
def desk(app, settings):
    return Desk.of(make_city(app, settings))


def open_map(page: Page, query: str = "") -> None:
    turn_to(page, f"map?{query}")
    expect(page.get_by_test_id("picture")).to_have_attribute("data-drawn", re.compile(r"\d"))


def expect_cases(page: Page, number: int) -> None:
    """The map marks as many cases as the list has, whatever the map shows of them."""
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(number)
    expect(page.get_by_test_id("picture")).to_have_attribute("data-drawn", str(number))


def rows_of(page: Page):
    return page.get_by_test_id("case-table").locator("tbody th a")


def press_place(page: Page, fraction=(0.5, 0.5)) -> None:
    canvas = page.locator(".map canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * fraction[0], "y": box["height"] * fraction[1]})


def test_row_and_mark_choose_the_same_case_and_the_address_keeps_it(console, desk):
    cases = reported(desk)
    numbers = [case["case_no"] for case in cases]
    page = console(who=desk.boss, language="en")
    open_map(page)
    picture, chosen = page.get_by_test_id("picture"), page.get_by_test_id("chosen")
    expect(rows_of(page)).to_have_text([numbers[n] for n in (1, 3, 0, 4, 2)])
    expect_cases(page, 5)
    # A press anywhere in the row.
    page.get_by_test_id("case-table").locator("tbody tr").nth(1).locator("td").last.click()
    expect(chosen).to_contain_text(numbers[3])
    place = desk.shown(cases[3])["location"]["coordinates"]
    expect(picture).to_have_attribute("data-chosen", ",".join(map(repr, place)))
    current = page.get_by_test_id("case-table").locator("tr[aria-current]")
    expect(current).to_contain_text(numbers[3])
    at = re.compile(r"[?&]at=[^&]+")
    page.wait_for_function("location.hash.includes('at=')")
    address = page.url
    assert at.search(address) and f"case={cases[3]['id']}" in address
    rows_of(page).nth(0).press("Enter")
    expect(chosen).to_contain_text(numbers[1])
    page.go_back()
    expect(chosen).to_contain_text(numbers[3])
    page.go_back()
    expect(chosen).to_have_count(0)
    page.go_forward()
    expect(chosen).to_contain_text(numbers[3])
    # Somebody else opens the address: the same case, at the same place of the map.
    other = console(who=desk.city.supervisor(), language="en")
    other.goto(address)
    expect(other.get_by_test_id("chosen")).to_contain_text(numbers[3])
    expect(other.get_by_test_id("picture")).to_have_attribute("data-drawn", re.compile(r"\d"))
    assert at.search(other.url)[0] == at.search(address)[0]
    # The mark in the middle of the map is that of the case.
    other.get_by_test_id("close-chosen").click()
    expect(other.get_by_test_id("chosen")).to_have_count(0)
    expect(other.get_by_test_id("picture")).to_have_attribute("data-chosen", "")
    other.wait_for_function("!location.hash.includes('case=')")
    press_place(other)
    expect(other.get_by_test_id("chosen")).to_contain_text(numbers[3])
    expect(other.get_by_test_id("case-table").locator("tr[aria-current]")).to_contain_text(numbers[3])
    assert_accessible(other, "case-map")


def test_filters_of_the_list_are_those_of_the_map(console, desk):
    cases = reported(desk)
    ended = desk.report(north_m=900)
    done = desk.boss.post(f"/incidents/{ended['id']}/transitions", {"action": "force_close", "note": "重复"})
    assert done.status_code == 200, done.json
    page = console(who=desk.boss, language="en")
    open_map(page)
    expect_cases(page, 5)
    page.get_by_test_id("only-overdue").check()
    expect_cases(page, 1)
    expect(page.locator("[name=overdue]")).to_be_checked()
    page.locator("[name=overdue]").uncheck()
    expect_cases(page, 5)
    # Filters that the server answers.
    page.locator("[name=q]").fill("积水 3")
    expect_cases(page, 1)
    expect(rows_of(page)).to_have_text([cases[3]["case_no"]])
    page.get_by_role("link", name="Clear", exact=True).click()
    expect_cases(page, 5)
    page.select_option("[name=status]", "any")
    expect_cases(page, 6)
    # The same as a list, and back.
    page.get_by_test_id("layout-cases").click()
    expect(page.get_by_test_id("cases").get_by_test_id("case-table").locator("tbody tr")).to_have_count(6)
    expect(page.get_by_test_id("picture")).to_have_count(0)
    page.get_by_test_id("layout-map").click()
    expect_cases(page, 6)


def begin_box(page):
    """Press *Draw a box*, and wait until the map takes the next drag, or the key Escape, for it."""
    page.get_by_test_id("draw-box").click()
    expect(page.get_by_test_id("draw-box")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".map canvas").first).to_have_css("cursor", "crosshair")


def test_list_follows_the_map_and_a_drawn_box(console, desk):
    near = [desk.report(north_m=10 * n, description=f"积水 {n}") for n in range(3)]
    far = desk.report(grid="g3", description="远处")
    page = console(who=desk.boss, language="en")
    open_map(page)
    expect_cases(page, 4)
    page.get_by_test_id("only-in-view").check()
    expect(rows_of(page)).to_have_count(4)
    rows_of(page).filter(has_text=far["case_no"]).click()
    expect(page.get_by_test_id("inview-count")).to_have_text("1")
    expect(rows_of(page)).to_have_text([far["case_no"]])
    assert "inview=true" in page.url
    page.get_by_test_id("only-in-view").uncheck()
    expect(rows_of(page)).to_have_count(4)
    # A box around the case in the middle.
    begin_box(page)
    box = page.locator(".map canvas").first.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0] - 60, middle[1] - 60)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 60, steps=4)
    page.mouse.up()
    expect(rows_of(page)).to_have_text([far["case_no"]])
    expect_cases(page, 1)
    assert "bbox=" in page.url
    expect(page.get_by_test_id("draw-box")).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("clear-box").click()
    expect(rows_of(page)).to_have_count(4)
    # A press is no box, and Escape ends drawing.
    begin_box(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("draw-box")).to_have_attribute("aria-pressed", "false")
    assert "bbox=" not in page.url and len(near) == 3


def test_selected_cases_are_marked_and_acted_on_together(console, desk):
    cases = [desk.report(north_m=300 * n, description=f"积水 {n}") for n in range(4)]
    page = console(who=desk.boss, language="en")
    open_map(page)
    picture = page.get_by_test_id("picture")
    expect(picture).to_have_attribute("data-selected", "0")
    for case in cases[:2]:
        page.get_by_test_id(f"choose-{case['case_no']}").check()
    expect(picture).to_have_attribute("data-selected", "2")
    expect(page.get_by_test_id("many-submit")).to_be_in_viewport(ratio=1)
    # The selection stays while a case is looked at, and in the list alone.
    rows_of(page).filter(has_text=cases[2]["case_no"]).click()
    expect(page.get_by_test_id("chosen").first).to_be_visible()
    expect(picture).to_have_attribute("data-selected", "2")
    page.get_by_test_id("layout-cases").click()
    expect(page.get_by_test_id("many").get_by_test_id("chosen")).to_contain_text("Selected: 2")
    page.get_by_test_id("layout-map").click()
    expect(page.get_by_test_id("picture")).to_have_attribute("data-selected", "2")
    page.get_by_test_id("choose-all").click()
    expect(page.get_by_test_id("picture")).to_have_attribute("data-selected", "4")
    page.get_by_test_id("many-act").select_option("note")
    page.get_by_test_id("many").locator("[name=note]").fill("Rain until evening")
    page.get_by_test_id("many-submit").click()
    expect(page.get_by_test_id("many-told")).to_contain_text("Done: 4. Not done: 0.")


@pytest.fixture
def waiting(desk):
    """A case that waits: its workers came on duty after it, and one of them went again."""
    case = desk.report(category="E0102", description="垃圾堆积三天")
    assert desk.shown(case)["waiting"], desk.shown(case)
    workers = {
        "王芳": desk.city.worker("g1", name="王芳"),
        "陈刚": desk.city.worker("g2", name="陈刚"),
        "周洋": desk.city.worker("g2", name="周洋"),
    }
    place = desk.city.in_grid("g1")
    for name, north in (("王芳", 0.004), ("陈刚", 0.012), ("周洋", 0.002)):
        stand(workers[name], place["lon"], place["lat"] + north)
    off_duty(workers["周洋"])
    return case, workers


def test_waiting_case_shows_candidates_beside_and_on_the_map_and_is_assigned(console, desk, waiting):
    case, workers = waiting
    page = console(who=desk.boss, language="en")
    open_map(page)
    rows_of(page).filter(has_text=case["case_no"]).click()
    table = page.get_by_test_id("candidates")
    wang = table.locator("tr", has_text="王芳")
    expect(wang).to_contain_text("Eligible")
    expect(wang).to_contain_text(re.compile(r"\d+ m"))
    expect(table.locator("tr", has_text="周洋")).to_contain_text("Not eligible")
    picture = page.get_by_test_id("picture")
    expect(picture).to_have_attribute("data-people", "0")
    assert "worker.locate" not in str(workers["王芳"].get("/me/audit").json)
    page.get_by_test_id("candidates-on-map").check()
    expect(page.get_by_test_id("candidates-drawn")).to_have_text("On the map: 2. Without a position: 2.")
    expect(picture).to_have_attribute("data-people", "2")
    acts = workers["王芳"].get("/me/audit").json["items"]
    (located,) = [act for act in acts if act["action"] == "worker.locate"]
    assert located["purpose"] == f"Choose a worker for case {case['case_no']}"
    assert "worker.locate" not in str(workers["周洋"].get("/me/audit").json)
    assert len([act for act in acts if act["action"] == "worker.compare"]) == 1
    assert_accessible(page, "case-map-candidates")
    wang.get_by_role("button", name="Assign to 王芳").click()
    form = page.get_by_test_id("act-form")
    expect(form.get_by_test_id("worker")).to_have_value(str(workers["王芳"].id))
    form.get_by_test_id("note").fill("Nearest")
    form.get_by_test_id("act-submit").click()
    expect(page.get_by_test_id("chosen").get_by_test_id("holder")).to_have_text("王芳")
    expect(page.get_by_test_id("explanation")).to_contain_text("王芳")
    # Form and table shared their request.
    compared = [
        act for act in workers["王芳"].get("/me/audit").json["items"] if act["action"] == "worker.compare"
    ]
    assert len(compared) <= 2
    page.get_by_test_id("close-chosen").click()
    expect(picture).to_have_attribute("data-people", "0")


def test_newcomer_finds_the_most_overdue_case_and_why_and_assigns_it(console, desk, waiting):
    """Only what the pages say is used: no address, and no test id but that of the menu."""
    case, _ = waiting
    reported(desk)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set due_at = now() - interval '3 days' where id = :id"), {"id": case["id"]}
        )
    page = console(who=desk.boss, language="en")
    page.get_by_role("link", name="Map").click()
    page.get_by_role("link", name="Overdue", exact=True).click()
    first = page.get_by_role("table").first.locator("tbody tr").first
    expect(first).to_contain_text(case["case_no"])
    expect(first).to_contain_text("Overdue")
    first.get_by_role("link", name=case["case_no"]).click()
    panel = page.get_by_role("region", name=re.compile(case["case_no"]))
    expect(panel.get_by_role("heading", name="Time taken")).to_be_visible()
    expect(panel).to_contain_text(re.compile("of waiting|has taken less than a minute"))
    panel.get_by_role("button", name="Assign to 王芳").click()
    form = page.get_by_role("form", name="Reassign")
    form.get_by_label("Note").fill("Flooded for three days")
    form.get_by_role("button", name="Submit").click()
    expect(form).to_have_count(0)
    assert desk.shown(case)["assignment"]["worker"]["name"] == "王芳"
    expect(page.get_by_role("table").first.locator("tbody tr").first).to_contain_text("王芳")


def test_phone_has_list_and_map_as_tabs_of_the_same_cases(console, desk):
    cases = reported(desk)
    page = console(who=desk.boss, language="en")
    page.set_viewport_size({"width": 360, "height": 740})
    open_map(page, "overdue=true")
    expect(page.get_by_test_id("case-table")).to_be_hidden()
    expect(page.get_by_test_id("layout-map").get_by_text("Map", exact=True)).to_be_visible()
    page.get_by_test_id("layout-cases").click()
    expect(rows_of(page)).to_have_text([cases[1]["case_no"]])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
