"""Households to tell a notice, in a browser: results at the door, lost answers, no network."""

import dataclasses

import pytest
from playwright.sync_api import expect

from app.media import service as media
from tests.factories import make_city
from tests.media.sending import photo, sent
from tests.notices.test_attachments import pdf
from tests.notices.world import NoticeWorld
from tests.web.axe import serious_violations
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme


@pytest.fixture
def city(app, settings):
    return make_city(app, settings)


@pytest.fixture
def world(city):
    return NoticeWorld(city)


def states(world, notice):
    counted = world.author.get(f"/notices/{notice['id']}/coverage").json["states"]
    return {state: count for state, count in counted.items() if count}


def test_worker_records_a_result_for_each_household_of_own_grids(city, world, phone):
    world.settle("g1", 4)
    world.settle("g2", 1)
    notice = world.published()
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-tell-list").click()
    cards = page.get_by_test_id("to-tell")
    expect(cards).to_have_count(4)
    expect(cards.first).to_contain_text("Water off")
    cards.first.locator("summary").click()
    expect(cards.first).to_contain_text("No water on Friday from 8 to 12.")
    take_pictures(page, "field-en-to-tell", (390, 844))
    assert serious_violations(page) == []
    for left, state in ((3, "told"), (2, "understood"), (1, "needs_help"), (0, "declined")):
        cards.first.get_by_test_id(f"result-{state}").click()
        expect(cards).to_have_count(left)
    expect(page.get_by_test_id("told")).to_contain_text("Declined")
    expect(page.get_by_text("No household is to be notified now")).to_be_visible()
    assert states(world, notice) == {
        "not_reached": 1,
        "told": 1,
        "understood": 1,
        "needs_help": 1,
        "declined": 1,
    }


def test_without_network_the_list_says_so_and_a_result_is_kept_on_the_page(city, world, phone):
    world.settle("g1", 1)
    notice = world.published()
    device = phone()
    device.sign_in(city.worker("g1"))
    page = device.page
    show_theme(page, "dark")
    device.tab("day")
    page.get_by_test_id("to-tell-list").click()
    card = page.get_by_test_id("to-tell")
    expect(card).to_contain_text("停水通知")
    take_pictures(page, "field-zh-to-tell-dark", (390, 844))
    assert serious_violations(page) == []
    device.gate.shut()
    card.get_by_test_id("result-told").click()
    expect(page.get_by_test_id("to-tell-trouble")).to_contain_text("没有网络")
    expect(card).to_have_count(1)
    device.tab("day")
    page.get_by_test_id("to-tell-list").click()
    expect(page.get_by_test_id("to-tell-trouble")).to_contain_text("没有网络")
    assert serious_violations(page) == []
    device.gate.open()
    page.get_by_test_id("read-again").click()
    card.get_by_test_id("result-told").click()
    expect(card).to_have_count(0)
    assert states(world, notice) == {"told": 1}


def test_result_whose_answer_was_lost_is_stored_once(city, world, owner, phone):
    (home,) = world.settle("g1", 1)
    world.published()
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-tell-list").click()
    lost, bodies = [], []

    def lose_first_answer(route):
        bodies.append(route.request.post_data_json)
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/receipts", lose_first_answer)
    card = page.get_by_test_id("to-tell")
    card.get_by_test_id("result-understood").click()
    expect(page.get_by_test_id("to-tell-trouble")).to_be_visible()
    page.wait_for_timeout(700)
    card.get_by_test_id("result-understood").click()
    expect(card).to_have_count(0)
    assert lost == [201]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    counted = "select count(*) from notice_event where household_id = %s and state = 'understood'"
    assert owner.execute(counted, (home,)).fetchone() == (1,)


def test_worker_opens_picture_and_document_of_a_notice(city, world, phone, folder, monkeypatch):
    world.settle("g1", 1)
    # The server of these tests stores files in its own folder.
    of_server = dataclasses.replace(city.settings, media_store=(folder / "media").as_uri())
    monkeypatch.setitem(city.app.extensions, "media_store", media.open_store(of_server))
    picture = sent(city, world.author, photo())
    document = sent(city, world.author, pdf(), kind="document")
    titles = {"zh": "停水范围", "en": "Map"}
    items = [{"media_id": media_id, "titles": titles} for media_id in (picture, document)]
    world.published(attachments=items)
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-tell-list").click()
    files = page.get_by_test_id("notice-file")
    expect(files).to_have_count(2)
    expect(files.last).to_have_text("Map (PDF, 1 kB)")
    files.first.click()
    expect(page.get_by_role("img", name="Map")).to_be_visible()
    with page.expect_download() as download:
        files.last.click()
    assert download.value.suggested_filename == "Map.pdf"
    assert serious_violations(page) == []
