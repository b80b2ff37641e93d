"""Notices in a browser: draft, preview, publication by two persons, coverage, replies, sheets on paper."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.core import clock
from app.core.ids import uuid7
from app.notices.rules.notices import CHANNELS, HOUSEHOLD_STATES, PURPOSES
from tests.factories import make_city
from tests.media.sending import finish, photo
from tests.nonempty import nonempty
from tests.notices.conftest import DOOR
from tests.notices.test_attachments import pdf
from tests.notices.test_large_notices import limit, run_job, store_one
from tests.notices.world import NoticeWorld, sql
from tests.web.console.desk import assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme

PHONE_DARK, DESK_LIGHT = (390, 844), (1280, 800)


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=DOOR)


@pytest.fixture
def world(city):
    return NoticeWorld(city)


def test_words_of_notices_have_all_codes_of_the_server():
    source = Path("web/console/src/words/notices.ts").read_text()
    for name, codes in (
        ("NOTICE_CHANNEL", CHANNELS),
        ("HOUSEHOLD_STATE", HOUSEHOLD_STATES),
        ("NOTICE_PURPOSE", PURPOSES),
    ):
        [table] = re.findall(rf"export const {name}: Pairs = \{{(.*?)\n\}};", source, re.DOTALL)
        assert set(re.findall(r"^  (\w+):", table, re.MULTILINE)) == set(nonempty(codes)), name


def receipt(world, notice, household, state):
    body = {"id": str(uuid7()), "state": state}
    answer = world.author.post(f"/notices/{notice['id']}/households/{household}/receipts", body)
    assert answer.status_code == 201, answer.json


def stored(world):
    """Return the notices of the city, the newest first."""
    return world.author.get("/notices").json["items"]


def field_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def fill_draft(page, world, title="Water off"):
    """Fill the form of a new notice in English, to dwellings of the grid g1."""
    form = page.get_by_test_id("notice-form")
    text = form.get_by_test_id("text-en")
    text.get_by_label("Title").fill(title)
    text.get_by_label("Text", exact=True).fill("No water on Friday.")
    form.locator("[name=purpose]").select_option("works")
    form.locator("[name=sender_area_id]").select_option(str(world.city.areas["s"]))
    form.get_by_test_id("add-area").select_option(str(world.city.areas["g1"]))
    form.locator("[name=premises_kinds][value=dwelling]").check()
    form.locator("[name=channels][value=paper]").check()
    form.locator("[name=valid_until]").fill(field_time(clock.now() + timedelta(days=14)))
    return form


def test_author_writes_changes_previews_and_publishes_a_notice(console, world):
    homes = world.settle("g1", 3)
    world.settle("g2", 1)
    world.opt_out(homes[0])
    page = console(who=world.author, language="en")
    page.get_by_test_id("nav-notices").click()
    expect(page.get_by_test_id("no-notices")).to_be_visible()
    page.get_by_test_id("new-notice").click()
    form = fill_draft(page, world)
    # Both units of the city belong to the street, none to a grid.
    unit = form.get_by_test_id("sending-unit")
    expect(unit.locator("option")).to_have_count(3)
    form.locator("[name=sender_area_id]").select_option(str(world.city.areas["g1"]))
    expect(unit.locator("option")).to_have_text(["None: the area itself"])
    form.locator("[name=sender_area_id]").select_option(str(world.city.areas["s"]))
    unit.select_option("roads")
    form.get_by_label("Code of another language").fill("ja")
    form.get_by_test_id("add-language").click()
    japanese = form.get_by_test_id("text-ja")
    japanese.get_by_label("Title").fill("断水")
    japanese.get_by_label("Text", exact=True).fill("金曜日は断水です。")
    assert_accessible(page, "notice-form")
    take_pictures(page, "notice-form-en", DESK_LIGHT)
    form.get_by_test_id("save-notice").click()

    # The preview names the number, by channel and by grid, and each household.
    expect(page.get_by_test_id("preview-households")).to_have_text("It reaches 2 households")
    expect(page.get_by_test_id("preview-channels")).to_have_text("Visit2Paper2")
    expect(page.get_by_test_id("preview-grids").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_test_id("previewed").locator("tbody tr")).to_have_count(2)
    page.get_by_test_id("preview-opted-out").click()
    expect(page.get_by_test_id("previewed").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_test_id("previewed").locator("a")).to_have_attribute("href", f"#/household/{homes[0]}")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_test_id("second-person")).to_contain_text("within 24 hours counts: at 200 households")
    assert_accessible(page, "notice-preview")
    take_pictures(page, "notice-preview-en", DESK_LIGHT)
    [notice] = stored(world)
    assert (notice["state"], sorted(notice["texts"])) == ("draft", ["en", "ja"])
    assert (notice["channels"], notice["premises_kinds"]) == (["visit", "paper"], ["dwelling"])
    assert notice["area_ids"] == [str(world.city.areas["g1"])]
    assert notice["unit_id"] == str(world.city.units["roads"])
    expect(page.get_by_test_id("notice-unit")).to_have_text("roads")

    page.get_by_test_id("edit-notice").click()
    form = page.get_by_test_id("notice-form")
    form.get_by_test_id("text-en").get_by_label("Title").fill("Water off on Friday")
    form.get_by_test_id("text-ja").get_by_role("button").click()
    expect(form.get_by_test_id("sending-unit").locator("option:checked")).to_have_text("roads")
    form.get_by_test_id("sending-unit").select_option("None: the area itself")
    form.get_by_test_id("save-notice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Water off on Friday")
    expect(page.get_by_test_id("notice-unit")).to_have_count(0)
    [notice] = stored(world)
    assert notice["unit_id"] is None
    assert sorted(notice["texts"]) == ["en"]

    publish = page.get_by_test_id("publish")
    expect(publish).to_have_text("Publish to 2 households")
    publish.click()
    assert stored(world)[0]["state"] == "draft"
    publish.click()
    expect(page.get_by_test_id("reached-share")).to_have_text("Reached: 0.0 % (0 of 2)")
    [notice] = stored(world)
    assert (notice["state"], notice["households"]) == ("published", 2)


def test_form_without_condition_addresses_the_area_of_the_sender(console, world):
    world.settle("g1", 1)
    world.settle("g2", 1)
    page = console(who=world.author, language="en")
    turn_to(page, "notice/new")
    form = fill_draft(page, world)
    form.locator("[name=premises_kinds][value=dwelling]").uncheck()
    form.locator(".chosen-areas button").click()
    form.get_by_test_id("save-notice").click()
    expect(page.get_by_test_id("preview-households")).to_have_text("It reaches 2 households")
    assert stored(world)[0]["area_ids"] == [str(world.city.areas["s"])]


def open_polygon_map(page):
    field = page.get_by_test_id("polygon-field")
    field.get_by_test_id("draw-polygon").click()
    expect(field.locator(".polygon-map[data-ready=true]")).to_be_visible()
    return field


def drawn_corners(field):
    return field.locator("button.corner")


def test_author_draws_a_polygon_by_mouse_and_the_notice_reaches_its_homes(console, world):
    inside = world.settle("g1", 2)
    world.settle("g2", 1)
    page = console(who=world.author, language="en")
    turn_to(page, "notice/new")
    form = fill_draft(page, world)
    form.locator(".chosen-areas button").click()
    field = open_polygon_map(page)
    place = field.get_by_test_id("polygon-map")
    # The map begins with the square street, 40 px from its upper and lower edge. Grid g1 is the north-western quarter.
    box = place.bounding_box()
    x, y = box["width"] / 2, box["height"] / 2
    west, east, north, south = x - y + 35, x - 3, 35, y - 3
    place.click(position={"x": west, "y": north})
    place.click(position={"x": east, "y": south})
    expect(field.get_by_test_id("polygon-corners")).to_have_text("A polygon needs at least three corners.")
    form.get_by_test_id("save-notice").click()
    assert stored(world) == []
    place.click(position={"x": west, "y": south})
    place.click(position={"x": east, "y": north})
    expect(field.get_by_test_id("polygon-corners")).to_have_text("4 corners")
    assert_accessible(page, "notice-polygon")
    take_pictures(page, "notice-polygon-en", DESK_LIGHT, PHONE_DARK)
    form.get_by_test_id("save-notice").click()

    expect(page.get_by_test_id("preview-households")).to_have_text("It reaches 2 households")
    [notice] = stored(world)
    assert (notice["area_ids"], notice["geometry"]["type"]) == ([], "MultiPolygon")
    assert len(notice["geometry"]["coordinates"][0][0]) == 5
    page.get_by_test_id("show-polygon").click()
    expect(page.locator(".polygon-map[data-ready=true]")).to_be_visible()
    expect(page.locator("button.corner")).to_have_count(0)
    reached = page.get_by_test_id("previewed").locator("tbody a")
    assert {a.get_attribute("href") for a in reached.all()} == {f"#/household/{home}" for home in inside}


def test_author_draws_changes_and_removes_a_polygon_by_keyboard(console, world):
    world.settle("g1", 1)
    page = console(who=world.author, language="en")
    turn_to(page, "notice/new")
    form = fill_draft(page, world)
    field = open_polygon_map(page)
    add = field.get_by_test_id("corner-at-centre")
    for n, key in ((1, "ArrowRight"), (2, "ArrowDown"), (3, "ArrowLeft")):
        add.press("Enter")
        corner = field.get_by_test_id(f"polygon-corner-{n}")
        corner.focus()
        for _ in range(4):
            page.keyboard.press(key)
        expect(corner).to_be_focused()
    expect(field.get_by_test_id("polygon-corners")).to_have_text("3 corners")
    form.get_by_test_id("save-notice").click()
    expect(page.get_by_test_id("preview-households")).to_be_visible()
    [notice] = stored(world)
    first = notice["geometry"]["coordinates"][0][0]
    assert len(first) == 4

    page.get_by_test_id("edit-notice").click()
    field = open_polygon_map(page)
    field.get_by_test_id("polygon-corner-3").press("ArrowUp")
    expect(field.get_by_test_id("polygon-corner-3")).to_be_focused()
    page.get_by_test_id("save-notice").click()
    expect(page.get_by_test_id("show-polygon")).to_be_visible()
    [notice] = stored(world)
    second = notice["geometry"]["coordinates"][0][0]
    assert first != second
    assert [at for at in first if at in second] != []

    page.get_by_test_id("edit-notice").click()
    field = open_polygon_map(page)
    field.get_by_test_id("polygon-corner-2").press("Delete")
    expect(drawn_corners(field)).to_have_count(2)
    field.get_by_test_id("remove-polygon").click()
    expect(drawn_corners(field)).to_have_count(0)
    page.get_by_test_id("save-notice").click()
    expect(page.get_by_test_id("preview-households")).to_be_visible()
    [notice] = stored(world)
    assert notice["geometry"] is None


def test_polygon_of_several_parts_stays_when_other_members_change(console, world):
    rings = [
        [[*map(list, world.city.box(*corners).exterior.coords)]] for corners in ((0, 1, 1, 2), (1, 0, 2, 1))
    ]
    geometry = {"type": "MultiPolygon", "coordinates": rings}
    world.settle("g1", 1)
    notice = world.draft(area_ids=[], geometry=geometry)
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    page.get_by_test_id("edit-notice").click()
    field = open_polygon_map(page)
    expect(field).to_contain_text("This polygon has several parts or holes.")
    field.get_by_test_id("polygon-map").click()
    expect(drawn_corners(field)).to_have_count(0)
    page.get_by_test_id("text-en").get_by_label("Title").fill("Water on again")
    page.get_by_test_id("save-notice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Water on again")
    assert stored(world)[0]["geometry"] == notice["geometry"]


def test_number_that_changed_is_refused_and_shown_again(console, world):
    world.settle("g1", 1)
    notice = world.draft()
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    publish = page.get_by_test_id("publish")
    expect(publish).to_have_text("Publish to 1 household")
    world.settle("g1", 1)
    publish.click()
    publish.click()
    expect(page.get_by_test_id("preview").get_by_role("alert")).to_be_visible()
    expect(publish).to_have_text("Publish to 2 households")
    assert stored(world)[0]["state"] == "draft"


def test_second_person_refuses_then_approves_from_200_households(console, world):
    world.settle("g1", 200)
    notice = world.draft()
    path = f"notice/{notice['id']}"
    page = console(who=world.author, language="en")
    turn_to(page, path)
    expect(page.get_by_test_id("second-person")).to_have_text(
        "From 200 households on, a second person approves before it is published."
    )
    rows = page.get_by_test_id("previewed").locator("tbody tr")
    expect(rows).to_have_count(50)
    first = rows.first.locator("a").get_attribute("href")
    page.get_by_test_id("next").click()
    expect(page.locator(f"[data-testid=previewed] a[href='{first}']")).to_have_count(0)
    expect(rows).to_have_count(50)
    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("waits")).to_contain_text("The author confirmed 200 households")
    expect(page.get_by_test_id("approve")).to_have_count(0)

    other = console(who=world.second, language="en")
    turn_to(other, path)
    expect(other.get_by_test_id("edit-notice")).to_have_count(0)
    assert_accessible(other, "notice-approval")
    take_pictures(other, "notice-approval-en", DESK_LIGHT)
    other.get_by_test_id("refusal").locator("summary").click()
    other.get_by_test_id("refuse").locator("input").fill("The time is missing")
    other.get_by_test_id("refuse").get_by_role("button").click()
    expect(other.get_by_test_id("decision")).to_contain_text("The time is missing")
    expect(other.get_by_test_id("publish")).to_have_count(0)
    assert stored(world)[0]["state"] == "draft"

    assert world.publish(notice)["state"] == "awaiting_approval"
    turn_to(other, "notices")
    other.get_by_test_id("notice-table").get_by_role("link").click()
    other.get_by_test_id("approve").locator("input").fill("Checked")
    other.get_by_test_id("approve").get_by_role("button", name="Approve for 200 households").click()
    expect(other.get_by_test_id("reached-share")).to_have_text("Reached: 0.0 % (0 of 200)")
    assert stored(world)[0]["state"] == "published"


def test_large_notice_shows_how_far_its_publication_is(app, console, world, monkeypatch):
    limit(app, monkeypatch, notice_request_households=3, notice_batch_addressees=4)
    world.settle("g1", 12)
    notice, withdrawn = world.published(), world.draft()
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    shown = page.get_by_test_id("publication").get_by_test_id("stored")
    expect(shown).to_have_text("0 of 12 households are prepared")
    expect(page.get_by_test_id("coverage")).to_have_count(0)
    assert store_one(world, notice) == 4
    # The page reads by itself.
    expect(shown).to_have_text("4 of 12 households are prepared")
    assert_accessible(page, "notice-publication")
    take_pictures(page, "notice-publication-en", DESK_LIGHT)
    turn_to(page, "notices")
    row = page.get_by_test_id("notice-table").locator("tbody tr", has_text="Being published")
    expect(row.get_by_test_id("stored")).to_have_text("4 of 12")
    expect(row.get_by_test_id("reached")).to_have_text("–")
    take_pictures(page, "notices-publishing-en", DESK_LIGHT)
    turn_to(page, f"notice/{notice['id']}")
    run_job(world)
    expect(page.get_by_test_id("reached-share")).to_have_text("Reached: 0.0 % (0 of 12)")
    expect(page.get_by_test_id("publication")).to_have_count(0)

    world.publish(withdrawn)
    assert store_one(world, withdrawn) == 4
    turn_to(page, f"notice/{withdrawn['id']}")
    page.get_by_test_id("withdrawal").locator("summary").click()
    page.get_by_test_id("withdraw").locator("input").fill("The wrong street")
    page.get_by_test_id("withdraw").get_by_role("button").click()
    text = "Withdrawn, so nobody is notified. The state of 4 of 12 households is recorded."
    expect(page.get_by_test_id("stored")).to_have_text(text)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    assert_accessible(page, "notice-withdrawn-dark")
    take_pictures(page, "notice-withdrawn-dark", PHONE_DARK)
    run_job(world)
    expect(page.get_by_test_id("withdrawn-reason")).to_contain_text("The wrong street")
    expect(page.get_by_test_id("reached-share")).to_have_text("Reached: 0.0 % (0 of 12)")


def test_rule_of_the_profile_is_the_number_that_the_page_names(console, app, settings):
    world = NoticeWorld(make_city(app, settings, profile={"notices": {"approval_from": 2}}))
    world.settle("g1", 2)
    notice = world.draft()
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    expect(page.get_by_test_id("second-person")).to_have_text(
        "From 2 households on, a second person approves before it is published."
    )


def test_coverage_leads_from_each_number_to_its_households(console, world):
    first, second, _third = world.settle("g1", 3)
    (other,) = world.settle("g2", 1)
    notice = world.published()
    for home, state in ((first, "understood"), (second, "needs_help"), (other, "told")):
        receipt(world, notice, home, state)
    page = console(who=world.author, language="en")
    turn_to(page, "notices")
    row = page.get_by_test_id("notice-table").locator("tbody tr")
    expect(row.get_by_test_id("reached")).to_have_text("75.0 % (3 of 4)")
    expect(row.get_by_role("link")).to_have_text("Water off")
    assert_accessible(page, "notices")
    take_pictures(page, "notices-en", DESK_LIGHT)
    row.get_by_role("link").click()
    # The grid with the lowest share comes first.
    grids = page.get_by_test_id("coverage-grids").locator("tbody tr")
    expect(grids).to_have_count(2)
    expect(grids.first.locator("td").nth(2)).to_have_text("66.7 %")
    states = page.get_by_test_id("coverage-states")
    states.get_by_role("link", name="Needs help: 1").click()
    table = page.get_by_test_id("addressee-table").locator("tbody tr")
    expect(table).to_have_count(1)
    expect(table.locator("a")).to_have_attribute("href", f"#/household/{second}")
    expect(table).to_contain_text(world.author.get("/me").json["name"])
    grids.first.get_by_role("link", name=re.compile("Reached: 2")).click()
    expect(table).to_have_count(2)
    expect(page.get_by_role("heading", level=3)).to_contain_text("Understood")
    assert_accessible(page, "notice-coverage")
    take_pictures(page, "notice-coverage-en", DESK_LIGHT)
    # The worker's "needs help" opened a case.
    expect(page.get_by_test_id("replies").locator("tbody tr")).to_have_count(1)
    page.get_by_test_id("withdrawal").locator("summary").click()
    page.get_by_test_id("withdraw").locator("input").fill("The pipe is repaired")
    page.get_by_test_id("withdraw").get_by_role("button").click()
    expect(page.get_by_test_id("withdrawn-reason")).to_contain_text("The pipe is repaired")
    expect(page.get_by_test_id("withdrawal")).to_have_count(0)


def test_reply_of_household_leads_to_its_case(console, city, world):
    (home,) = world.settle("g1")
    notice = world.published()
    url = world.author.post(f"/notices/{notice['id']}/households/{home}/link").json["url"]
    secret = url.rsplit("/", 1)[1]
    browser = city.app.test_client()
    sent = browser.post(f"/public/{city.code}/en/notices/{secret}/question", data={"words": "Until when?"})
    assert sent.status_code == 303, sent.text
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    row = page.get_by_test_id("reply-table").locator("tbody tr")
    expect(row).to_have_count(1)
    row.locator("a[href^='#/case/']").click()
    expect(page.get_by_test_id("case")).to_contain_text("Until when?")


def test_sheets_are_made_for_a_grid_and_not_before_the_press(console, world):
    world.settle("g1", 2)
    notice = world.published()
    page = console(who=world.author, language="en")
    turn_to(page, f"notice/{notice['id']}")
    page.get_by_test_id("to-sheets").click()
    expect(page.get_by_test_id("paper-sheets")).to_be_visible()
    coverage = f"/notices/{notice['id']}/coverage"
    assert world.author.get(coverage).json["states"]["sent"] == 0
    page.get_by_test_id("make-sheets").click()
    expect(page.get_by_test_id("sheet").locator(".code")).to_have_count(2)
    expect(page.get_by_test_id("make-sheets")).to_be_disabled()
    expect(page.get_by_test_id("print-sheets")).to_be_visible()
    assert world.author.get(coverage).json["states"]["sent"] == 2
    assert_accessible(page, "notice-sheets")
    take_pictures(page, "notice-sheets-en", DESK_LIGHT)


def test_worker_sees_coverage_without_decisions_and_pages_fit_a_dark_phone(console, world):
    (home, _other) = world.settle("g1", 2)
    notice = world.published()
    receipt(world, notice, home, "understood")
    world.draft()
    page = console(who=world.author, language="zh-CN")
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    turn_to(page, "notices")
    expect(page.get_by_test_id("notice-table")).to_contain_text("停水通知")
    expect(page.get_by_test_id("notice-table")).to_contain_text("50.0 %（1 / 2）")
    for name, path in (
        ("notices", "notices"),
        ("notice-coverage", f"notice/{notice['id']}?state=understood"),
        ("notice-preview", f"notice/{stored(world)[0]['id']}"),
        ("notice-form", "notice/new"),
    ):
        turn_to(page, path)
        page.wait_for_load_state("networkidle")
        expect(page.locator(".trouble")).to_have_count(0)
        take_pictures(page, f"{name}-zh-dark", PHONE_DARK)
        assert_accessible(page, f"{name}-zh-dark")
        page.set_viewport_size({"width": 390, "height": 844})
    other = console(who=world.city.worker("g1"), language="en", lands_on="my-work")
    turn_to(other, "notices")
    expect(other.get_by_test_id("new-notice")).to_have_count(0)
    other.get_by_test_id("notice-table").get_by_role("link").click()
    expect(other.get_by_test_id("reached-share")).to_have_text("Reached: 50.0 % (1 of 2)")
    expect(other.get_by_test_id("withdrawal")).to_have_count(0)


def test_author_attaches_picture_and_document_and_reads_them(console, world, city):
    world.settle("g1")
    page = console(who=world.author, language="en")
    page.get_by_test_id("nav-notices").click()
    page.get_by_test_id("new-notice").click()
    form = fill_draft(page, world)
    field = form.get_by_test_id("attachments-field")
    for name, kind, content in (("map.jpg", "image/jpeg", photo()), ("rules.pdf", "application/pdf", pdf())):
        count = field.get_by_test_id("attachment").count()
        field.get_by_test_id("add-file").set_input_files({"name": name, "mimeType": kind, "buffer": content})
        attached = field.get_by_test_id("attachment")
        expect(attached).to_have_count(count + 1)
        expect(attached.last).to_contain_text("Being checked")
        (received,) = sql("select id from media where state = 'received' order by created_at desc limit 1")
        assert finish(city, str(received.id)) == "ready"
        expect(attached.last).not_to_contain_text("Being checked")
    field.get_by_test_id("attachment").first.get_by_label("Title in English").fill("Map of the outage")
    assert_accessible(page, "notice-form")
    form.get_by_test_id("save-notice").click()
    files = page.get_by_test_id("notice-files")
    expect(files.locator("li")).to_have_count(2)
    expect(files).to_contain_text("PDF, 1 kB")
    with page.expect_download() as download:
        files.get_by_role("button", name="rules").click()
    assert download.value.suggested_filename == "rules.pdf"
    (notice,) = stored(world)
    assert [file["titles"]["en"] for file in notice["files"]] == ["Map of the outage", "rules"]
    page.get_by_test_id("edit-notice").click()
    field.get_by_test_id("attachment").last.get_by_role("button").click()
    form.get_by_test_id("save-notice").click()
    expect(files.locator("li")).to_have_count(1)
