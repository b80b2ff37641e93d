"""The place of a report is typed on the phone: with a network from the server, without one from what the phone has."""

from playwright.sync_api import expect

from tests.endpoints import flat
from tests.places.conftest import moved, register
from tests.web.axe import serious_violations
from tests.web.field.test_report_in_three_taps import LOST
from tests.web.field.test_worker_days import soon
from tests.web.pictures import PHONE, take_pictures


def type_place(page, text: str, choice: str) -> None:
    page.get_by_test_id("search-place").fill(text)
    page.get_by_test_id("found-place").filter(has_text=choice).first.click()


def test_report_has_place_typed_with_network(city, phone, case):
    register(city, "g2", address="天目街7号", kind="shop", name="幸福超市")
    device = phone("en")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("report")
    page.get_by_test_id("place-typed").locator("summary").click()
    # A landmark of another grid: it is not on the phone.
    type_place(page, "xfcs", "Xingfu Supermarket")
    expect(page.get_by_test_id("place-name")).to_have_text("Xingfu Supermarket")
    take_pictures(page, "field-en-typed-place", PHONE, is_whole=False)
    page.set_viewport_size({"width": 360, "height": 2_400})
    assert serious_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_test_id("words").fill("门口积水")
    page.get_by_test_id("send-report").click()
    row = soon(lambda: case("门口积水"))
    place = city.in_grid("g2")
    assert (abs(row[3] - place["lon"]) < 1e-6, abs(row[4] - place["lat"]) < 1e-6) == (True, True)


def test_report_has_place_typed_without_network_or_position(city, phone, case):
    place = moved(city.in_grid("g1"), 150, 0)
    flat(city, address="古荡路12号3单元501室", **place)
    flat(city, address="古荡路120号3单元501室", **moved(city.in_grid("g1"), -150, 0))
    device = phone("zh-CN")
    device.sign_in(city.worker("g1"))
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-visits").click()
    expect(page.get_by_text("古荡路12号").first).to_be_visible()
    page.evaluate(LOST)
    device.gate.shut()
    device.tab("report")
    expect(page.get_by_test_id("where")).to_contain_text("无法定位")
    type_place(page, "gudanglu12", "古荡路12号")
    expect(page.get_by_test_id("place-name")).to_have_text("古荡路12号")
    page.get_by_test_id("words").fill("楼下漏水")
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("report-kept")).to_be_visible()
    # The place that was chosen last is offered before anything is typed.
    page.get_by_test_id("place-typed").locator("summary").click()
    expect(page.get_by_test_id("found-place")).to_have_text(["古荡路12号"])
    device.gate.open()
    row = soon(lambda: case("楼下漏水"))
    assert (abs(row[3] - place["lon"]) < 1e-6, abs(row[4] - place["lat"]) < 1e-6) == (True, True)
