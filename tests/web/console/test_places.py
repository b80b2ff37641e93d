"""A place is typed instead of pointed at: on the page of a new case, on the map, and in a correction."""

import re

import pytest
from playwright.sync_api import expect

from app.core.ids import uuid7
from tests.factories import make_city
from tests.places.conftest import moved, register
from tests.web.console.desk import Desk, assert_accessible, turn_to


@pytest.fixture
def desk(app, settings):
    city = make_city(app, settings)
    register(city, "g1", address="古荡路12号3单元501室", dx=60)
    register(city, "g1", address="古荡路120号", dx=-60)
    register(city, "g2", address="天目街7号", kind="shop", name="幸福超市")
    return Desk.of(city)


def type_place(page, text: str, choice: str) -> None:
    """Type into the search for places, and choose one of what it finds."""
    page.get_by_test_id("place-search").fill(text)
    option = page.get_by_test_id("place-found").filter(has_text=choice).first
    expect(option).to_be_visible()
    option.click()


def test_new_case_has_the_place_that_was_typed(console, desk):
    page = console(who=desk.boss, language="en")
    turn_to(page, "cases")
    page.get_by_test_id("new-case-link").click()
    expect(page.get_by_test_id("new-case")).to_be_visible()
    page.get_by_test_id("send-case").click()
    page.locator("[name=category]").select_option("0102")
    page.locator("[name=description]").fill("路灯不亮")
    page.get_by_test_id("send-case").click()
    expect(page.get_by_test_id("chosen-place")).to_contain_text("Search for a place")
    # By keyboard and pinyin: the first suggestion is the whole number.
    field = page.get_by_test_id("place-search")
    field.fill("gudanglu12")
    expect(page.get_by_test_id("place-found").first).to_contain_text("12 Gudang Rd")
    assert_accessible(page, "console-en-new-case")
    field.press("ArrowDown")
    expect(page.get_by_test_id("place-found").nth(1)).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    field.press("Enter")
    expect(page.get_by_test_id("chosen-place")).to_contain_text("12 Gudang Rd")
    place = moved(desk.city.in_grid("g1"), 60, 0)
    expect(page.get_by_test_id("place-map")).to_have_attribute(
        "data-at", re.compile(rf"^{str(place['lon'])[:7]}")
    )
    page.get_by_test_id("send-case").click()
    expect(page.get_by_test_id("place")).to_contain_text("12 Gudang Rd")
    (case,) = desk.boss.get("/incidents").json["items"]
    assert case["location"]["coordinates"] == pytest.approx([place["lon"], place["lat"]], abs=1e-6)


def test_new_case_takes_a_place_that_is_pressed_on_the_map(console, desk):
    page = console(who=desk.boss, language="zh-CN")
    turn_to(page, "new-case")
    page.locator("[name=description]").fill("井盖松动")
    canvas = page.locator(".map canvas")
    expect(canvas).to_be_visible()
    page.wait_for_function("document.querySelector('[data-testid=place-map] canvas')")
    type_place(page, "幸福超市", "幸福超市")
    expect(page.get_by_test_id("chosen-place")).to_contain_text("幸福超市")
    expect(page.get_by_test_id("place-map")).to_have_attribute("data-at", re.compile(r"\d"))
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2 + 40, "y": box["height"] / 2})
    expect(page.get_by_test_id("chosen-place")).to_contain_text("附近")
    page.get_by_test_id("send-case").click()
    expect(page.get_by_test_id("place")).to_contain_text("幸福超市附近")


def test_search_on_the_map_moves_it_to_the_place(console, desk):
    page = console(who=desk.boss, language="zh-CN")
    turn_to(page, "map")
    expect(page.get_by_test_id("picture")).to_have_attribute("data-drawn", re.compile(r"\d"))
    type_place(page, "天目街7", "天目街7号")
    place = desk.city.in_grid("g2")
    page.wait_for_function(
        f"location.hash.includes('{place['lat']:.3f}') || location.hash.includes('{place['lon']:.3f}')"
    )


def test_list_case_and_correction_show_the_place_in_words(console, desk):
    case = desk.report(**moved(desk.city.in_grid("g1"), 60, 35))
    page = console(who=desk.boss, language="zh-CN")
    turn_to(page, "cases")
    expect(page.get_by_test_id("case-table")).to_contain_text("古荡路12号附近，35 米")
    turn_to(page, f"case/{case['id']}")
    expect(page.get_by_test_id("place")).to_contain_text("古荡路12号附近，35 米")
    page.get_by_test_id("correct").locator("> summary").click()
    type_place(page, "天目街7号", "天目街7号")
    page.get_by_test_id("correct").locator("[name=note]").fill("看错了地方")
    page.get_by_test_id("correct").locator("button.main").click()
    expect(page.get_by_test_id("place")).to_contain_text("幸福超市")


def test_call_for_help_names_the_place(console, desk):
    worker = desk.city.worker("g1")
    page = console(who=desk.boss, language="en")
    place = moved(desk.city.in_grid("g1"), 60, 20)
    assert worker.post("/sos", {"id": str(uuid7()), **place}).status_code == 201
    expect(page.get_by_test_id("call-place").first).to_contain_text("near 12 Gudang Rd, 20 m")
