"""Every kind of task of a worker, one after the other, in a browser."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import make_city
from tests.web.field.test_worker_days import WASTE, send, soon, status
from tests.web.pictures import PHONE, take_pictures


@pytest.fixture
def city(app, settings):
    """Where what cameras see is looked at before it is filed, by whoever may handle it then, and whoever is not at the
    place of a case says why."""
    there = {"policy": "require_reason", "radius_m": 100, "fresh_minutes": 10}
    return make_city(
        app,
        settings,
        profile={
            "lifecycle": {"verify": {"sources": ["video"], "verifier_may_handle": True}},
            "presence": there,
        },
    )


def do(person, case, action, **fields):
    answer = person.post(f"/incidents/{case['id']}/transitions", {"action": action, **fields})
    assert answer.status_code == 200, answer.json


def test_task_page_handles_every_kind_of_task(city, online, owner, phone, case, tmp_path):
    me, other = city.worker("g1"), online(city.worker("g2"))
    city.grant(me, Role.HANDLER, unit="cleaning")
    boss, camera = online(city.supervisor()), online(city.worker("g3", on_duty=False))
    picture = tmp_path / "one.jpg"
    Image.effect_noise((400, 300), 40).save(picture)
    device = phone()
    device.sign_in(me)
    page = device.page

    def stand(place):
        at = {"longitude": place["lon"], "latitude": place["lat"], "accuracy": 8}
        device.context.set_geolocation(at)

    def take(words):
        device.tab("tasks")
        page.get_by_test_id("offer").filter(has_text=words).get_by_test_id("accept").click()
        page.get_by_test_id("mine").filter(has_text=words).click()

    # To verify, with a picture of what is there.
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": WASTE, "source": "video"}
    seen = camera.post("/incidents", body | {"description": "画面疑似垃圾"}).json
    assert seen["status"] == "verifying"
    take("画面疑似垃圾")
    expect(page.locator(".kind.verify")).to_be_visible()
    taken = "select count(*) from media where incident_id = %s"  # fed back after the photo is seen stored
    page.get_by_test_id("photo-near").set_input_files(picture)
    soon(lambda: owner.execute(taken, (seen["id"],)).fetchone()[0] == 1)
    expect(page.get_by_test_id("verify-not_exist")).to_be_disabled()
    page.get_by_test_id("verify-words").fill("确有一堆垃圾")
    page.get_by_test_id("verify-exists").click()
    soon(lambda: status(owner, seen["id"]) == "dispatched")

    # Handling: an extension, photos before and after, fed back at the place although the page was opened elsewhere.
    stand(city.at(0.9, 1.9))
    take("画面疑似垃圾")
    page.get_by_test_id("more-time").click()
    page.get_by_test_id("more-time-amount").fill("2")
    page.get_by_test_id("more-time-why").fill("需要吊车")
    page.get_by_test_id("more-time-ask").click()
    expect(page.get_by_test_id("more-time-asked")).to_contain_text("2")
    extension_sql = "select extension_amount from incident where id = %s"
    soon(lambda: owner.execute(extension_sql, (seen["id"],)).fetchone()[0] == 2)
    do(boss, seen, "grant_extension", note="同意")
    page.get_by_test_id("do-start").click()
    for kind in ("before", "after"):
        page.get_by_test_id(f"photo-{kind}").set_input_files(picture)
    soon(lambda: owner.execute(taken, (seen["id"],)).fetchone()[0] == 3)
    page.get_by_test_id("what-done").fill("已清运")
    stand(city.in_grid("g1"))
    page.get_by_test_id("feed-back").click()
    soon(lambda: status(owner, seen["id"]) in ("fed_back", "checking"))
    kinds = "select array_agg(kind order by kind) from media where incident_id = %s and state = 'ready'"
    soon(lambda: owner.execute(kinds, (seen["id"],)).fetchone()[0] == ["after", "before", "near"])
    named = "select jsonb_array_length(detail -> 'media') from incident_event where incident_id = %s and action = %s"
    for action in ("verify_exists", "feed_back"):
        assert owner.execute(named, (seen["id"], action)).fetchone() == (1,)
    shown = "select detail -> 'presence' from incident_event where incident_id = %s and action = %s"
    assert owner.execute(shown, (seen["id"], "feed_back")).fetchone()[0]["doubts"] == []

    # To check what somebody else has done.
    done = send(camera, city.in_grid("g2"), "路面油污")
    [attempt] = [a for a in other.get("/assignments").json["items"] if a["incident"]["id"] == done["id"]]
    assert other.post(f"/assignments/{attempt['id']}/accept", {}).status_code == 200
    do(other, done, "feed_back", note="已冲洗", presence_reason="电话确认")
    # The rules offer the case to the only worker left; a second offer by order would end the one on the page.
    assert status(owner, done["id"]) == "checking"
    take("路面油污")
    expect(page.locator(".kind.check")).to_be_visible()
    expect(page.get_by_test_id("presence-reason")).to_have_count(0)
    page.get_by_test_id("check-pass").click()
    expect(page.get_by_test_id("doubt")).to_contain_text("不在案卷地点")
    take_pictures(page, "field-zh-CN-say-why", PHONE)
    page.get_by_test_id("presence-reason").fill("看现场照片核查")
    page.get_by_test_id("check-pass").click()
    soon(lambda: status(owner, done["id"]) == "closed")
    [event] = owner.execute(shown, (done["id"], "check_pass")).fetchone()
    assert (event["doubts"], event["reason"]) == (["away"], "看现场照片核查")

    # The unit's part of joint handling led by another unit: done, and returned with the reason.
    part = "select state from assignment where incident_id = %s and role = 'joint'"
    for words, act, state in (("路面塌陷", "part-done", "done"), ("护栏倒伏", "part-return", "failed")):
        body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "0102", "description": words}
        shared = camera.post("/incidents", body).json
        do(boss, shared, "add_unit", unit_id=str(city.units["cleaning"]), note="须清淤")
        device.tab("tasks")
        page.get_by_test_id("queued").filter(has_text=words).get_by_test_id("take").click()
        page.get_by_test_id("mine").filter(has_text=words).click()
        expect(page.get_by_test_id("part")).to_have_count(2)
        page.get_by_test_id("part-words").fill("淤泥已清" if act == "part-done" else "不属本单位")
        page.get_by_test_id(act).click()
        soon(lambda shared=shared, state=state: owner.execute(part, (shared["id"],)).fetchone() == (state,))

    # Put right on the spot: reported and handed in at once.
    device.tab("report")
    page.get_by_test_id("search-category").fill(WASTE)
    page.get_by_test_id(f"category-{WASTE}").click()
    page.get_by_test_id("on-the-spot").check()
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    page.get_by_test_id("words").fill("果皮箱满溢，已清空")
    page.get_by_test_id("send-report").click()
    soon(lambda: (row := case("果皮箱满溢，已清空")) and row[1] in ("fed_back", "checking", "closed"))
    expect(page.get_by_test_id("failed")).to_have_count(0)


def test_duty_end_is_shown_at_once_on_every_page(city, online, phone):
    """The page shows what it was told by the clock of now, not by one that goes on each twenty seconds."""
    me = city.worker("g1")
    device = phone()
    # The tick never comes: what changes now is shown because it came, or not at all.
    device.context.add_init_script(
        "const ticking = window.setInterval;"
        "window.setInterval = (act, ms, ...more) => ms === 20000 ? 0 : ticking(act, ms, ...more);"
    )
    device.page.reload()
    device.sign_in(me)
    page = device.page
    expect(page.get_by_test_id("duty")).to_contain_text("在岗")
    answer = online(me).post(f"/workers/{me.id}/duty", {"on_duty": False})
    assert answer.status_code == 200, answer.json
    expect(page.get_by_test_id("duty")).to_contain_text("离岗")
