"""Send right after a photo was chosen: the report and the feedback wait until the phone has stored the photo."""

from playwright.sync_api import expect

from tests.web.field.test_report_in_three_taps import pictures, sent  # noqa: F401
from tests.web.field.test_worker_days import WASTE, send, soon

# Storing a photo takes until `storePhotos` is called.
SLOW = """() => {
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    const gate = new Promise((resolve) => { window.storePhotos = resolve; });
    crypto.subtle.digest = async (...given) => { await gate; return digest(...given); };
}"""


def test_report_waits_for_its_photos_and_has_what_was_entered_meanwhile(city, owner, phone, pictures):  # noqa: F811
    me = city.worker("g1")
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("report")
    page.get_by_test_id("search-category").fill(WASTE)
    page.get_by_test_id(f"category-{WASTE}").click()
    expect(page.get_by_test_id("where")).to_contain_text("±8 m")
    page.evaluate(SLOW)
    page.get_by_test_id("choose-near").set_input_files(pictures)
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("media-storing")).to_have_text("The photo or note is being stored …")
    expect(page.get_by_test_id("send-report")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".send [role=alert]")).to_have_count(0)
    page.get_by_test_id("words").fill("two bags")
    page.evaluate("storePhotos()")
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    expect(page.get_by_test_id("media-storing")).to_be_empty()
    device.sync()
    soon(lambda: sent(owner, me) == (WASTE, "two bags", 2))


def test_feedback_waits_for_its_photo_and_names_it(city, online, owner, phone, pictures):  # noqa: F811
    me, other = city.worker("g1"), online(city.worker("g2"))
    case = send(other, city.in_grid("g1"), "垃圾堆积")
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("tasks")
    page.get_by_test_id("accept").click()
    page.get_by_test_id("mine").click()
    for step in ("en_route", "on_scene", "start"):
        page.get_by_test_id(f"do-{step}").click()
    page.evaluate(SLOW)
    page.get_by_test_id("photo-after").set_input_files(pictures[0])
    page.get_by_test_id("what-done").fill("removed")
    page.get_by_test_id("feed-back").click()
    expect(page.get_by_test_id("media-storing")).to_have_text("The photo or note is being stored …")
    page.evaluate("storePhotos()")
    named = "select detail -> 'media' from incident_event where incident_id = %s and action = 'feed_back'"
    soon(lambda: owner.execute(named, (case["id"],)).fetchone())
    assert len(owner.execute(named, (case["id"],)).fetchone()[0]) == 1
