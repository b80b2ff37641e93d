"""A report in three taps: photo, category, Send; and what was entered survives the end of page, browser and session."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import WASTE, soon
from tests.web.pictures import PHONE, take_pictures

OTHER = "0102"
# The phone has no position from now on.
LOST = """() => {
    navigator.geolocation.getCurrentPosition = (found, failed) => failed({ code: 2, TIMEOUT: 3, message: "no signal" });
}"""
# Whether a button lies within the screen and above the tabs, and nothing covers it.
IN_VIEW = """button => {
    const box = button.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return box.top >= 0 && box.bottom <= document.querySelector("nav").getBoundingClientRect().top + 1 && button.contains(top);
}"""

# The stored drafts. A key that was pressed a moment before the phone is switched off may be lost.
DRAFTS = """new Promise((done) => {
    const open = indexedDB.open("gridward-field");
    open.onsuccess = () => {
      const database = open.result;
      const all = database.transaction("held").objectStore("held").getAll();
      all.onsuccess = () => {
        database.close();
        done(JSON.stringify(all.result.filter(({ key }) => String(key).startsWith("draft "))));
      };
    };
})"""


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{n}.jpg" for n in range(2)]
    for n, path in enumerate(paths):
        Image.effect_noise((400, 300), 40 + n).save(path)
    return paths


def sent(owner, person):
    """Category, words and number of photos of the person's newest report."""
    return owner.execute(
        """select i.category, r.words, (select count(*) from media m where m.incident_id = i.id and m.state = 'ready')
           from incident i join report r on r.id = i.id where i.reported_by = %s order by i.reported_at desc limit 1""",
        (person.id,),
    ).fetchone()


def test_report_takes_three_taps_with_send_always_in_view(city, online, owner, phone, pictures):
    me = city.worker("g1")
    for code in (WASTE, WASTE, OTHER):
        body = {**city.in_grid("g1"), "category": code, "description": "以前上报"}
        assert online(me).post("/incidents", body).status_code == 201
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("report")
    send = page.get_by_test_id("send-report")
    expect(page.get_by_test_id("where")).to_contain_text("±8 m")
    assert send.evaluate(IN_VIEW)
    take_pictures(page, "field-en-three-taps", PHONE, is_whole=False)
    # Text twice as large, and the page scrolled: Send stays where the thumb is.
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    for where in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {where})")
        # The page is laid out anew.
        soon(lambda: send.evaluate(IN_VIEW), so_far=where)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    take_pictures(page, "field-en-three-taps-large", PHONE, is_whole=False)
    page.evaluate("document.documentElement.style.fontSize = ''")
    # In a window so high that nothing is half under what stays in view.
    page.set_viewport_size({"width": 360, "height": 2_400})
    assert serious_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 640})

    # The last used category first, then the most used one.
    chips = page.locator(".choices button")
    expect(chips.nth(0)).to_have_attribute("data-testid", f"category-{OTHER}")
    expect(chips.nth(1)).to_have_attribute("data-testid", f"category-{WASTE}")
    page.get_by_test_id("photo-near").set_input_files(pictures[0])
    chips.nth(1).click()
    expect(page.get_by_test_id("photo")).to_have_count(1)
    send.click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    soon(lambda: sent(owner, me) == (WASTE, "", 1))
    # What was sent does not stay "saved".
    expect(page.get_by_test_id("report-kept")).to_have_text("✓ Sent")

    # Pictures of the gallery; and nothing is sent that shows and says nothing.
    page.get_by_test_id(f"category-{WASTE}").click()
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Take a photo")
    page.get_by_test_id("choose-near").set_input_files(pictures)
    expect(page.get_by_test_id("photo")).to_have_count(2)
    send.click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    soon(lambda: sent(owner, me) == (WASTE, "", 2))


def test_report_draft_survives_end_of_session_and_browser(city, owner, phone, pictures):
    me = city.worker("g1")
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    device.tab("report")
    page.get_by_test_id("photo-near").set_input_files(pictures[0])
    expect(page.get_by_test_id("photo")).to_have_count(1)
    page.get_by_test_id("search-category").fill("bllj")
    page.get_by_test_id(f"category-{WASTE}").click()
    page.get_by_test_id("words").fill("花坛里有垃圾")
    soon(lambda: "花坛里有垃圾" in page.evaluate(DRAFTS))

    # The session ends without a word: the cookie is gone, and the phone is switched off and on.
    page.context.clear_cookies()
    device.stop()
    page = device.start()
    expect(page.locator("input[name=password]")).to_be_visible()
    page.fill("input[name=username]", me.username)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button.main")
    device.tab("report")
    expect(page.get_by_test_id("words")).to_have_value("花坛里有垃圾")
    expect(page.get_by_test_id("category")).to_contain_text("暴露垃圾")
    expect(page.get_by_test_id("photo")).to_have_count(1)
    expect(page.get_by_test_id("where")).to_contain_text("±8")
    page.get_by_test_id("send-report").click()
    soon(lambda: sent(owner, me) == (WASTE, "花坛里有垃圾", 1))


def test_place_is_a_pin_where_phone_gives_no_position(city, owner, phone, case):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    page.evaluate(LOST)
    device.tab("report")
    expect(page.get_by_test_id("where")).to_contain_text("无法定位")
    page.get_by_test_id("open-map").click()
    drawn = page.locator("[data-testid=map][data-drawn]")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("where")).to_contain_text("手动修正")
    page.get_by_test_id("words").fill("路面塌陷")
    page.get_by_test_id("send-report").click()
    row = soon(lambda: case("路面塌陷"))
    east = row[3] - city.in_grid("g1")["lon"]
    assert 0.0001 < east < 0.002, "forty pixels to the east of the middle of the grid"
