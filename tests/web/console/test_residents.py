"""The part *Residents* of a case page: reply to everybody who reported, ratings, and rule changes that cite the case."""

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from app.public import service as public
from tests.areas.test_profile_evidence import publish
from tests.factories import make_city
from tests.public.conftest import DOOR, file_report
from tests.public.test_following import handled_and_closed, with_door
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme

PHONE_DARK, DESK_LIGHT = (390, 844), (1280, 800)


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=DOOR)


def section_of(page, case_id):
    turn_to(page, f"case/{case_id}")
    return page.get_by_test_id("residents")


def test_reply_box_shows_who_is_reached_and_sends_once(console, city):
    city.worker("g1")
    receipt = file_report(city)
    boss = city.supervisor()
    page = console(who=boss, language="en")
    section = section_of(page, receipt.case.id)
    expect(section.get_by_test_id("audience")).to_have_text("A reply reaches 1 of 1 reporter (by a link: 1)")
    words = section.locator("[name=words]")
    words.fill("We come tomorrow. Call 13800001111")
    # A telephone number in the words has to be meant.
    expect(section.get_by_test_id("reply-phone").locator("mark")).to_have_text("13800001111")
    words.fill("We come tomorrow.")
    expect(section.get_by_test_id("reply-phone")).to_have_count(0)
    assert_accessible(page, "residents")
    take_pictures(page, "screens-residents-en", DESK_LIGHT)
    section.get_by_test_id("send-reply").click()
    replies = section.get_by_test_id("replies")
    expect(replies).to_contain_text("We come tomorrow.")
    expect(replies).to_contain_text(boss.get("/me").json["name"])
    expect(section.get_by_test_id("told")).to_have_text("The reply was sent.")
    expect(page.get_by_test_id("timeline")).to_contain_text("We come tomorrow.")
    followed = with_door(city, public.followed_case, receipt.secret)
    assert [moment.reply for moment in followed.course if moment.reply] == ["We come tomorrow."]
    words.fill("We come tomorrow.")
    section.get_by_test_id("send-reply").click()
    expect(section.get_by_test_id("told")).to_contain_text("nothing was sent again")
    expect(replies.locator("li")).to_have_count(1)


def test_case_page_shows_ratings_and_rule_changes_that_cite_it(console, city):
    city.worker("g1")
    receipt = file_report(city)
    handled_and_closed(city, receipt)
    with_door(city, public.rate, receipt.secret, solved="partly", score=2, words="又堆起来了，13800001111")
    admin = city.person(Role.ADMIN)
    version = publish(city)
    items = [{"kind": "case", "id": str(receipt.case.id), "note": "两天无人处理"}]
    stated = admin.call("PUT", f"{version}/evidence", {"items": items})
    assert stated.status_code == 200, stated.json
    page = console(who=city.supervisor())
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    section = section_of(page, receipt.case.id)
    rating = section.get_by_test_id("ratings").locator("li")
    expect(rating).to_contain_text("部分解决 · 2 分（满分 5）")
    expect(rating.locator(".words")).to_have_text("又堆起来了，●●●")
    change = section.get_by_test_id("rule-changes").locator("li")
    expect(change).to_contain_text("案卷: 两天无人处理")
    assert_accessible(page, "residents-dark")
    take_pictures(page, "screens-residents-zh-dark", PHONE_DARK)
    change.get_by_role("link", name="第 2 版").click()
    expect(page.get_by_test_id("evidence")).to_contain_text("两天无人处理")


def test_confidential_case_and_case_without_readers_offer_no_reply(console, city):
    desk = Desk.of(city)
    caller = {"name": "王大妈", "phone": "13800000000"}
    entered = city.supervisor()
    case = entered.post(
        "/incidents", {**city.in_grid("g1"), "category": "E0102", "description": "垃圾", "reporter": caller}
    ).json
    assert city.person(Role.ADMIN, area="s").post(f"/accounts/{entered.id}/disable").status_code == 200
    page = console(who=desk.boss, language="en")
    section = section_of(page, case["id"])
    expect(section.get_by_test_id("audience")).to_contain_text("1 cannot read it: call them.")
    expect(section.locator("textarea")).to_have_count(0)
    secret = desk.report("g1", category="E0690")
    section = section_of(page, secret["id"])
    expect(section.get_by_test_id("no-reply")).to_be_visible()
    expect(section.locator("textarea")).to_have_count(0)


def test_handler_of_case_sees_no_reply_box(console, city):
    city.worker("g1")
    receipt = file_report(city, category="0101")
    handler = city.handler("roads")
    page = console(who=handler, language="en", lands_on="my-work")
    turn_to(page, f"case/{receipt.case.id}")
    expect(page.get_by_test_id("lead")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("residents")).to_have_count(0)
