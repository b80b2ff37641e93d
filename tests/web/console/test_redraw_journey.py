"""Journey of somebody new to it: redraws the border between two grids from the map, by mouse and by keyboard."""

import math

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.factories import make_city
from tests.web.axe import structure_violations
from tests.web.console.test_page_accessibility import check_page
from tests.web.pictures import DESK, PHONE, take_pictures

# The map leaves so many pixels around the area that it shows.
PADDING_PX = 40
MOST_TABS = 90


def tab_to(page, testid, *, back=False):
    """Press Tab until an element has the focus, as somebody without a mouse has to."""
    for _ in range(MOST_TABS):
        if page.evaluate("document.activeElement.dataset.testid") == testid:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"{testid} is not reached by {MOST_TABS} times Tab")


def open_areas(page):
    page.get_by_test_id("nav-areas").click()
    page.get_by_test_id("pick-areas").wait_for()
    drawn = page.get_by_test_id("areas-picture")
    expect(drawn).to_have_attribute("data-drawn", "2", timeout=30_000)
    return drawn


def middle_of(picture):
    box = picture.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, begin, end):
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def test_border_redrawn_from_map_by_mouse(console, app, settings):
    city = make_city(app, settings)
    boss = city.supervisor()
    for grid in ("g1", "g2"):
        city.worker(grid)
    page = console(who=boss)
    picture = open_areas(page)
    assert check_page(page, "pick-areas") == []
    assert structure_violations(page) == []
    take_pictures(page, "redraw-zh-CN-1-pick", DESK, PHONE)

    # The pointer on the western half marks the western community in the list; a press opens its grids.
    x, y = middle_of(picture)
    page.mouse.move(x - 60, y)
    item = page.get_by_test_id("pick-list").locator("li.pointed")
    expect(item).to_have_text("区c1调整其网格边界")
    page.mouse.click(x - 60, y)
    page.wait_for_url(f"**areas?parent={city.areas['c1']}")
    expect(page.get_by_test_id("trail")).to_contain_text("区s")
    expect(picture).to_have_attribute("data-drawn", "2", timeout=30_000)

    # A press on the northern grid selects it in the list too.
    x, y = middle_of(picture)
    north, south = (page.get_by_test_id(f"area-{city.code}-{grid}") for grid in ("g1", "g2"))
    page.mouse.click(x, y + 100)
    expect(south).to_have_attribute("aria-pressed", "true")
    page.mouse.click(x, y - 100)
    expect(north).to_have_attribute("aria-pressed", "true")

    # The middle of the border is pulled, and by mistake also a corner at the edge, inwards.
    apply, reason = page.get_by_test_id("apply"), page.get_by_test_id("apply-reason")
    changes, outcome = page.get_by_test_id("changes"), page.get_by_test_id("dry-run-result")
    drag(page, (x, y), (x, y - 40))
    expect(changes).to_have_text("2 个区域将一起改变。")
    expect(reason).to_have_text("不能应用：请先对当前图形试运行。")
    box = picture.bounding_box()
    high = box["height"] - 2 * PADDING_PX
    # The community is twice as high as wide, in degrees.
    west = x - high * math.cos(math.radians(city.lat + 0.02)) / 4
    top = box["y"] + PADDING_PX
    drag(page, (west, top), (west + 30, top + 30))
    expect(page.get_by_test_id("corners").get_by_role("button")).to_have_count(5)
    page.get_by_test_id("dry-run").click()
    expect(outcome).to_have_text("试运行：1 处错误")
    fault = page.get_by_test_id("finding-land_lost")
    expect(fault).to_contain_text("出现空缺：原有土地无区域覆盖")
    expect(fault.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(apply).to_be_disabled()
    expect(reason).to_have_text("不能应用：有 1 处错误。请改正后再次试运行。")
    expect(page.get_by_test_id("areas")).not_to_contain_text("已完成")
    assert check_page(page, "faulty redraw") == []
    take_pictures(page, "redraw-zh-CN-2-fault", DESK, PHONE)

    # Undone: the result belongs to an earlier drawing, and the dry run of this one has no fault.
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("result-means")).to_have_text("试运行之后图形又有改动，以下是此前图形的结果。")
    expect(reason).to_have_text("不能应用：试运行之后图形又有改动，请再次试运行。")
    take_pictures(page, "redraw-zh-CN-3-outdated", DESK, PHONE)
    page.get_by_test_id("dry-run").click()
    expect(outcome).to_have_text("试运行：没有错误")
    take_pictures(page, "redraw-zh-CN-4-ready", DESK, PHONE)
    page.locator("[name=reason]").fill("按新路调整")
    apply.click()
    expect(page.get_by_test_id("said")).to_have_text("已应用；原区划保留在历史中。")
    expect(apply).to_be_disabled()
    for grid in ("g1", "g2"):
        versions = boss.get(f"/areas/{city.areas[grid]}/history").json["items"]
        assert [version["reason"] for version in versions[1:]] == ["按新路调整"]


def test_border_redrawn_from_map_by_keyboard(console, app, settings):
    city = make_city(app, settings)
    boss = city.supervisor()
    for grid in ("g1", "g2"):
        city.worker(grid)
    page = console(who=boss, language="en")
    open_areas(page)
    take_pictures(page, "redraw-en-1-pick", DESK, PHONE)
    tab_to(page, f"pick-{city.code}-c1")
    expect(page.get_by_test_id("pick-list").locator("li.pointed")).to_have_text("Area c1Redraw its grids")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**areas?parent={city.areas['c1']}")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    # A corner is made on the shared border and moved; a corner at the edge is moved out of the community.
    tab_to(page, f"area-{city.code}-g1")
    page.keyboard.press("Enter")
    corners = page.get_by_test_id("corners").get_by_role("button")
    expect(corners).to_have_count(4)
    labels = [corner.get_attribute("aria-label") for corner in corners.all()]
    first, second = (n for n, label in enumerate(labels, 1) if "shared with Area g2" in label)
    start = first if second == first + 1 else second
    tab_to(page, f"corner-{start}")
    page.keyboard.press("Insert")
    expect(corners).to_have_count(5)
    tab_to(page, f"corner-{start + 1}")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("said")).to_contain_text("Area g2 changed too.")
    outer = next(
        n for n, corner in enumerate(corners.all(), 1) if "shared" not in corner.get_attribute("aria-label")
    )
    tab_to(page, f"corner-{outer}", back=outer < start + 1)
    # In the north-west or north-east: up is out.
    page.keyboard.press("ArrowUp")
    tab_to(page, "dry-run")
    page.keyboard.press("Enter")
    outcome, reason = page.get_by_test_id("dry-run-result"), page.get_by_test_id("apply-reason")
    expect(outcome).to_have_text("Dry run: 1 fault")
    expect(page.get_by_test_id("findings").get_by_role("heading")).to_be_focused()
    expect(page.get_by_test_id("finding-outside_parent")).to_contain_text("Lies outside the parent area")
    expect(reason).to_have_text("Cannot be applied: there is 1 fault. Mend it, then run the dry run again.")
    take_pictures(page, "redraw-en-2-fault", DESK, PHONE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("finding-outside_parent").get_by_role("button")).to_be_focused()

    # Mended, tried again, and applied.
    tab_to(page, f"corner-{outer}", back=True)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("findings")).to_contain_text("Out of date")
    take_pictures(page, "redraw-en-3-outdated", DESK, PHONE)
    tab_to(page, "dry-run")
    page.keyboard.press("Enter")
    expect(outcome).to_have_text("Dry run: no faults")
    expect(reason).to_have_text("The dry run found no faults: this drawing can be applied.")
    take_pictures(page, "redraw-en-4-ready", DESK, PHONE)
    tab_to(page, "redraw-reason", back=True)
    page.keyboard.type("The new road")
    tab_to(page, "apply")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("said")).to_have_text(
        "Applied. The areas as they were before stay in the history."
    )
    for grid in ("g1", "g2"):
        versions = boss.get(f"/areas/{city.areas[grid]}/history").json["items"]
        assert [version["reason"] for version in versions[1:]] == ["The new road"]


def test_areas_picker_leads_from_district_to_street_and_back(console, app, settings):
    city = make_city(app, settings)
    page = console(who=city.supervisor("d"))
    page.get_by_test_id("nav-areas").click()
    links = page.get_by_test_id("pick-list").get_by_role("link")
    expect(links).to_have_text(["区s"])
    links.click()
    expect(links).to_have_text(["区c1", "区c2"])
    page.get_by_test_id("redraw-these").click()
    expect(page.get_by_test_id("area-list").get_by_role("button")).to_have_text(["区c1", "区c2"])
    page.get_by_test_id("trail").get_by_role("link", name="区d").click()
    expect(links).to_have_text(["区s"])


def test_areas_picker_lists_own_areas_when_account_has_several(console, app, settings):
    city = make_city(app, settings)
    boss = city.supervisor("c1")
    city.grant(boss, Role.SUPERVISOR, area="c2")
    page = console(who=boss)
    page.get_by_test_id("nav-areas").click()
    expect(page.get_by_test_id("pick-list").get_by_role("link")).to_have_text(["区c1", "区c2"])
    page.get_by_test_id(f"pick-{city.code}-c2").click()
    expect(page.get_by_test_id("area-list").get_by_role("button")).to_have_text(["区g3", "区g4"])
    page.get_by_test_id("trail").get_by_role("link").click()
    expect(page.get_by_test_id("pick-list").get_by_role("link")).to_have_count(2)
