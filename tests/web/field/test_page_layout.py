"""Every page at 360 x 640 in both languages and themes: no overflow, touch targets of sufficient size. bin/pictures."""

import pytest
from playwright.sync_api import expect

from tests.sample_sizes import drawn_share
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import WASTE, report, send
from tests.web.pictures import DESK, PHONE, TABLET, take_pictures
from tests.web.themes import show_theme

WIDTH, LEAST_PX = 360, 40
# What is wrong with a page for a thumb: wider than the phone, targets that are small or cover each other.
FAULTS = """(least) => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} wide`);
  const pressed = "button, nav a, input:not([type=checkbox]):not([type=radio]), select, textarea, label.tick, summary";
  for (const one of document.querySelectorAll(pressed)) {
    const name = one.textContent || one.name;
    if (!one.checkVisibility()) continue;  // within details that are closed
    const box = one.getBoundingClientRect();
    if (box.height < least) faults.push(`${name} is ${box.height} high`);
    if (box.left < 0 || box.right > innerWidth + 0.5) faults.push(`${name} sticks out`);
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const one of document.querySelectorAll("input[placeholder]")) {
    const style = getComputedStyle(one);
    pen.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(one.placeholder).width > room) faults.push(`"${one.placeholder}" is cut off`);
  }
  return faults;
}"""


@pytest.mark.wide
@pytest.mark.parametrize(
    "language", drawn_share(["zh-CN", "en"], one_in=2, name="language of the phone's pages")
)
def test_every_page_fits_a_phone(city, online, phone, language):
    me, other, boss = city.worker("g1"), online(city.worker("g2")), online(city.supervisor())
    send(other, city.in_grid("g1"), "三号楼前有建筑垃圾堆放，影响通行，居民多次反映")
    lost = send(other, city.in_grid("g1"), "店外经营")
    device = phone(language)
    page = device.page

    def look(name):
        assert page.evaluate(FAULTS, LEAST_PX) == [], name
        # In a window so high that nothing is half under what stands still at the top and at the bottom.
        page.set_viewport_size({"width": WIDTH, "height": 2_400})
        assert serious_violations(page) == [], name
        show_theme(page, "dark")
        assert serious_violations(page) == [], f"{name}, dark"
        page.set_viewport_size({"width": WIDTH, "height": 640})
        take_pictures(page, f"field-{language}-{name}-dark", PHONE, is_whole=False)
        show_theme(page, "light")
        take_pictures(page, f"field-{language}-{name}", PHONE, TABLET, DESK, is_whole=False)

    assert page.locator("img").evaluate("image => image.decode().then(() => true)")
    look("1-sign-in")
    device.sign_in(me)
    expect(page.get_by_test_id("offer")).to_have_count(2)
    expect(page.get_by_test_id("why").first).not_to_contain_text(
        {"en": "network", "zh-CN": "有网络"}[language]
    )
    look("2-offers")
    page.get_by_test_id("decline").first.click()
    look("3-decline")
    page.get_by_test_id("offer").first.locator("button").first.click()
    device.gate.shut()
    page.get_by_test_id("offer").filter(has_text="店外经营").get_by_test_id("accept").click()
    page.get_by_test_id("offer").filter(has_text="三号楼").get_by_test_id("accept").click()
    expect(page.get_by_test_id("mine")).to_have_count(2)
    look("4-in-hand")
    page.get_by_test_id("mine").filter(has_text="三号楼").click()
    page.get_by_test_id("note").fill("已联系物业")
    page.get_by_test_id("add-note").click()
    look("5-case")
    device.tab("report")
    page.get_by_test_id("search-category").fill("")
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    page.get_by_test_id("voice-record").click()
    expect(page.get_by_test_id("voice-stop")).to_contain_text("0:01")
    look("6a-recording")
    page.get_by_test_id("voice-stop").click()
    expect(page.get_by_test_id("voice")).to_have_count(1)
    look("6-report")
    page.get_by_test_id("voice-delete").click()
    report(page, "路面破损", WASTE)
    look("7-report-kept")
    device.tab("outbox")
    expect(page.get_by_test_id("waits")).to_have_count(4)
    look("8-waiting")
    boss.post(f"/incidents/{lost['id']}/transitions", {"action": "force_close", "note": "重复"})
    device.gate.open()
    device.sync()
    expect(page.get_by_test_id("dead")).to_have_count(1)
    look("9-failed")
    device.tab("me")
    page.get_by_test_id("sos").click()
    look("10-me")
    page.get_by_test_id("to-figures").click()
    page.get_by_test_id("figure-load").get_by_test_id("open-members").click()
    expect(page.get_by_test_id("member")).to_have_count(2)
    page.get_by_test_id("figure-load").get_by_test_id("contest").first.click()
    look("11-figures")
    device.tab("me")
    assert page.evaluate("document.documentElement.lang") == language
    # The other language, at once.
    page.locator(".languages button[aria-pressed=false]").click()
    expect(page.get_by_test_id("tab-tasks")).to_contain_text({"en": "任务", "zh-CN": "Tasks"}[language])
