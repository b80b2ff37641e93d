"""Drafts outlive page, browser and case, and nothing is sent twice."""

import re

from PIL import Image
from playwright.sync_api import expect

from tests.web.field.test_worker_days import send, soon
from tests.web.pictures import PHONE, take_pictures

# The phone finds its place when the test says so.
LATE = """() => {
    const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
    window.late = [];
    navigator.geolocation.getCurrentPosition = (...asked) => window.late.push(() => ask(...asked));
}"""
# From then on it is asked at once: a page whose first question took too long asks again.
FOUND = "() => { window.late.splice(0).forEach((ask) => ask()); window.late.push = (ask) => ask(); }"
TWICE = "button => { button.click(); button.click(); }"


def test_drafts_survive_page_browser_and_case(city, online, owner, phone, case, tmp_path):
    me, boss = city.worker("g1"), online(city.supervisor())
    made = send(online(city.worker("g2")), city.in_grid("g1"), "楼道堆物")
    urged = boss.post(f"/incidents/{made['id']}/transitions", {"action": "urge", "note": "居民催问"})
    assert urged.status_code == 200, urged.json
    picture = tmp_path / "one.jpg"
    Image.effect_noise((400, 300), 40).save(picture)
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    expect(page.get_by_test_id("offer")).to_have_count(1)
    expect(page.get_by_test_id("pressing")).to_have_text("已催办 1 次")
    device.gate.shut()
    page.get_by_test_id("accept").evaluate(TWICE)
    expect(page.get_by_test_id("mine")).to_have_count(1)
    expect(page.get_by_test_id("waiting")).to_have_text("待发 1")
    expect(page).to_have_title("任务 · 网格巡办")
    page.get_by_test_id("mine").click()
    expect(page.locator("h1")).to_be_focused()
    expect(page).to_have_title(re.compile("处置 .* · 网格巡办"))
    page.get_by_test_id("what-done").fill("已清走一半")

    # A place set by hand stands when the phone finds its own, and one number is no place.
    page.evaluate(LATE)
    device.tab("report")
    page.get_by_test_id("place-typed").locator("summary").click()
    lon, lat = page.get_by_test_id("lon"), page.get_by_test_id("lat")
    by_hand = city.at(0.4, 1.3)
    lon.fill(str(by_hand["lon"]))
    lon.blur()
    expect(lat).to_have_value("")
    expect(page.get_by_test_id("open-map")).to_have_count(0)
    lat.fill(str(by_hand["lat"]))
    lat.blur()
    expect(page.get_by_test_id("where")).to_contain_text("手动修正")
    page.evaluate(FOUND)
    expect(page.get_by_test_id("where")).not_to_contain_text("定位中")
    expect(lon).to_have_value(str(by_hand["lon"]))
    page.get_by_test_id("words").fill("花坛破损")
    photos = page.get_by_test_id("photo")
    for left in (0, 1):
        page.get_by_test_id("photo-near").set_input_files(picture)
        expect(photos).to_have_count(1)
        if left == 0:
            page.get_by_test_id("photo-delete").click()
            expect(photos).to_have_count(0)
    take_pictures(page, "field-zh-CN-draft", PHONE)
    device.stop()

    # From a cold start without a network all of it is there, and a map on which the place can be put right.
    page = device.start()
    device.tab("report")
    page.get_by_test_id("place-typed").locator("summary").click()
    lon, photos = page.get_by_test_id("lon"), page.get_by_test_id("photo")
    expect(page.get_by_test_id("words")).to_have_value("花坛破损")
    expect(lon).to_have_value(str(by_hand["lon"]))
    expect(photos).to_have_count(1)
    page.get_by_test_id("open-map").click()
    mark = page.locator(".maplibregl-marker")
    drawn = page.locator("[data-testid=map][data-drawn]")
    drawn.scroll_into_view_if_needed()
    take_pictures(page, "field-zh-CN-map-bare", PHONE)
    before = mark.bounding_box()["x"]
    lon.fill(str(round(by_hand["lon"] + 0.0005, 7)))
    lon.blur()
    soon(lambda: mark.bounding_box()["x"] > before + 10)
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    expect(lon).not_to_have_value(str(round(by_hand["lon"] + 0.0005, 7)))
    put = float(lon.input_value())
    assert put < by_hand["lon"]
    page.get_by_test_id("send-report").evaluate(TWICE)
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    expect(page.get_by_test_id("words")).to_have_value("")
    expect(photos).to_have_count(0)
    expect(page.get_by_test_id("waiting")).to_have_text("待发 3")  # accepted, reported, the photo

    # The case is closed while the worker writes: the draft stays.
    device.tab("tasks")
    page.get_by_test_id("mine").click()
    expect(page.get_by_test_id("what-done")).to_have_value("已清走一半")
    closed = boss.post(f"/incidents/{made['id']}/transitions", {"action": "force_close", "note": "重复"})
    assert closed.status_code == 200, closed.json
    device.gate.open()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_test_id("task-gone")).to_be_visible()
    expect(page.get_by_test_id("gone-words")).to_have_value("已清走一半")
    take_pictures(page, "field-zh-CN-gone", PHONE)
    row = soon(lambda: case("花坛破损"))
    assert abs(row[3] - put) < 1e-6
    taken = "select kind from media where incident_id = %s and state = 'ready'"
    soon(lambda: owner.execute(taken, (row[0],)).fetchall() == [("near",)])
    reports_sql = "select count(*) from report where words = %s"
    assert owner.execute(reports_sql, ("花坛破损",)).fetchone() == (1,)
