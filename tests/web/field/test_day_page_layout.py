"""Pages of a worker's day at 360 x 640 in both languages: touch targets, and no axe violation."""

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import make_city
from tests.sample_sizes import drawn_share
from tests.web.axe import serious_violations
from tests.web.field.test_page_layout import FAULTS, LEAST_PX, WIDTH
from tests.web.field.test_visits import care, morning, settle
from tests.web.field.test_worker_days import WASTE, send
from tests.web.pictures import PHONE, take_pictures

VERIFY = {"lifecycle": {"verify": {"sources": ["video"]}}}


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=VERIFY | morning())


@pytest.mark.wide
@pytest.mark.parametrize(
    "language", drawn_share(["zh-CN", "en"], one_in=2, name="language of the day's pages")
)
def test_every_day_page_passes_axe_and_fits_a_phone(city, online, phone, language):
    me, camera, boss = city.worker("g1"), online(city.worker("g2")), online(city.supervisor())
    city.grant(me, Role.HANDLER, unit="cleaning")
    home = settle(city, (0.52, 1.5), "西湖区古荡街道幸福路1号12幢3单元501室", "张三丰", "李四")
    settle(city, (0.9, 1.9), "平安路9号", "王五")
    care(online(me), home, "mobility", "下楼需要帮助")
    care(online(me), home, "meal_delivery", "午餐")
    mine = send(camera, city.in_grid("g1"), "三号楼前有建筑垃圾堆放，影响通行，居民多次反映")
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": WASTE, "source": "video"}
    camera.post("/incidents", body | {"description": "画面疑似垃圾"})
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "0102", "description": "路面塌陷积水"}
    shared = camera.post("/incidents", body).json
    unit = {"action": "add_unit", "unit_id": str(city.units["cleaning"]), "note": "须清淤"}
    assert boss.post(f"/incidents/{shared['id']}/transitions", unit).status_code == 200
    device = phone(language)
    device.sign_in(me)
    page = device.page
    base = page.url.split("#")[0]
    wrong = []

    def look(name):
        page.evaluate("scrollTo(0, 0)")
        faults = page.evaluate(FAULTS, LEAST_PX)
        # In a window so high that nothing is half under what stays in view.
        page.set_viewport_size({"width": WIDTH, "height": 2_400})
        faults += serious_violations(page)
        page.set_viewport_size({"width": WIDTH, "height": 640})
        wrong.extend((name, some) for some in faults)
        take_pictures(page, f"field-day-{name}-{language}", PHONE)

    accept = page.get_by_test_id("accept")
    for left in (1, 0):
        accept.first.click()
        expect(accept).to_have_count(left)
    page.get_by_test_id("take").click()
    expect(page.get_by_test_id("mine")).to_have_count(3)
    device.synced()
    device.tab("day")
    look("1-no-plan")
    page.get_by_test_id("plan-day").click()
    expect(page.get_by_test_id("stop").first).to_be_visible()
    look("2-plan")
    page.goto(f"{base}#/visits")
    expect(page.get_by_test_id("home")).to_have_count(2)
    look("3-visits")
    page.get_by_test_id("building").filter(has_text="幸福路").get_by_test_id("home").click()
    expect(page.get_by_test_id("care-task")).to_have_count(2)
    look("4-visit")
    page.get_by_test_id("outcome-moved_away").check()
    look("5-visit-final")
    for role, name in (("verify", "6-verify"), ("joint", "7-part"), ("handle", "8-handle")):
        device.tab("tasks")
        page.get_by_test_id("mine").filter(has=page.locator(f".kind.{role}")).click()
        if role == "handle":
            page.get_by_test_id("more-time").click()
        look(name)
    # Side by side: a place that two people put right, and a case that was closed meanwhile.
    device.gate.shut()
    page.get_by_test_id("what-done").fill("已清运")
    page.get_by_test_id("feed-back").click()
    expect(page.get_by_test_id("waiting")).to_contain_text("1")
    page.goto(f"{base}#/visit/{home.household_id}")
    page.get_by_test_id("home-place-here").click()
    page.get_by_test_id("home-place-save").click()
    expect(page.get_by_test_id("waiting")).to_contain_text("2")
    flat = boss.get(f"/premises/{home.premises_id}").json
    boss.patch(f"/premises/{home.premises_id}", city.at(0.35, 1.25), flat["version"])
    boss.post(f"/incidents/{mine['id']}/transitions", {"action": "force_close", "note": "重复"})
    device.gate.open()
    device.sync()
    expect(page.get_by_test_id("dead")).to_have_count(2)
    look("9-conflicts")
    assert wrong == []
