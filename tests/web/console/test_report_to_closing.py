"""One console and two phones: a case from its report with a photo to its closing."""

import re

from PIL import Image
from playwright.sync_api import expect

from tests.web.field.test_worker_days import WASTE, category_name, report

WORDS = "人行道上堆放建筑垃圾，行人只能走车道"


def picture(folder, name):
    path = folder / f"{name}.jpg"
    Image.effect_noise((1000, 750), 50).save(path, quality=85)
    return path


def test_case_runs_from_report_to_closing_on_console_and_phones(city, online, owner, phone, desks, tmp_path):
    # 王芳 and 陈刚 look after g1, where 刘洋 of the next grid sees something; 周主任 directs the street.
    liu, wang = city.worker("g2", name="刘洋"), city.worker("g1", name="王芳")
    chen, boss = city.worker("g1", name="陈刚"), online(city.supervisor())
    desk = desks.enter(boss)
    expect(desk.get_by_test_id("live")).to_have_text("实时")
    own_phone, other = phone(), phone()
    own_phone.sign_in(liu)
    other.sign_in(wang)

    # 刘洋 reports with a photo.
    own_phone.tab("report")
    own_phone.page.get_by_test_id("photo-near").set_input_files(picture(tmp_path, "near"))
    expect(own_phone.page.get_by_test_id("photo")).to_have_count(1)
    report(own_phone.page, WORDS, category_name(owner, city, WASTE, "zh")[:2])

    # The board counts it without a touch; its figure opens the case, with the photo.
    counted = desk.get_by_test_id("board").locator(".counts a").first
    expect(counted).to_have_text("1")
    counted.click()
    desk.get_by_test_id("case-table").locator("tbody a").click()
    case = desk.get_by_test_id("case")
    expect(case).to_contain_text(WORDS)
    expect(case.locator(".photos img")).to_have_count(1)
    number = case.get_by_role("heading", level=1).inner_text()
    case_no = re.search(r"\d{6}-\d{6}-\d", number)[0]

    # It is on the map, from where it is given to 王芳, whoever the rules had asked.
    desk.get_by_test_id("nav-map").click()
    expect(desk.get_by_test_id("picture")).to_have_attribute("data-drawn", "1")
    desk.get_by_test_id("case-table").get_by_role("link", name=case_no).click()
    held = desk.get_by_test_id("chosen").get_by_test_id("holder")
    expect(held).to_have_text(re.compile("王芳|陈刚"))
    if held.inner_text() != "王芳":
        desk.get_by_test_id("chosen").get_by_test_id(f"assign-{wang.id}").click()
        desk.get_by_test_id("act-form").get_by_test_id("note").fill("就近处置")
        desk.get_by_test_id("act-submit").click()
    expect(held).to_have_text("王芳")
    ended = online(chen).post(f"/workers/{chen.id}/duty", {"on_duty": False})
    assert ended.status_code == 200, ended.data

    # 王芳 declines with a reason; the case goes to the next candidate, 刘洋.
    other.tab("tasks")
    other.page.get_by_test_id("decline").click()
    other.page.get_by_test_id("decline-reason").fill("正在处理另一起")
    other.page.get_by_test_id("decline-sure").click()
    expect(held).to_have_text("刘洋")
    expect(desk.get_by_test_id("explanation")).to_contain_text("正在处理另一起")

    # 刘洋 accepts, goes there, handles the case and feeds back with a photo.
    own_phone.tab("tasks")
    page = own_phone.page
    page.get_by_test_id("accept").click()
    page.get_by_test_id("mine").click()
    for step in ("en_route", "on_scene", "start"):
        page.get_by_test_id(f"do-{step}").click()
    expect(desk.get_by_test_id("chosen")).to_contain_text("处置中")
    page.get_by_test_id("photo-after").set_input_files(picture(tmp_path, "after"))
    expect(page.get_by_test_id("photo")).to_have_count(1)
    page.get_by_test_id("what-done").fill("已清运，路面已恢复")
    page.get_by_test_id("feed-back").click()

    # Somebody else checks.
    offer = other.page.get_by_test_id("offer")
    expect(offer).to_contain_text("核查")
    offer.get_by_test_id("accept").click()
    other.page.get_by_test_id("mine").click()
    other.page.get_by_test_id("check-pass").click()

    # It is closed: nowhere on the map, told on its page from its first step to its last, and to who reported it.
    expect(desk.get_by_test_id("case-table").get_by_text(case_no)).to_have_count(0)
    expect(desk.get_by_test_id("picture")).to_have_attribute("data-drawn", "0")
    desk.get_by_test_id("chosen").get_by_role("link", name=case_no).click()
    expect(desk.get_by_test_id("lead")).to_contain_text("已结案")
    expect(desk.get_by_test_id("case").locator(".photos img")).to_have_count(2)
    own_phone.tab("tasks")
    expect(page.get_by_test_id("reported")).to_contain_text("已结案")
    desk.get_by_test_id("nav-board").click()
    expect(desk.get_by_test_id("board").locator(".counts a").first).to_have_text("0")
    events_sql = """select e.action, a.name from incident i join incident_event e on e.incident_id = i.id
      left join account a on a.id = e.actor_id where i.case_no = %s"""
    assert {("decline", "王芳"), ("feed_back", "刘洋")} <= {*owner.execute(events_sql, (case_no,)).fetchall()}
