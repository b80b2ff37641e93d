"""Households to tell a notice, in a browser: offline, then online; conflicts, lost answers, languages, files."""

import dataclasses

import pytest
from playwright.sync_api import expect

from app.media import service as media
from tests.factories import make_city
from tests.media.sending import photo, send
from tests.notices.test_attachments import pdf
from tests.notices.test_states import receipt
from tests.notices.world import TEXTS, NoticeWorld
from tests.sync.test_notice_tasks import published
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import soon
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme

SIZE = (390, 844)
STREET = "浙江省杭州市西湖区古荡街道古荡社区古荡小区"


@pytest.fixture
def city(app, settings):
    return make_city(app, settings)


@pytest.fixture
def world(city):
    return NoticeWorld(city)


def states(world, notice):
    counted = world.author.get(f"/notices/{notice['id']}/coverage").json["states"]
    return {state: count for state, count in counted.items() if count}


def settled(world, *rooms):
    """Register a home in g1 for each room; return the ids of their households."""
    return [world.settle("g1", address=f"{STREET}{room}")[0] for room in rooms]


def at_list(device, person):
    """Sign in, and open the households to tell; return the page and its cards."""
    device.sign_in(person)
    open_list(device)
    return device.page, device.page.get_by_test_id("to-tell")


def open_list(device):
    device.tab("day")
    device.page.get_by_test_id("to-tell-list").click()


def test_results_are_recorded_offline_and_sent_with_the_network(city, world, phone):
    settled(world, "3幢2单元301", "3幢1单元102", "5幢401", "6幢101", "7幢101")
    world.settle("g2", 1)
    notice = published(world)
    device = phone("en", has_profile=True)
    page, cards = at_list(device, city.worker("g1"))
    expect(cards).to_have_count(5)
    device.gate.shut()
    device.stop()
    page = device.start()
    device.tab("day")
    expect(page.get_by_test_id("to-tell-list")).to_contain_text("To tell: 5 households")
    page.get_by_test_id("to-tell-list").click()
    cards = page.get_by_test_id("to-tell")
    expect(cards).to_have_count(5)
    expect(page.get_by_test_id("building")).to_have_count(4)
    third = page.get_by_test_id("building").filter(has_text="3幢")
    expect(third.get_by_test_id("to-tell")).to_have_count(2)
    expect(cards.first).to_contain_text("Water off")
    cards.first.locator("summary").click()
    expect(cards.first.get_by_test_id("tell-words")).to_have_text("No water on Friday from 8 to 12.")
    take_pictures(page, "field-en-to-tell", SIZE)
    assert serious_violations(page) == []
    for left, state in ((4, "told"), (3, "understood"), (2, "needs_help"), (1, "declined")):
        cards.first.get_by_test_id(f"result-{state}").click()
        expect(cards).to_have_count(left)
    recorded = page.get_by_test_id("recorded-list").locator("summary")
    expect(recorded).to_have_text("Recorded, to be sent: 4")
    expect(page.get_by_test_id("told")).to_contain_text("Declined")
    recorded.click()
    expect(page.get_by_test_id("recorded").first).to_contain_text("Declined")
    expect(page.get_by_test_id("waiting")).to_have_text("Unsent: 4")
    take_pictures(page, "field-en-to-tell-recorded", SIZE)
    assert serious_violations(page) == []
    assert states(world, notice) == {"not_reached": 6}
    device.tab("outbox")
    expect(page.get_by_test_id("waits")).to_have_count(4)
    expect(page.get_by_test_id("waits").first).to_contain_text("Telling a notice")

    device.gate.open()
    device.sync()
    results = dict.fromkeys(("told", "understood", "needs_help", "declined"), 1)
    assert states(world, notice) == {"not_reached": 2} | results
    (reply,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    assert reply["incident"]["category"] == "unclassified"
    soon(lambda: device.held("queue") == 0)
    open_list(device)
    expect(cards).to_have_count(1)
    expect(page.get_by_test_id("recorded")).to_have_count(0)
    cards.first.get_by_test_id("result-told").click()
    expect(page.get_by_text("No household is to be notified now")).to_be_visible()
    device.synced()
    assert states(world, notice) == results | {"not_reached": 1, "told": 2}


def test_result_that_was_not_sent_is_taken_back(city, world, phone):
    settled(world, "3幢301")
    notice = published(world)
    device = phone()
    page, cards = at_list(device, city.worker("g1"))
    device.gate.shut()
    cards.get_by_test_id("result-declined").click()
    expect(cards).to_have_count(0)
    page.get_by_test_id("recorded-list").locator("summary").click()
    page.get_by_test_id("take-back").click()
    expect(cards).to_have_count(1)
    cards.get_by_test_id("result-understood").click()
    show_theme(page, "dark")
    expect(page.get_by_test_id("recorded-list").locator("summary")).to_have_text("已登记，待发送 1 条")
    take_pictures(page, "field-zh-to-tell-recorded-dark", SIZE)
    assert serious_violations(page) == []
    device.gate.open()
    device.sync()
    assert states(world, notice) == {"understood": 1}


def test_worker_reads_who_told_a_household_meanwhile_and_others_leave(city, world, phone):
    mine, theirs, later = settled(world, "3幢301", "3幢302", "3幢303")
    notice, withdrawn = published(world), published(world, purpose="health")
    device = phone()
    page, cards = at_list(device, city.worker("g1"))
    expect(cards).to_have_count(6)
    device.gate.shut()
    other = city.worker("g1", name="李娜")
    receipt(other, notice, mine, "told")
    receipt(other, notice, theirs, "told")
    world.author.post(f"/notices/{withdrawn['id']}/withdraw", {"reason": "wrong day"})
    home = cards.filter(has_text="301")
    expect(home).to_have_count(2)
    for left in (1, 0):
        home.first.get_by_test_id("result-understood").click()
        expect(home).to_have_count(left)
    device.gate.open()
    device.sync()
    open_list(device)
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("303")
    notes = page.get_by_test_id("tell-warnings")
    expect(notes).to_contain_text("李娜 已先告知该住户")
    expect(notes).to_contain_text("该告知此前已撤回")
    show_theme(page, "dark")
    take_pictures(page, "field-zh-to-tell-warned-dark", SIZE)
    assert serious_violations(page) == []
    show_theme(page, "light")
    take_pictures(page, "field-zh-to-tell-warned", SIZE)
    page.get_by_test_id("tell-warnings-seen").click()
    expect(notes).to_have_count(0)
    assert states(world, notice) == {"understood": 1, "told": 1, "not_reached": 1}
    assert later


def test_result_whose_answer_was_lost_is_stored_once(city, world, owner, phone):
    (home,) = settled(world, "3幢301")
    published(world)
    device = phone("en")
    page, cards = at_list(device, city.worker("g1"))
    lost: list[int] = []
    bodies: list[list[str]] = []

    def lose_first_answer(route):
        bodies.append([op["op_id"] for op in route.request.post_data_json["ops"]])
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/sync/push", lose_first_answer)
    with page.expect_event("requestfailed"):
        cards.get_by_test_id("result-understood").click()
    assert lost == [200]
    expect(page.get_by_test_id("recorded-list")).to_contain_text("Recorded, to be sent: 1")
    device.sync()
    assert len(bodies) >= 2 and bodies[0] == bodies[1]
    counted = "select count(*) from notice_event where household_id = %s and state = 'understood'"
    assert owner.execute(counted, (home,)).fetchone() == (1,)


def test_text_is_read_in_the_language_of_the_household(city, world, phone):
    settled(world, "3幢301", "3幢302")
    french = {"title": "Coupure d'eau", "text": "Pas d'eau vendredi."}
    published(world, texts=TEXTS | {"fr": french})
    device = phone()
    page, cards = at_list(device, city.worker("g1"))
    device.gate.shut()
    cards.first.locator("summary").click()
    choice = cards.first.get_by_test_id("tell-language")
    assert choice.locator("option").all_inner_texts() == ["中文", "English", "français"]
    expect(cards.first.get_by_test_id("tell-words")).to_have_text(TEXTS["zh"]["text"])
    choice.select_option("fr")
    words = cards.first.get_by_test_id("tell-words")
    expect(words).to_have_text(french["text"])
    expect(words).to_have_attribute("lang", "fr")
    take_pictures(page, "field-zh-to-tell", SIZE)
    show_theme(page, "dark")
    take_pictures(page, "field-zh-to-tell-dark", SIZE)
    assert serious_violations(page) == []
    # The other household keeps its language, and this one keeps the chosen one.
    expect(cards.last).to_contain_text("停水通知")
    page.reload()
    expect(cards.first).to_contain_text("Coupure d'eau")


def test_notice_is_told_on_the_page_of_a_visit_too(city, world, phone):
    settled(world, "3幢301")
    notice = published(world)
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-visits").click()
    page.get_by_test_id("home").click()
    card = page.get_by_test_id("to-tell")
    expect(card).to_contain_text("Water off")
    take_pictures(page, "field-en-visit-to-tell", SIZE)
    # Away from the bar at the bottom, behind which the page scrolls.
    card.get_by_test_id("result-told").evaluate("button => button.scrollIntoView({ block: 'center' })")
    assert serious_violations(page) == []
    card.get_by_test_id("result-told").click()
    expect(card).to_have_count(0)
    device.synced()
    assert states(world, notice) == {"told": 1}


def test_worker_opens_picture_and_document_of_a_notice(city, world, owner, phone, folder, monkeypatch):
    settled(world, "3幢301")
    # The server of these tests stores files in its own folder.
    of_server = dataclasses.replace(city.settings, media_store=(folder / "media").as_uri())
    monkeypatch.setitem(city.app.extensions, "media_store", media.open_store(of_server))
    picture = send(world.author, photo())
    document = send(world.author, pdf(), kind="document")
    ready = "select count(*) from media where id = any(%s::uuid[]) and state = 'ready'"
    soon(lambda: owner.execute(ready, ([picture, document],)).fetchone() == (2,))
    titles = {"zh": "停水范围", "en": "Map"}
    items = [{"media_id": media_id, "titles": titles} for media_id in (picture, document)]
    published(world, attachments=items)
    device = phone("en")
    page, _ = at_list(device, city.worker("g1"))
    files = page.get_by_test_id("notice-file")
    expect(files).to_have_count(2)
    expect(files.last).to_have_text("Map (PDF, 1 kB)")
    files.first.click()
    expect(page.get_by_role("img", name="Map")).to_be_visible()
    with page.expect_download() as download:
        files.last.click()
    assert download.value.suggested_filename == "Map.pdf"
    assert serious_violations(page) == []
    device.gate.shut()
    page.wait_for_timeout(700)
    files.last.click()
    expect(page.get_by_test_id("tell-trouble")).to_contain_text("No network")
