"""What the public sees of a case, as a person decides it in a browser: words, photos with black boxes, the waiting list."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.factories import make_city
from tests.media.sending import photo, sent
from tests.public.conftest import DOOR
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme

PHONE_DARK, DESK_LIGHT = (390, 844), (1280, 800)
SIZE = (640, 400)


@pytest.fixture
def desk(app, settings):
    return Desk.of(make_city(app, settings, profile=DOOR))


def case_with_photos(desk, many=2, **fields):
    case = desk.report("g1", category="E0102", **fields)
    ids = [
        sent(desk.city, desk.teller, photo(SIZE, with_exif=False), kind="near", incident=case["id"])
        for _ in range(many)
    ]
    return case, ids


def public_photo(desk, case, media_id):
    path = f"/public/{desk.city.code}/en/cases/{case['id']}/photos/{media_id}"
    return desk.city.app.test_client().get(path)


def test_person_releases_words_and_photo_with_black_boxes(console, desk, app):
    case, (first, second) = case_with_photos(desk, description="垃圾堆积，联系张先生 13800001111")
    page = console(who=desk.boss, language="en")
    turn_to(page, "to-release")
    row = page.get_by_test_id("to-release-table").locator("tr", has_text=case["case_no"])
    expect(row).to_contain_text("words and 2 photos")
    assert_accessible(page, "to-release")
    take_pictures(page, "screens-to-release-en", DESK_LIGHT)
    row.get_by_role("link").click()
    section = page.get_by_test_id("publication")
    state = section.get_by_test_id("publication-state")
    expect(state).to_contain_text("No words are released. Photos released: 0 of 2.")
    # The number is marked in the words of the report, and left out of the words that are proposed.
    expect(section.get_by_test_id("reported-words").locator("mark")).to_have_text("13800001111")
    section.locator("[name=has_words]").check()
    expect(section.locator("[name=words]")).to_have_value("垃圾堆积，联系张先生 ●●●")
    section.locator("[name=words]").fill("垃圾堆积 13800001111")
    expect(section.get_by_test_id("telephone-warning").locator("mark")).to_have_text("13800001111")
    section.locator("[name=words]").fill("垃圾堆积")
    expect(section.get_by_test_id("telephone-warning").locator("mark")).to_have_count(0)
    item = section.get_by_test_id(f"release-photo-{first}")
    item.get_by_test_id("blacken").click()
    editor = page.get_by_test_id("box-editor")
    canvas = editor.get_by_test_id("box-canvas")
    expect(canvas.locator("img")).to_be_visible()
    frame = canvas.bounding_box()
    # From the middle of the red quarter to beyond the left edge of the photo.
    page.mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.1, frame["y"] + frame["height"] * 0.4, steps=4)
    page.mouse.move(frame["x"] - 20, frame["y"] + frame["height"] * 0.5, steps=4)
    page.mouse.up()
    expect(editor.get_by_test_id("box-count")).to_have_text("1 box")
    # By keys alone: a second box is added, moved, made larger, and a third one removed.
    editor.get_by_test_id("add-box").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    editor.get_by_test_id("box-2").focus()
    page.keyboard.press("Delete")
    expect(editor.get_by_test_id("box-count")).to_have_text("2 boxes")
    editor.get_by_test_id("box-1").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert_accessible(page, "box-editor")
    take_pictures(page, "screens-box-editor-en", DESK_LIGHT)
    editor.get_by_test_id("save-boxes").click()
    expect(editor).to_have_count(0)
    expect(item.get_by_test_id("photo-state")).to_have_text("Not released · 2 boxes")
    assert public_photo(desk, case, first).status_code == 404
    item.get_by_role("checkbox").check()
    section.get_by_test_id("save-release").click()
    expect(section.get_by_test_id("told")).to_have_text("The decision was saved.")
    expect(state).to_contain_text("Words are released. Photos released: 1 of 2.")
    expect(item.get_by_test_id("photo-state")).to_have_text("Released · 2 boxes")
    section.scroll_into_view_if_needed()
    take_pictures(page, "screens-publication-en", DESK_LIGHT)

    shown = Image.open(io.BytesIO(public_photo(desk, case, first).data)).convert("RGB")
    black = [
        (x, y) for x in range(0, SIZE[0], 8) for y in range(0, SIZE[1], 8) if max(shown.getpixel((x, y))) < 24
    ]
    assert (8, 120) in black  # drawn by the mouse, up to the edge
    assert (8, 64) not in black
    assert (336, 200) in black  # moved by keys: 0.5 to 0.7 of the width
    assert (300, 200) not in black
    assert (336, 240) in black  # made larger, from 0.2 to 0.22 of the height
    assert public_photo(desk, case, second).status_code == 404
    href = section.get_by_test_id("public-page").get_attribute("href")
    answer = app.test_client().get(href)
    assert answer.status_code == 200
    assert "垃圾堆积" in answer.text
    assert "13800001111" not in answer.text
    turn_to(page, "to-release")
    expect(page.get_by_test_id("nothing-waits")).to_be_visible()


def test_case_page_in_chinese_hides_case_and_is_dark_and_narrow(console, desk, app):
    case, _ = case_with_photos(desk, 1)
    page = console(who=desk.boss)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    turn_to(page, "to-release")
    expect(page.get_by_test_id("to-release-table")).to_contain_text("文字、照片 1 张")
    take_pictures(page, "screens-to-release-zh-dark", PHONE_DARK)
    turn_to(page, f"case/{case['id']}")
    section = page.get_by_test_id("publication")
    section.locator("[name=is_hidden]").check()
    section.get_by_test_id("save-release").click()
    expect(section.get_by_test_id("publication-state")).to_contain_text("案卷已隐藏")
    expect(section.get_by_test_id("public-page")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    section.scroll_into_view_if_needed()
    take_pictures(page, "screens-publication-zh-dark", PHONE_DARK)
    section.get_by_test_id("blacken").click()
    expect(page.get_by_test_id("box-canvas").locator("img")).to_be_visible()
    take_pictures(page, "screens-box-editor-zh-dark", PHONE_DARK, is_whole=False)
    page.keyboard.press("Escape")
    assert_accessible(page, "case-dark")
    assert app.test_client().get(f"/public/{desk.city.code}/zh/cases/{case['id']}").status_code == 404


def test_case_that_is_never_public_says_so(console, desk):
    case = desk.report("g1", category="E0603")
    page = console(who=desk.boss, language="en")
    turn_to(page, f"case/{case['id']}")
    expect(page.get_by_test_id("publication-state")).to_have_text(re.compile("never public"))
    expect(page.get_by_test_id("release-form")).to_have_count(0)


def test_reader_without_permission_sees_no_section(console, desk):
    case = desk.report("g2", category="0101")
    page = console(who=desk.city.handler("roads"), language="en", lands_on="my-work")
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    turn_to(page, f"case/{case['id']}")
    expect(page.get_by_test_id("lead")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("publication")).to_have_count(0)
    assert not [url for url in urls if "publication" in url]
