"""A failure in one part blocks no other: pulls, hints, explanations, one push group, storage of the phone."""

import json

from PIL import Image
from playwright.sync_api import expect

from app.core.ids import uuid7
from tests.waits import eventually
from tests.web.field.test_sessions import AT_ONCE
from tests.web.field.test_worker_days import WASTE, report, send

REFUSED = {"status": 403, "json": {"code": "permission_missing", "detail": "not for you"}}
NOT_UNDERSTOOD = {"status": 422, "json": {"code": "validation_failed", "detail": "not understood"}}

# Two notes that take effect together or not at all, waiting in the queue.
GROUPED = """group => new Promise((done, failed) => {
    const asked = indexedDB.open("gridward-field");
    asked.onsuccess = () => {
        const writing = asked.result.transaction("queue", "readwrite");
        for (const [n, op_id] of group.entries()) {
            const op = {op_id, device_seq: 900 + n, entity: "incident", op: "note", id: op_id, patch: {words: "x"},
                client_at: new Date().toISOString(), group: group[0]};
            writing.objectStore("queue").put({device_seq: op.device_seq, op_id, op, answer: null});
        }
        writing.oncomplete = () => { asked.result.close(); done(); };
        writing.onerror = () => failed(writing.error);
    };
})"""
FULL = """() => {
    const { add } = IDBObjectStore.prototype;
    window.hasRoom = () => { IDBObjectStore.prototype.add = add; };
    IDBObjectStore.prototype.add = function (...some) {
        if (this.name === "queue") throw new DOMException("full", "QuotaExceededError");
        return add.apply(this, some);
    };
}"""


def soon(page, seen):
    """Routes are answered only while the page is waited for, and not while this sleeps."""
    return eventually(lambda: seen() or page.wait_for_timeout(50), seconds=30)


def test_sos_is_sent_between_pages_of_a_pull(city, owner, phone):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    pushed = []
    page.on("request", lambda request: pushed.append(request) if request.url.endswith("/sync/push") else None)

    def no_end(route):
        """One page after another, until something was sent."""
        answer = route.fetch()
        return route.fulfill(response=answer, json=answer.json() | ({} if pushed else {"complete": False}))

    page.route("**/api/v1/sync?*", no_end)
    device.tab("me")
    with page.expect_request("**/api/v1/sync?*"):
        page.evaluate(AT_ONCE)
    page.get_by_test_id("sos").click()
    page.get_by_test_id("sos-sure").click()
    expect(page.get_by_test_id("help-state")).to_have_attribute("data-state", "raised")
    page.unroute_all(behavior="ignoreErrors")
    assert owner.execute("select count(*) from sos where worker_id = %s", (me.id,)).fetchone() == (1,)


def test_failing_operation_blocks_no_other_page_or_upload(city, online, owner, phone, case, tmp_path):
    me = city.worker("g1")
    send(online(city.worker("g2")), city.in_grid("g1"), "占道停车")
    # An operation of the worker's other phone: the server stores the reason and the words.
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "incident", "op": "note", "id": str(uuid7())}
    op |= {"patch": {"words": "门口有积水"}, "client_at": "2026-01-01T00:00:00Z"}
    pushed = online(me).post(
        "/sync/push", {"sent_at": "2026-01-01T00:00:00Z", "ops": [op]}, headers={"Accept-Language": "zh-CN"}
    )
    [answer] = pushed.json["results"]
    assert answer["dead_letter"], pushed.json

    device = phone()
    page = device.page
    page.route("**/incidents/*/dispatch", lambda route: route.fulfill(**REFUSED))
    page.route("**/events/ticket", lambda route: route.fulfill(**REFUSED))
    device.sign_in(me)
    device.tab("outbox")
    expect(page.get_by_test_id("letter-why")).to_have_text(answer["detail"])
    expect(page.get_by_test_id("letter")).to_contain_text("门口有积水")
    picture = tmp_path / "one.jpg"
    Image.effect_noise((400, 300), 40).save(picture)
    device.tab("report")
    page.get_by_test_id("photo-near").set_input_files(picture)
    expect(page.get_by_test_id("photo")).to_have_count(1)
    report(page, "井盖松动", WASTE)
    row = soon(page, lambda: case("井盖松动"))
    media = "select 1 from media where incident_id = %s"
    soon(page, lambda: owner.execute(media, (row[0],)).fetchone())

    # A group that is not understood is not parted, and ends.
    def judged(route):
        grouped = any("group" in op for op in json.loads(route.request.post_data)["ops"])
        return route.fulfill(**NOT_UNDERSTOOD) if grouped else route.continue_()

    page.route("**/sync/push", judged)
    page.evaluate(GROUPED, [str(uuid7()), str(uuid7())])
    device.tab("outbox")
    page.evaluate(AT_ONCE)
    expect(page.get_by_test_id("dead")).to_have_count(2)
    device.synced()
    # Unread failures are announced before they are deleted.
    device.tab("me")
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("would-lose")).to_contain_text("尚未查看的操作 2 项")

    # No storage left on the phone: a message appears, and the typed text stays.
    device.tab("report")
    page.evaluate(FULL)
    page.get_by_test_id("words").fill("树倒了")
    expect(page.get_by_test_id("lon")).not_to_have_value("")
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("not-kept")).to_be_visible()
    expect(page.get_by_test_id("words")).to_have_value("树倒了")
    expect(page.get_by_test_id("report-kept")).to_have_count(0)
    page.evaluate("hasRoom()")
    page.get_by_test_id("not-kept").locator("button").click()
    device.gate.shut()
    page.get_by_test_id("send-report").click()
    expect(page.get_by_test_id("waiting")).to_have_text("待发 1")

    # A service worker that is forbidden is told to the browser, and the app begins all the same.
    device.context.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new Error('forbidden'))"
    )
    page.unroute_all(behavior="ignoreErrors")
    device.gate.open()
    page.reload()
    soon(page, lambda: case("树倒了"))
    device.synced()
    assert [message.strip().split("\n")[0] for message in device.console_lines] == [
        "forbidden Error: forbidden"
    ]
    device.console_lines.clear()
