"""Alerts: turning them on, the notification of the service worker, and an offer that is accepted by it with the app closed."""

import json
from typing import Any

from playwright.sync_api import expect

from app.core.ids import uuid7
from tests.alerts.conftest import Browser, push_service
from tests.waits import eventually
from tests.web.axe import serious_violations
from tests.web.field.test_worker_days import send, soon, states
from tests.web.pictures import PHONE, take_pictures

__all__ = ["push_service"]

NOTIFICATIONS = """navigator.serviceWorker.ready.then((r) => r.getNotifications())
    .then((shown) => shown.map(({ title, body, tag }) => ({ title, body, tag })))"""


# A browser's push service is a vendor's, which cannot be reached here. In its place the page gets the subscription of a push
# service on this machine. All else is as it is: the page, the server, its job, the encryption, the service worker.
SUBSCRIBED = """(subscription => {
    const made = { toJSON: () => subscription, unsubscribe: async () => true };
    PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
        localStorage.setItem("subscribed", String(applicationServerKey.length));
        return made;
    };
    PushManager.prototype.getSubscription = async () => (localStorage.getItem("subscribed") ? made : null);
})(%s)"""
# A press on the notification. The browser opens windows only after a real one: the address is returned.
PRESSED = """async () => {
    const [shown] = await registration.getNotifications();
    return new Promise((resolve) => {
        clients.openWindow = async (url) => resolve(url);
        dispatchEvent(new NotificationEvent("notificationclick", { notification: shown }));
    });
}"""


def push(device: Any, data: str, page: Any = None) -> None:
    """Deliver a decrypted message to the service worker, as the browser does. `page`: any page of the browser."""
    page = page or device.page
    devtools = device.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"])
    )
    devtools.send("ServiceWorker.enable")
    eventually(lambda: page.evaluate("1") and registrations, seconds=20)
    origin = f"http://127.0.0.1:{device.gate.port}"
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": registrations[-1]["registrationId"], "data": data},
    )


def test_push_message_shows_one_notification_in_the_language_of_the_app(city, phone):
    device = phone("en", has_profile=True)
    device.sign_in(city.worker("g1"))
    device.context.grant_permissions(["notifications"])
    message = {"kind": "urge", "id": str(uuid7())}
    device.page.wait_for_function("navigator.serviceWorker.controller !== null")
    push(device, json.dumps(message))
    shown = eventually(lambda: device.page.evaluate(NOTIFICATIONS), seconds=20)
    assert shown == [
        {
            "title": "Urged by a supervisor",
            "body": "A supervisor asks you to act on a task soon.",
            "tag": f"urge:{message['id']}",
        }
    ]
    push(device, json.dumps(message))
    push(device, "not json")
    shown = eventually(lambda: len(titles := device.page.evaluate(NOTIFICATIONS)) == 2 and titles, seconds=20)
    assert {notification["title"] for notification in shown} == {"Urged by a supervisor", "Gridward"}


def test_page_me_says_that_alerts_are_off_and_what_the_vendor_learns(city, phone):
    device = phone("en", has_profile=True)
    device.sign_in(city.worker("g1"))
    device.context.grant_permissions(["notifications"])
    device.page.reload()
    device.tab("me")
    expect(device.page.get_by_test_id("alert-state")).to_have_attribute("data-state", "off")
    expect(device.page.get_by_test_id("alerts")).to_contain_text("vendor learns which device")
    expect(device.page.get_by_test_id("turn-alerts")).to_be_visible()


def test_offer_is_accepted_by_its_alert_while_the_app_is_closed(city, online, owner, phone, push_service):
    me, other = city.worker("g1"), online(city.worker("g2"))
    device = phone("en", has_profile=True)
    device.sign_in(me)
    browser = Browser(push_service)
    device.context.grant_permissions(["geolocation", "microphone", "notifications"])
    device.context.add_init_script(SUBSCRIBED % json.dumps(browser.subscription()))
    page = device.page
    page.reload()
    device.tab("me")
    page.get_by_test_id("turn-alerts").click()
    expect(page.get_by_test_id("alert-state")).to_have_attribute("data-state", "on")
    take_pictures(page, "field-en-alerts-on", PHONE)
    assert page.evaluate("localStorage.getItem('subscribed')") == "65", "the key of the server, as a point"

    # The app is closed; the browser is not, as on a phone.
    blank = device.context.new_page()
    page.close()
    made = send(other, city.in_grid("g1"), "楼道堆物")
    message = soon(lambda: push_service.sent_to(browser))
    assert message == [{"kind": "offer", "id": made["assignment"]["id"]}]
    shown = "registration.getNotifications().then((all) => all.map(({ title }) => title))"

    def titles():
        """The service worker may be about to end with its page; a message that comes twice is shown once."""
        push(device, json.dumps(message[0]), blank)
        return [title for worker in device.context.service_workers for title in worker.evaluate(shown)]

    soon(lambda: titles() == ["New offer"])
    [worker] = device.context.service_workers
    device.page = page = device.context.new_page()
    page.goto(worker.evaluate(PRESSED))
    page.get_by_test_id("offer").filter(has_text="楼道堆物").get_by_test_id("accept").click()
    soon(lambda: states(owner, made["id"]) == ["accepted"])


def test_list_of_tasks_says_that_the_phone_gives_no_alerts(city, phone):
    device = phone("en", has_profile=True)
    device.sign_in(city.worker("g1"))
    page = device.page
    hint = page.get_by_test_id("alert-hint")
    expect(hint).to_contain_text("does not allow notifications")
    take_pictures(page, "field-en-alert-hint", PHONE)
    assert serious_violations(page) == []
    page.get_by_test_id("alert-hint-hide").click()
    expect(hint).to_have_count(0)
    page.reload()
    expect(page.get_by_text("No offers now")).to_be_visible()
    device.synced()
    expect(hint).to_have_count(0)
    # Another state is told again, and leads to where alerts are turned on.
    device.context.grant_permissions(["geolocation", "microphone", "notifications"])
    page.reload()
    expect(hint).to_contain_text("Alerts are off")
    hint.locator("a").click()
    expect(page.get_by_test_id("turn-alerts")).to_be_visible()


def test_new_offer_gives_a_signal_while_the_app_is_open(city, online, phone):
    me, other = city.worker("g1"), online(city.worker("g2"))
    send(other, city.in_grid("g1"), "先来的")
    device = phone("en", has_profile=True)
    device.sign_in(me)
    page = device.page
    expect(page.get_by_test_id("offer")).to_have_count(1)
    signalled = "document.documentElement.dataset.signalledAt ?? null"
    assert page.evaluate(signalled) is None, "what was there before is not new"
    device.tab("me")
    send(other, city.in_grid("g1"), "后来的")
    soon(lambda: page.evaluate(signalled))
