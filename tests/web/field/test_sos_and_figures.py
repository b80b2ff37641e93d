"""Calls for help, sent or not; and the worker's own figures, opened and contested."""

from functools import partial

from playwright.sync_api import expect

from tests.waits import eventually
from tests.web.field.test_worker_days import send

soon = partial(eventually, seconds=30)


def test_sos_is_shown_unsent_cancelled_and_followed_to_its_end(city, online, owner, phone):
    me, boss = city.worker("g1"), online(city.supervisor())
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page
    state = page.get_by_test_id("help-state")
    raised = "select count(*) from sos where worker_id = %s"
    device.gate.shut()
    device.tab("me")
    page.get_by_test_id("sos").hover()
    page.mouse.down()
    expect(state).to_have_attribute("data-state", "unsent")
    page.mouse.up()
    expect(state).to_contain_text("还没有人知道")
    page.get_by_test_id("sos-take-back").click()
    expect(state).to_have_count(0)
    expect(page.get_by_test_id("waiting")).to_have_text("待发 0")

    # A short touch raises no call before it is confirmed.
    page.get_by_test_id("sos").click()
    expect(page.get_by_test_id("waiting")).to_have_text("待发 0")
    page.get_by_test_id("sos-sure").click()
    expect(state).to_have_attribute("data-state", "unsent")
    device.stop()
    page = device.start()
    device.tab("me")
    state = page.get_by_test_id("help-state")
    expect(state).to_have_attribute("data-state", "unsent")
    assert owner.execute(raised, (me.id,)).fetchone() == (0,)

    device.gate.open()
    device.sync()
    device.tab("me")
    expect(state).to_have_attribute("data-state", "raised")
    assert owner.execute(raised, (me.id,)).fetchone() == (1,)
    [call] = [call for call in boss.get("/sos").json["items"] if call["worker"]["id"] == str(me.id)]
    assert call["place"]["lon"] == city.in_grid("g1")["lon"]
    assert boss.post(f"/sos/{call['id']}/acknowledge").status_code == 200
    expect(state).to_have_attribute("data-state", "acknowledged")
    expect(state).to_contain_text("周主任")
    assert boss.post(f"/sos/{call['id']}/close", {"outcome": "false_alarm"}).status_code == 200
    expect(state).to_have_attribute("data-state", "closed")
    expect(page.get_by_test_id("sos")).to_be_visible()


def test_own_figures_open_their_members_and_are_contested(city, online, owner, phone):
    me, other = online(city.worker("g1")), online(city.worker("g2"))
    place = city.in_grid("g1")
    for words in ("垃圾未清", "占道经营", "路面破损"):
        made = send(other, place, words)
        path = f"/assignments/{made['assignment']['id']}"
        done = (
            me.post(f"{path}/decline", {"reason": "太远"})
            if words == "路面破损"
            else me.post(f"{path}/accept")
        )
        assert done.status_code == 200, done.data
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("me")
    page.get_by_test_id("to-figures").click()
    for name, count in {"load": 2, "declined": 1, "expired": 0}.items():
        figure = page.get_by_test_id(f"figure-{name}")
        expect(figure.get_by_test_id("count")).to_have_text(str(count))
        figure.get_by_test_id("open-members").click()
        expect(figure.get_by_test_id("member")).to_have_count(count)
    expect(page.get_by_test_id("figure-load").get_by_test_id("mean")).to_contain_text("street mean")
    declined = page.get_by_test_id("figure-declined")
    expect(declined.get_by_test_id("member")).to_contain_text("太远")
    declined.get_by_test_id("member").get_by_test_id("contest").click()
    declined.get_by_test_id("contest-words").fill("It was not in my grid")
    declined.get_by_test_id("contest-send").click()
    expect(declined.get_by_test_id("contested")).to_contain_text("not answered yet")
    contests = "select figure, member_id is not null, words from figure_contest where worker_id = %s"
    assert owner.execute(contests, (me.id,)).fetchall() == [("declined", True, "It was not in my grid")]
