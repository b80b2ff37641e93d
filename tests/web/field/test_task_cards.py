"""Cards and pages of tasks: photos, place, distance, deadline and the way there, also without a network."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from app.core.actor import SYSTEM
from app.core.coordinates import from_wgs84
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from tests.media import sending
from tests.web.axe import serious_violations
from tests.web.field.test_tasks import do
from tests.web.field.test_worker_days import send, soon, states, status
from tests.web.pictures import PHONE, take_pictures

# How many photos of cases the phone has in both sizes.
LARGE = """() => new Promise((resolve) => {
    const open = indexedDB.open("gridward-field");
    open.onsuccess = () => {
        const rows = open.result.transaction("casePhoto").objectStore("casePhoto").getAll();
        rows.onsuccess = () => {
            open.result.close();
            resolve(rows.result.filter((row) => row.small && row.large).length);
        };
    };
})"""
DECODED = "image => image.decode().then(() => image.naturalWidth)"


def settle(city, at, address):
    row = {"jurisdiction_id": city.jurisdiction_id, "kind": "dwelling", "address": address, **at}
    with transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=[row])


def take(owner, person, made, *kinds):
    """Photos of a case, sent by a person and ready."""
    for kind in kinds:
        sending.send(
            person, sending.photo((1200, 900)), incident=made["id"], kind=kind, filetype="image/jpeg"
        )
    ready = "select count(*) from media where incident_id = %s and state = 'ready' and uploaded_by = %s"
    soon(lambda: owner.execute(ready, (made["id"], person.id)).fetchone()[0] == len(kinds))


def test_task_cards_and_page_show_photo_place_and_way_offline(city, online, owner, phone):
    me, other, boss = city.worker("g1"), online(city.worker("g2")), online(city.supervisor())
    near, far = city.at(0.51, 1.5), city.at(0.9, 1.9)
    settle(city, near, "浙江省杭州市西湖区幸福路1号")
    made = send(other, near, "楼道堆物，物业电话 0571-88881234")
    take(owner, other, made, "near")
    send(other, far, "河边垃圾")
    unit = f"/units/{made['owner_unit']['id']}"
    version = boss.get(unit).headers["ETag"].strip('W/"')
    assert boss.patch(unit, {"contact": "值班 13800001111"}, version).status_code == 200
    device = phone("en", has_profile=True)
    device.sign_in(me)
    page = device.page
    offer = page.get_by_test_id("offer").filter(has_text="楼道堆物")
    assert offer.get_by_test_id("thumbnail").locator("img").evaluate(DECODED) > 100
    expect(offer.get_by_test_id("place")).to_contain_text("幸福路1号")
    expect(offer.get_by_test_id("distance")).to_have_text(re.compile(r"^[1-9]\d* m$|^\d\.\d km$"))
    expect(offer.get_by_test_id("due")).to_have_text(re.compile(r"^Due in \d+ (d|h|min)"))
    for words in ("楼道堆物", "河边垃圾"):
        page.get_by_test_id("offer").filter(has_text=words).get_by_test_id("accept").click()
    device.synced()

    # By distance from where the phone is.
    mine = page.get_by_test_id("mine")
    page.get_by_test_id("sort-way").click()
    expect(mine.first).to_contain_text("楼道堆物")
    device.context.set_geolocation({"longitude": far["lon"], "latitude": far["lat"], "accuracy": 8})
    page.get_by_test_id("sort-due").click()
    expect(mine.first).to_contain_text("楼道堆物")
    page.reload()
    page.get_by_test_id("sort-way").click()
    expect(mine.first).to_contain_text("河边垃圾")
    take_pictures(page, "field-en-cards", PHONE)
    assert serious_violations(page) == []

    # The order, the picture and the page are on the phone.
    soon(lambda: page.evaluate(LARGE) == 1)
    device.stop()
    device.gate.shut()
    page = device.start()
    expect(page.get_by_test_id("sort-way")).to_have_attribute("aria-pressed", "true")
    card = page.get_by_test_id("mine").filter(has_text="楼道堆物")
    assert card.get_by_test_id("thumbnail").locator("img").evaluate(DECODED) > 100
    card.click()
    photo = page.get_by_test_id("case-photo")
    assert photo.locator("img").evaluate(DECODED) > 256
    photo.click()
    expect(page.get_by_test_id("photo-viewer").locator("img")).to_be_visible()
    page.get_by_test_id("photo-close").click()
    expect(page.get_by_test_id("photo-viewer")).to_have_count(0)
    numbers = [link.get_attribute("href") for link in page.get_by_test_id("tel").all()]
    assert numbers == ["tel:057188881234", "tel:13800001111"]
    amap = parse_qs(urlsplit(page.get_by_test_id("amap").get_attribute("href")).query)
    lon, lat, name = amap["to"][0].split(",")
    assert (float(lon), float(lat)) == pytest.approx(from_wgs84(near["lon"], near["lat"], "gcj02"), abs=2e-6)
    assert "幸福路1号" in name
    baidu = parse_qs(urlsplit(page.get_by_test_id("baidu").get_attribute("href")).query)
    lat, lon = baidu["location"][0].split(",")
    assert (float(lon), float(lat)) == pytest.approx(from_wgs84(near["lon"], near["lat"], "bd09"), abs=2e-6)
    assert page.get_by_test_id("navigate").get_attribute("href").startswith(f"geo:{near['lat']:.6f},")
    page.get_by_test_id("open-map").click()
    expect(page.locator(".me")).to_be_attached()
    expect(page.locator("[data-testid=map][data-drawn]")).to_be_visible()
    take_pictures(page, "field-en-way", PHONE)
    assert serious_violations(page) == []

    # The photo leaves the phone with the task.
    device.gate.open()
    do(boss, made, "force_close", note="重复")
    device.sync()
    soon(lambda: device.held("casePhoto") == 0)


def test_check_shows_photos_before_beside_after(city, online, owner, phone):
    me, other = city.worker("g1"), online(city.worker("g2"))
    camera = online(city.worker("g3", on_duty=False))
    done = send(camera, city.in_grid("g2"), "路面油污")
    take(owner, camera, done, "near")
    [attempt] = [a for a in other.get("/assignments").json["items"] if a["incident"]["id"] == done["id"]]
    assert other.post(f"/assignments/{attempt['id']}/accept", {}).status_code == 200
    take(owner, other, done, "before", "after")
    do(other, done, "feed_back", note="已冲洗")
    assert status(owner, done["id"]) == "checking"
    device = phone()
    device.sign_in(me)
    page = device.page
    page.get_by_test_id("accept").click()
    page.get_by_test_id("mine").click()
    beside = page.get_by_test_id("before-after")
    sides = beside.locator("> div")
    expect(sides).to_have_count(2)
    for side, kind in enumerate(("before", "after")):
        expect(sides.nth(side).get_by_test_id("case-photo")).to_have_attribute("data-kind", kind)
        assert sides.nth(side).locator("img").evaluate(DECODED) > 100
    # Beside each other on the narrowest phone.
    assert sides.nth(0).bounding_box()["y"] == sides.nth(1).bounding_box()["y"]
    take_pictures(page, "field-zh-CN-check", PHONE)
    assert serious_violations(page) == []


def test_queued_case_of_a_unit_is_looked_at_before_it_is_taken(city, online, owner, phone):
    camera = online(city.worker("g3", on_duty=False))
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "0102", "description": "井盖塌陷"}
    made = camera.post("/incidents", body).json
    take(owner, camera, made, "near")
    device = phone()
    device.sign_in(city.handler("roads"))
    page = device.page
    card = page.get_by_test_id("queued").filter(has_text="井盖塌陷")
    assert card.get_by_test_id("thumbnail").locator("img").evaluate(DECODED) > 100
    # A handler may not read the register, so the place is a distance.
    expect(card.get_by_test_id("place")).to_contain_text("米")
    card.get_by_test_id("open-queued").click()
    expect(page.get_by_test_id("navigate")).to_be_visible()
    soon(lambda: page.get_by_test_id("case-photo").locator("img").evaluate(DECODED) > 256)
    expect(page.get_by_test_id("what-done")).to_have_count(0)
    take_pictures(page, "field-zh-CN-queued", PHONE)
    assert serious_violations(page) == []
    page.get_by_test_id("take").click()
    expect(page.get_by_test_id("what-done")).to_be_visible()
    soon(lambda: states(owner, made["id"]) == ["accepted"])
