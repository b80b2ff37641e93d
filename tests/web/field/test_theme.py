"""Light and dark on the phone; no focus ring at the start; a report that was refused is not shown as saved."""

from playwright.sync_api import expect

from tests.web.field.test_worker_days import report
from tests.web.pictures import PHONE, take_pictures
from tests.web.themes import show_theme

GROUND = "getComputedStyle(document.documentElement).backgroundColor"
DARK, LIGHT = "rgb(14, 17, 19)", "rgb(238, 240, 238)"


def test_theme_is_chosen_on_the_phone_and_survives_restart_and_sign_out(city, phone):
    device = phone("en", has_profile=True)
    device.sign_in(city.worker("g1"))
    page = device.page
    assert page.evaluate(GROUND) == LIGHT
    show_theme(page, "dark")
    assert page.evaluate(GROUND) == DARK
    device.tab("me")
    expect(page.get_by_test_id("theme-device")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("theme-light").click()
    assert page.evaluate(GROUND) == LIGHT
    page.get_by_test_id("theme-dark").click()
    take_pictures(page, "field-en-theme-dark", PHONE, is_whole=False)
    # The phone is switched off and on, without a network.
    device.gate.shut()
    device.stop()
    page = device.start()
    expect(page.get_by_test_id("tab-tasks")).to_be_visible()
    assert page.evaluate(GROUND) == DARK
    heading = page.locator("h1")
    expect(heading).to_be_focused()
    assert heading.evaluate("heading => getComputedStyle(heading).outlineStyle") == "none"


def test_report_page_says_when_report_is_kept_and_sent(city, phone):
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.gate.shut()
    report(page, "kept without a network", "垃圾")
    outcome = page.get_by_test_id("report-kept")
    expect(outcome).to_have_text("✓ Saved. It is sent as soon as there is a network")
    device.gate.open()
    expect(outcome).to_have_text("✓ Sent")
    expect(page.get_by_test_id("waiting")).to_have_text("Unsent: 0")
