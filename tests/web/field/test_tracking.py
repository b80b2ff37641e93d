"""Positions of the phone: recorded on duty only, stored offline, sent later, never after the end of duty."""

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.waits import eventually

soon = partial(eventually, seconds=30)
# What the page asks of the phone, and, by a watch of the test's own, what the browser has told to whoever may ask.
COUNTED = """
    window.watches = 0;
    window.told = [];
    const begin = navigator.geolocation.watchPosition.bind(navigator.geolocation);
    navigator.geolocation.watchPosition = (...asked) => { window.watches += 1; return begin(...asked); };
    begin(at => window.told.push(at.coords.longitude));
"""


# As after a day and more without a network.
MANY = """many => new Promise((done, failed) => {
    const asked = indexedDB.open("gridward-field");
    asked.onsuccess = () => {
        const writing = asked.result.transaction("position", "readwrite");
        const from = Date.now() - 86_400_000;
        for (let n = 0; n < many; n++)
            writing.objectStore("position").put({at: new Date(from + n).toISOString(), lon: 1, lat: 1, accuracy_m: 8});
        writing.oncomplete = () => { asked.result.close(); done(); };
        writing.onerror = () => failed(writing.error);
    };
})"""
MOST = 5_000


def places(owner, worker_id):
    """Longitudes that the server has kept of somebody, and whether each was on duty then."""
    return owner.execute(
        """select ST_X(p.geom::geometry), exists (select 1 from duty d where d.worker_id = p.worker_id and d.during @> p.at)
           from position p where p.worker_id = %s order by p.at""",
        (worker_id,),
    ).fetchall()


def walk(device, east):
    """Move to thousandths of a degree east of the start; return when the browser has reported the position."""
    lon = round(device.place["lon"] + east / 1000, 7)
    device.context.set_geolocation({"longitude": lon, "latitude": device.place["lat"], "accuracy": 8})
    device.page.wait_for_function("lon => told.some(some => Math.abs(some - lon) < 1e-6)", arg=lon)
    return lon


def test_positions_are_recorded_only_on_duty_and_sent_later(city, online, owner, phone):
    me = city.worker("g1", on_duty=False)
    device = phone()
    device.context.add_init_script(COUNTED)
    page = device.page
    page.reload()
    device.sign_in(me)
    tracked = page.get_by_test_id("tracking")
    expect(tracked).to_have_attribute("data-state", "off")
    walk(device, 1)
    assert (page.evaluate("watches"), device.held("position")) == (0, 0), "nothing is asked off duty"

    device.tab("me")
    page.get_by_test_id("turn-duty").click()
    expect(tracked).not_to_have_attribute("data-state", "off")
    # The browser first reports the last position off duty: it is not stored.
    walked = [walk(device, 2)]
    expect(tracked).to_have_text("正在上传位置")
    assert [lon for lon, _ in soon(lambda: places(owner, me.id))] == pytest.approx(walked, abs=1e-6)
    # Its answer has come, too: what is cut off in between is sent again.
    soon(lambda: device.held("position") == 0)

    device.gate.shut()
    for n, east in enumerate((5, 8, 11), 1):
        walked.append(walk(device, east))
        soon(lambda n=n: device.held("position") == n)
    device.tab("outbox")
    page.locator(".page > button").first.click()
    expect(tracked).to_have_text("位置暂存，3 处待发")
    # Only the newest positions are stored, up to a limit; the server filters those outside duty.
    page.evaluate(MANY, MOST)
    walked.append(walk(device, 14))
    soon(lambda: device.held("position") == MOST)
    device.tab("me")
    page.get_by_test_id("turn-duty").click()
    expect(tracked).to_have_text(f"不上传位置（在岗时 {MOST} 处待发）")
    walk(device, 17)
    assert device.held("position") == MOST, "nothing is kept when duty has ended"
    device.gate.open()
    device.sync()
    fixes = soon(lambda: len(some := places(owner, me.id)) == 5 and some)
    assert [lon for lon, _ in fixes] == pytest.approx(walked, abs=1e-6)
    assert all(on_duty for _, on_duty in fixes)
    soon(lambda: device.held("position") == 0)

    # Duty that ends elsewhere ends here with the row that says so, not with the next look at the clock.
    device.tab("me")
    page.get_by_test_id("turn-duty").click()
    expect(tracked).not_to_have_attribute("data-state", "off")
    walk(device, 20)
    soon(lambda: device.held("position") or len(places(owner, me.id)) == 6)
    device.sync()
    soon(lambda: len(places(owner, me.id)) == 6)
    duty = f"/workers/{me.id}/duty"
    assert online(me).post(duty, {"on_duty": False}).status_code == 200
    expect(tracked).to_have_attribute("data-state", "off")
    expect(page.get_by_test_id("duty")).to_contain_text("离岗", timeout=10_000)
    walk(device, 23)
    device.sync()
    assert len(places(owner, me.id)) == 6 and device.held("position") == 0


@pytest.mark.parametrize("language", ["en"])
def test_denied_location_permission_is_shown(city, phone, language):
    me = city.worker("g1")
    device = phone(language)
    device.context.clear_permissions()
    device.sign_in(me)
    expect(device.page.get_by_test_id("tracking")).to_have_text("Position not allowed")
    device.tab("me")
    expect(device.page.get_by_test_id("place-denied")).to_contain_text("supervisors cannot see where you are")
