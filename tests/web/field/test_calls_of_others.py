"""Calls for help of others: above every page of those who are told, with place and telephone; acknowledged and closed."""

from playwright.sync_api import expect

from app.core.ids import uuid7
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import soon
from tests.web.pictures import PHONE, take_pictures


def test_chief_sees_call_for_help_on_every_page_and_closes_it(city, online, owner, phone):
    chief, caller = city.worker("g2", on_duty=False, role="chief"), city.worker("g2", name="李四")
    boss = online(city.supervisor())
    path = f"/workers/{caller.id}"
    answer = boss.patch(path, {"phone": "138 0000 1111"}, boss.get(path).headers["ETag"].strip('W/"'))
    assert answer.status_code == 200, answer.json
    device = phone("en")
    device.sign_in(chief)
    page = device.page
    device.tab("report")
    call = {"id": str(uuid7()), **city.in_grid("g2")}
    assert online(caller).post("/sos", call).status_code == 201
    card = page.get_by_test_id("call-of-other")
    expect(card).to_contain_text("李四 calls for help")
    expect(card.get_by_test_id("call-telephone")).to_have_attribute("href", "tel:13800001111")
    assert card.get_by_test_id("navigate").get_attribute("href").startswith(f"geo:{call['lat']:.6f},")
    expect(card.get_by_test_id("call-place")).to_contain_text("km")
    take_pictures(page, "field-en-call-of-other", PHONE)
    assert serious_violations(page) == []
    for tab in ("tasks", "outbox", "me"):
        device.tab(tab)
        expect(card).to_be_in_viewport()

    # Without a network the call stays, and the page says what fails.
    device.gate.shut()
    card.get_by_test_id("acknowledge").click()
    expect(card.get_by_role("alert")).to_contain_text("No network")
    device.gate.open()
    page.evaluate("dispatchEvent(new Event('online'))")
    card.get_by_test_id("acknowledge").click()
    expect(card.get_by_test_id("acknowledged")).to_be_visible()
    acknowledged = "select acknowledged_by from sos where id = %s"
    assert owner.execute(acknowledged, (call["id"],)).fetchone() == (chief.id,)
    card.get_by_test_id("call-outcome").select_option("services_called")
    card.get_by_test_id("close-call").click()
    expect(card).to_have_count(0)
    outcome = "select outcome from sos where id = %s"
    soon(lambda: owner.execute(outcome, (call["id"],)).fetchone() == ("services_called",))
