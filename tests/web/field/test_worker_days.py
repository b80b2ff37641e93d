"""Days of a worker with the field app in a browser: online, offline, refused, blocked."""

from functools import partial
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import expect

from app.core.ids import uuid7
from tests.nonempty import nonempty
from tests.waits import eventually
from tests.web.pictures import PHONE, take_pictures

WASTE = "E0102"
soon = partial(eventually, seconds=30)


def send(person, place, words):
    made = person.post("/incidents", {"id": str(uuid7()), **place, "category": WASTE, "description": words})
    assert made.status_code == 201, made.data
    return made.json


def states(owner, incident_id):
    """The states of all attempts of a case."""
    rows = owner.execute("select state from assignment where incident_id = %s order by id", (incident_id,))
    return [row[0] for row in rows.fetchall()]


def status(owner, incident_id):
    return owner.execute("select status from incident where id = %s", (incident_id,)).fetchone()[0]


def report(page, words, search):
    """Report by hand, with the category sought by name."""
    page.get_by_test_id("tab-report").click()
    page.get_by_test_id("search-category").fill(search)
    page.get_by_test_id(f"category-{WASTE}").click()
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    page.get_by_test_id("words").fill(words)
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()


def words_of(owner, incident_id):
    rows = owner.execute("select words from incident_note where incident_id = %s", (incident_id,))
    return [row[0] for row in rows.fetchall()]


def category_name(owner, city, code, language):
    return owner.execute(
        """select c -> 'name' ->> %s from profile_version p, jsonb_array_elements(p.data -> 'taxonomy' -> 'categories') c
           where p.jurisdiction_id = %s and c ->> 'code' = %s""",
        (language, city.jurisdiction_id, code),
    ).fetchone()[0]


def test_field_app_runs_a_day_on_duty_online(city, online, owner, phone, case):
    me, other = city.worker("g1", on_duty=False), online(city.worker("g2"))
    device = phone()
    device.sign_in(me)
    page = device.page
    expect(page.get_by_test_id("duty")).to_contain_text("离岗")
    device.tab("me")
    page.get_by_test_id("turn-duty").click()
    expect(page.get_by_test_id("duty")).to_contain_text("在岗")
    on_duty = "select upper_inf(during) from duty where worker_id = %s"
    soon(lambda: owner.execute(on_duty, (me.id,)).fetchone())

    # What comes is shown without a touch, and says why.
    made = send(other, city.in_grid("g1"), "楼道有垃圾")
    assert made["assignment"]["worker"]["id"] == str(me.id)
    device.tab("tasks")
    offer = page.get_by_test_id("offer")
    expect(offer).to_contain_text("楼道有垃圾")
    expect(offer.get_by_test_id("why")).not_to_contain_text("有网络时可查看原因")
    soon(
        lambda: owner.execute(
            "select 1 from offer_delivery d join offer o on o.id = d.offer_id where o.incident_id = %s",
            (made["id"],),
        ).fetchone()
    )
    offer.get_by_test_id("accept").click()
    page.get_by_test_id("mine").click()
    page.get_by_test_id("do-start").click()
    soon(lambda: status(owner, made["id"]) == "handling")
    page.get_by_test_id("what-done").fill("已清理")
    page.get_by_test_id("feed-back").click()
    soon(lambda: status(owner, made["id"]) in ("fed_back", "checking"))

    report(page, "井盖旁有积水", category_name(owner, city, WASTE, "zh")[:2])
    row = soon(lambda: case("井盖旁有积水"))
    assert (row[2], row[5]) == (WASTE, me.id)
    assert row[3:5] == pytest.approx(tuple(city.in_grid("g1").values()), abs=1e-6)


def test_ten_offline_operations_after_cold_start_take_effect(city, online, owner, phone, case):
    me, other = city.worker("g1"), online(city.worker("g2"))
    taken = send(other, city.in_grid("g1"), "有人占道")
    left = send(other, city.in_grid("g1"), "乱贴广告")
    device = phone(has_profile=True)
    device.sign_in(me)
    expect(device.page.get_by_test_id("offer")).to_have_count(2)
    expect(device.page.get_by_test_id("why").first).not_to_contain_text("有网络时可查看原因")
    device.stop()
    device.gate.shut()

    page = device.start()
    expect(page.get_by_test_id("offer")).to_have_count(2)
    expect(page.get_by_test_id("sync")).to_contain_text("没有网络")
    mine = page.get_by_test_id("offer").filter(has_text="有人占道")
    expect(mine.get_by_test_id("why")).not_to_contain_text("有网络时可查看原因")
    mine.get_by_test_id("accept").click()
    theirs = page.get_by_test_id("offer").filter(has_text="乱贴广告")
    theirs.get_by_test_id("decline").click()
    theirs.get_by_test_id("decline-reason").fill("太远")
    theirs.get_by_test_id("decline-sure").click()
    expect(page.get_by_test_id("offer")).to_have_count(0)
    page.get_by_test_id("mine").click()
    for step in ("en_route", "on_scene", "start"):
        page.get_by_test_id(f"do-{step}").click()
    page.get_by_test_id("note").fill("已劝离")
    page.get_by_test_id("add-note").click()
    page.get_by_test_id("what-done").fill("道路已通")
    page.get_by_test_id("feed-back").click()
    report(page, "路灯不亮", WASTE)
    report(page, "树枝断落", WASTE)
    device.tab("me")
    page.get_by_test_id("turn-duty").click()
    expect(page.get_by_test_id("duty")).to_contain_text("离岗")
    expect(page.get_by_test_id("waiting")).to_have_text("待发 10")
    device.tab("outbox")
    expect(page.get_by_test_id("waits")).to_have_count(10)
    device.stop()

    # Off and on again: nothing of it is lost.
    page = device.start()
    expect(page.get_by_test_id("waiting")).to_have_text("待发 10")
    assert states(owner, taken["id"]) == ["offered"], "nothing has got through"
    # Half an answer is none: what it was about is asked again.
    device.gate.cut_answer_to(b"POST /api/v1/sync/push")
    device.gate.open()
    device.sync()
    assert device.gate.cuts == 1
    assert status(owner, taken["id"]) in ("fed_back", "checking")
    assert owner.execute(
        "select en_route_at is not null and on_scene_at is not null from assignment where incident_id = %s and role = 'handle'",
        (taken["id"],),
    ).fetchone()[0]
    assert words_of(owner, taken["id"]) == ["已劝离"]
    declined = "select state, reason from offer where incident_id = %s and worker_id = %s"
    assert owner.execute(declined, (left["id"], me.id)).fetchone() == ("declined", "太远")
    assert case("路灯不亮") and case("树枝断落")
    assert not owner.execute("select upper_inf(during) from duty where worker_id = %s", (me.id,)).fetchone()[
        0
    ]
    expect(page.get_by_test_id("failed")).to_have_count(0)
    soon(lambda: device.held("queue") == 0)


def test_refused_operation_shows_reason_until_dismissed(city, online, owner, phone):
    me, boss = city.worker("g1"), online(city.supervisor())
    words = ["有人摆摊", "有人卖花", "有人卖瓜"]
    made = [send(online(city.worker("g2")), city.in_grid("g1"), some) for some in words]
    device = phone()
    device.sign_in(me)
    page = device.page
    device.gate.shut()
    for some in words:
        page.get_by_test_id("offer").filter(has_text=some).get_by_test_id("accept").click()
    expect(page.get_by_test_id("waiting")).to_have_text("待发 3")
    expect(page.get_by_test_id("mine").first).to_contain_text("发送中")
    for case in nonempty(made):
        answer = boss.post(f"/incidents/{case['id']}/transitions", {"action": "force_close", "note": "已撤"})
        assert answer.status_code == 200, answer.data
    device.gate.open()
    device.sync()
    dead = page.get_by_test_id("dead")
    expect(page.get_by_test_id("failed")).to_have_text("未成功 3")
    expect(dead).to_have_count(3)
    expect(page.get_by_test_id("dead-why").first).not_to_be_empty()
    dead.first.get_by_test_id("settle-discard").click()
    expect(dead).to_have_count(2)
    # A conflict that another person resolved disappears: on an attempt to resolve it, and on a pull.
    device.synced()
    page.route("**/api/v1/sync?*", lambda route: route.abort())
    for letter in boss.get(
        "/sync/dead-letters", query_string={"worker_id": str(me.id), "state": "open"}
    ).json["items"]:
        settled = boss.post(
            f"/sync/dead-letters/{letter['id']}/resolve", {"action": "discard", "note": "已知"}
        )
        assert settled.status_code == 200, settled.data
    dead.first.get_by_test_id("settle-discard").click()
    expect(dead).to_have_count(1)
    page.unroute("**/api/v1/sync?*")
    device.sync()
    expect(dead).to_have_count(0)
    expect(page.get_by_test_id("failed")).to_have_count(0)
    device.tab("tasks")
    expect(page.get_by_test_id("mine")).to_have_count(0)


def test_blocked_device_erases_rows_and_sends_drafts_after_return(city, online, owner, phone, case, tmp_path):
    me = city.worker("g1")
    send(online(city.worker("g2")), city.in_grid("g1"), "车辆乱停")
    device = phone()
    device.sign_in(me)
    page = device.page
    assert device.held("row") > 0
    device.gate.shut()
    picture = tmp_path / "one.jpg"
    Image.effect_noise((400, 300), 40).save(picture)
    device.tab("report")
    page.get_by_test_id("photo-near").set_input_files(picture)
    expect(page.get_by_test_id("photo")).to_have_count(1)
    report(page, "栏杆松动", WASTE)
    assert device.held("photo") == 1
    page.get_by_test_id("words").fill("还没写完")
    devices = online(me).get("/me/devices").json["items"]
    [mine] = [some for some in devices if len(some["client_key"]) == 32]
    assert online(me).call("DELETE", f"/me/devices/{mine['id']}").status_code == 204
    device.gate.open()
    device.tab("outbox")
    page.locator(".page > button").first.click()
    expect(page.locator("input[name=password]")).to_be_visible()
    # The phone may be lost: neither rows nor photos stay, only unsent operations.
    assert [device.held(name) for name in ("row", "page", "why", "photo", "queue")] == [0, 0, 0, 0, 1]
    assert [device.stored_value(key) for key in ("session", "token", "buckets", "draft report")] == [None] * 4
    assert case("栏杆松动") is None
    # Whoever cut it off allows it again: until then the right password opens nothing on this phone.
    assert online(me).post(f"/me/devices/{mine['id']}/allow").status_code in (200, 204)
    device.sign_in(me)
    soon(lambda: case("栏杆松动"))

    # Signing out leaves nothing at all.
    device.tab("me")
    page.get_by_test_id("sign-out").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert [device.held(name) for name in ("row", "queue", "dead", "why", "photo")] == [0] * 5
    assert page.context.cookies() == []


def test_offline_photos_are_uploaded_with_their_case(city, online, owner, phone, case, tmp_path):
    me = city.worker("g1")
    made = send(online(city.worker("g2")), city.in_grid("g1"), "墙面涂鸦")
    pictures = [tmp_path / f"{n}.jpg" for n in range(2)]
    for n, picture in enumerate(pictures):
        Image.effect_noise((1200, 900), 40 + n).save(picture, quality=85)
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    page.get_by_test_id("accept").click()
    device.gate.shut()
    page.get_by_test_id("mine").click()
    page.get_by_test_id("photo-after").set_input_files(pictures[0])
    expect(page.get_by_test_id("photo")).to_have_count(1)
    page.get_by_test_id("what-done").fill("已粉刷")
    page.get_by_test_id("feed-back").click()
    device.tab("report")
    page.get_by_test_id("photo-near").set_input_files(pictures[1])
    expect(page.get_by_test_id("photo")).to_have_count(1)
    report(page, "窗户破损", WASTE)
    device.tab("outbox")
    expect(page.get_by_test_id("photo")).to_have_count(2)
    device.stop()
    page = device.start()
    device.gate.open()
    device.sync()
    seen = "select kind, incident_id from media where uploaded_by = %s and state = 'ready' order by kind"
    photos = soon(lambda: len(some := owner.execute(seen, (me.id,)).fetchall()) == 2 and some)
    assert photos == [("after", UUID(made["id"])), ("near", case("窗户破损")[0])]
    named = "select detail -> 'media' from incident_event where incident_id = %s and action = 'feed_back'"
    assert len(owner.execute(named, (made["id"],)).fetchone()[0]) == 1
    soon(lambda: device.held("photo") == 0)


def test_report_place_is_corrected_on_map_of_own_tiles(city, phone, case):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    device.tab("report")
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    before = float(page.get_by_test_id("lon").input_value())
    page.get_by_test_id("open-map").click()
    drawn = page.locator("[data-testid=map][data-drawn]")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("where")).to_contain_text("手动修正")
    after = float(page.get_by_test_id("lon").input_value())
    assert 0.0003 < after - before < 0.003, "sixty pixels to the east"
    take_pictures(page, "field-zh-CN-map", PHONE, is_whole=False)
