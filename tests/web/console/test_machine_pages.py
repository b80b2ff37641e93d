"""Pages of service accounts and webhooks in a browser."""

import dataclasses
import re

import pytest
from playwright.sync_api import expect

from app.accounts.rules import service_accounts
from app.core.actor import Role
from app.core.outbox import DELIVERY_STATES
from app.webhooks import jobs, service
from app.webhooks.rules.attempts import PAUSE_REASONS, STATES
from app.webhooks.rules.event_types import EVENT_TYPES, NOTICE_TYPES
from tests.accounts.services import new_service_account
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, turn_to
from tests.web.pictures import take_pictures
from tests.web.themes import show_theme
from tests.webhooks.conftest import LOCAL, receiver

__all__ = ["receiver"]

PHONE_DARK, DESK_LIGHT = (390, 844), (1280, 800)
WORDS = "web/console/src/words/machines.ts"


@pytest.fixture
def admin_and_city(app, settings):
    city = make_city(app, settings)
    return city.person(Role.ADMIN, area="s"), city


def reads_areas(city, headers):
    client = city.app.test_client(use_cookies=False)
    return client.get(f"/api/v1/areas/{city.areas['s']}", headers=headers).status_code


def test_service_account_is_created_with_credential_that_is_shown_once(console, admin_and_city):
    admin, city = admin_and_city
    page = console(who=admin, language="en")
    page.get_by_test_id("nav-service-accounts").click()
    page.get_by_test_id("new-service-account").click()
    form = page.get_by_test_id("service-account-form")
    form.locator("[name=client_id]").fill(f"hotline-{city.code}")
    form.locator("[name=name]").fill("Hotline 12345")
    form.locator("[name=purpose]").fill("Files cases; Ms Wu")
    form.get_by_label("Read cases").check()
    form.get_by_label("Read areas").check()
    form.get_by_test_id("add-area").select_option(str(city.areas["s"]))
    assert_accessible(page, "service-account-form")
    form.get_by_test_id("open-service-account").click()
    shown = page.get_by_test_id("service-account")
    expect(shown.get_by_role("heading", level=1)).to_have_text("Hotline 12345")
    expect(shown.get_by_test_id("credentials")).to_contain_text("No valid credentials")
    shown.get_by_test_id("new-credential").locator("summary").click()
    shown.locator("[name=label]").fill("gateway")
    shown.get_by_test_id("create-credential").click()
    secret = shown.get_by_test_id("secret").inner_text()
    assert secret.startswith("gwk_")
    assert reads_areas(city, {"X-API-Key": secret}) == 200
    take_pictures(page, "screens-service-account-en", DESK_LIGHT)
    shown.get_by_test_id("hide-secret").click()
    assert secret not in page.content()

    # Rotated with no overlap: the first key ends, its successor works.
    shown.get_by_test_id("rotate").click()
    rotation = page.get_by_test_id("rotation")
    rotation.locator("[name=overlap]").fill("0")
    rotation.get_by_test_id("confirm-rotation").click()
    expect(rotation).to_have_count(0)
    successor = shown.get_by_test_id("secret").inner_text()
    assert successor != secret
    assert (reads_areas(city, {"X-API-Key": secret}), reads_areas(city, {"X-API-Key": successor})) == (
        401,
        200,
    )
    assert_accessible(page, "service-account")

    # Permissions replace the former ones; revocation needs a second click and is effective at once.
    change = shown.get_by_test_id("change-service-account")
    change.get_by_label("Read areas").uncheck()
    change.get_by_test_id("save-service-account").click()
    expect(change.get_by_test_id("told")).to_have_text("Done")
    assert reads_areas(city, {"X-API-Key": successor}) == 403
    turn_to(page, "service-accounts")
    row = page.get_by_test_id("service-account-table").locator("tr", has_text="Hotline 12345")
    expect(row).to_contain_text("Read cases")
    expect(row).not_to_contain_text("Not used yet")
    assert_accessible(page, "service-accounts")
    row.get_by_role("link").click()
    assert successor not in page.content()
    shown.get_by_test_id("revoke").click()
    assert reads_areas(city, {"X-API-Key": successor}) == 403
    shown.get_by_test_id("revoke").click()
    expect(shown.get_by_test_id("credentials")).to_contain_text("The credential was revoked.")
    assert reads_areas(city, {"X-API-Key": successor}) == 401
    shown.get_by_test_id("disable").click()
    shown.get_by_test_id("disable").click()
    expect(shown.get_by_test_id("service-status")).to_contain_text("Disabled")
    expect(shown.get_by_test_id("new-credential")).to_have_count(0)
    shown.get_by_test_id("enable").click()
    expect(shown.get_by_test_id("service-status")).to_have_text("Active")


def test_service_account_in_chinese_is_offered_own_areas_and_needs_one(console, admin_and_city):
    admin, city = admin_and_city
    page = console(who=admin)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    answer = admin.post(
        "/service-accounts",
        {
            "client_id": f"portal-{city.code}",
            "name": "市民门户",
            "kind": "portal",
            "permissions": ["incident:report", "incident:read", "media:add"],
            "area_ids": [str(city.areas["s"])],
        },
    )
    assert answer.status_code == 201, answer.json
    turn_to(page, "service-accounts")
    expect(page.get_by_test_id("service-account-table")).to_contain_text("市民门户")
    take_pictures(page, "screens-service-accounts-zh-dark", PHONE_DARK)
    turn_to(page, f"service-account/{answer.json['id']}")
    change = page.get_by_test_id("change-service-account")
    expect(change.get_by_test_id("add-area").locator(f"option[value='{city.areas['c1']}']")).to_have_count(1)
    expect(change.get_by_test_id("add-area").locator(f"option[value='{city.areas['d']}']")).to_have_count(0)
    take_pictures(page, "screens-service-account-zh-dark", PHONE_DARK)
    change.get_by_role("button", name="删除此项").click()
    change.get_by_test_id("save-service-account").click()
    expect(change.get_by_role("alert")).not_to_be_empty()
    assert admin.get(f"/service-accounts/{answer.json['id']}").json["area_ids"] == [str(city.areas["s"])]


@pytest.fixture
def send_due(app, monkeypatch):
    """Run the sending job once, with receivers on this machine allowed."""
    allowed = dataclasses.replace(app.extensions["settings"], outgoing_allowed=LOCAL)
    monkeypatch.setitem(app.extensions, "settings", allowed)
    sender = jobs.sender_of(allowed)
    return lambda **changes: service.send_due(dataclasses.replace(sender, draw=lambda: 0.5, **changes))


def test_webhook_page_shows_dead_letter_with_reason_and_replays_it(
    console, admin_and_city, receiver, send_due
):
    admin, city = admin_and_city
    made = admin.post(
        "/webhooks", {"url": receiver.url, "description": "City platform", "types": ["case.reported"]}
    )
    assert made.status_code == 201, made.json
    Desk.of(city).report("g1")
    # One attempt only: the first failure is a dead letter.
    receiver.answer = lambda _: (500, {})
    send_due(pauses_s=())
    page = console(who=admin, language="en")
    page.get_by_test_id("nav-webhooks").click()
    card = page.get_by_test_id(f"webhook-{made.json['id']}")
    expect(card.get_by_test_id("dead-count")).to_have_text("1")
    card.get_by_test_id("deliveries").locator("summary").click()
    table = card.get_by_test_id("delivery-table")
    row = table.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Dead letter")
    expect(row).to_contain_text("The receiver answered 500")
    assert_accessible(page, "webhooks")
    take_pictures(page, "screens-webhooks-en", DESK_LIGHT)
    # Sent again by a person, it arrives with the same id.
    receiver.answer = lambda _: (204, {})
    card.get_by_test_id("replay-dead").click()
    expect(card.get_by_test_id("deliveries")).to_contain_text("1 message waits to be sent again.")
    send_due()
    assert len({message.id for message in receiver.messages}) == 1
    card.get_by_test_id("deliveries").get_by_role("button", name="Refresh").click()
    expect(row).to_contain_text("Delivered")
    page.get_by_test_id("reload").click()
    expect(card.get_by_test_id("dead-count")).to_have_text("0")
    card.get_by_test_id("send-test").click()
    expect(card).to_contain_text("The test message was queued.")
    expect(row).to_have_count(2)
    send_due()
    assert receiver.messages[-1].type == "webhook.test"
    receiver.messages[-1].verify(made.json["secret"])
    card.get_by_test_id("toggle-webhook").click()
    expect(card.get_by_test_id("webhook-state")).to_contain_text("paused by a person")
    card.get_by_test_id("end-webhook").click()
    card.get_by_test_id("end-webhook").click()
    expect(page.get_by_test_id("no-webhooks")).to_be_visible()


def test_webhook_form_creates_and_changes_subscription(console, admin_and_city):
    admin, city = admin_and_city
    hotline = new_service_account(admin, city, name="市热线", permissions=["incident:read", "webhook:manage"])
    new_service_account(admin, city, name="无权账号")
    page = console(who=admin)
    page.set_viewport_size({"width": 390, "height": 844})
    show_theme(page, "dark")
    turn_to(page, "webhooks")
    page.get_by_test_id("new-webhook").click()
    form = page.get_by_test_id("webhook-form")
    expect(form.get_by_test_id("webhook-account").locator("option")).to_have_text(["我的账号", "市热线"])
    form.get_by_test_id("webhook-account").select_option(hotline["id"])
    form.locator("[name=url]").fill("https://10.0.0.1/hook")
    form.locator("[name=description]").fill("市平台")
    form.locator("[name=categories]").fill("0101，E0102")
    form.get_by_label("结案", exact=True).check()
    form.get_by_test_id("area_id").select_option(str(city.areas["c1"]))
    form.get_by_test_id("save-webhook").click()
    # An address of the network of the server is refused, and the input stays.
    expect(form.get_by_role("alert")).not_to_be_empty()
    form.locator("[name=url]").fill("https://93.184.215.14/hook")
    take_pictures(page, "screens-webhook-form-zh-dark", PHONE_DARK, is_whole=False)
    form.get_by_test_id("save-webhook").click()
    expect(form).to_have_count(0)
    secret = page.get_by_test_id("secret").inner_text()
    assert secret.startswith("whsec_")
    [stored] = admin.get("/webhooks").json["items"]
    assert (stored["types"], stored["categories"]) == (["case.closed"], ["0101", "E0102"])
    assert (stored["area_id"], stored["service_account"]["id"]) == (str(city.areas["c1"]), hotline["id"])
    expect(page.get_by_test_id("webhook-account")).to_have_text("市热线")
    take_pictures(page, "screens-webhooks-zh-dark", PHONE_DARK)
    page.get_by_test_id("edit-webhook").click()
    form.get_by_label("结案", exact=True).uncheck()
    form.locator("[name=categories]").fill("")
    form.get_by_test_id("area_id").select_option("")
    form.get_by_test_id("save-webhook").click()
    expect(form).to_have_count(0)
    [stored] = admin.get("/webhooks").json["items"]
    assert (stored["types"], stored["categories"], stored["area_id"]) == ([], [], None)
    page.get_by_test_id("new-secret").click()
    page.get_by_test_id("new-secret").click()
    expect(page.get_by_test_id("secret")).not_to_have_text(secret)
    assert_accessible(page, "webhooks-dark")
    admin.call("DELETE", f"/webhooks/{stored['id']}")


def table_keys(name):
    """Return the codes of a table of words."""
    with open(WORDS, encoding="utf-8") as file:
        table = re.search(rf"export const {name}: Pairs = \{{\n(.*?)\n\}}", file.read(), re.S)
    assert table
    return set(re.findall(r'^  "?([\w.:]+)"?:', table[1], re.M))


def test_words_of_machines_have_all_codes_of_the_api():
    assert table_keys("SERVICE_PERMISSION") == {p.value for p in service_accounts.PERMISSIONS}
    assert table_keys("SERVICE_KIND") == set(service_accounts.KINDS)
    assert table_keys("CREDENTIAL_FORM") == set(service_accounts.FORM_CODES)
    assert table_keys("WEBHOOK_STATE") == set(STATES)
    assert table_keys("PAUSE_REASON") == set(PAUSE_REASONS)
    assert table_keys("DELIVERY_STATE") == set(DELIVERY_STATES)
    assert table_keys("EVENT_TYPE") == {*EVENT_TYPES, *NOTICE_TYPES}
