"""Conflict page in a browser: the own version beside the server's, and the effect of each choice."""

from playwright.sync_api import expect

from tests.web.field.test_visits import settle
from tests.web.field.test_worker_days import send, soon, status


def premises(owner, home):
    return owner.execute(
        "select round(ST_X(location)::numeric, 5), round(ST_Y(location)::numeric, 5) from premises where id = %s",
        (home.premises_id,),
    ).fetchone()


def test_conflict_page_compares_versions_and_applies_each_choice(city, online, owner, phone):
    me, other, boss = city.worker("g1"), online(city.worker("g2")), online(city.supervisor())
    home = settle(city, (0.3, 1.2), "和平里3号", "赵六")
    made = send(other, city.in_grid("g1"), "三号门杂物")
    gone = send(other, city.in_grid("g1"), "五号门停车")
    device = phone()
    device.sign_in(me)
    page = device.page
    for words in ("三号门杂物", "五号门停车"):
        page.get_by_test_id("offer").filter(has_text=words).get_by_test_id("accept").click()
    soon(lambda: [status(owner, case["id"]) for case in (made, gone)] == ["accepted"] * 2)
    device.synced()

    # Offline, the worker corrects the place of the home and feeds back both cases.
    device.gate.shut()
    page.goto(page.url.split("#")[0] + f"#/visit/{home.household_id}")
    page.get_by_test_id("home-place-here").click()
    page.get_by_test_id("home-place-save").click()
    for words, pair_texts in (("三号门杂物", "已清走两车"), ("五号门停车", "车主已移车")):
        device.tab("tasks")
        page.get_by_test_id("mine").filter(has_text=words).click()
        page.get_by_test_id("what-done").fill(pair_texts)
        page.get_by_test_id("feed-back").click()
    expect(page.get_by_test_id("waiting")).to_have_text("待发 3")
    # Meanwhile the supervisor puts right the same place elsewhere, and the cases.
    there = city.at(0.35, 1.25)
    flat = boss.get(f"/premises/{home.premises_id}").json
    answer = boss.patch(f"/premises/{home.premises_id}", there, flat["version"])
    assert answer.status_code == 200, answer.json
    for case in (made, gone):
        now = boss.get(f"/incidents/{case['id']}").json
        corrected = boss.patch(
            f"/incidents/{case['id']}", {"category": "E0101", "note": "改类"}, now["version"]
        )
        assert corrected.status_code == 200, corrected.json
        closed = boss.post(f"/incidents/{case['id']}/transitions", {"action": "force_close", "note": "撤"})
        assert closed.status_code == 200, closed.json
    device.gate.open()
    device.sync()
    letters = page.get_by_test_id("dead")
    expect(letters).to_have_count(3)

    # A place: base, own and server value.
    place = letters.filter(has=page.get_by_test_id("settle-apply_mine"))
    mine, saw = city.in_grid("g1"), city.at(0.3, 1.2)
    for shown in (saw, mine, there):
        expect(place.get_by_test_id("beside")).to_contain_text(f"{shown['lon']:.5f}, {shown['lat']:.5f}")
    place.get_by_test_id("settle-apply_mine").click()
    expect(letters).to_have_count(2)
    assert tuple(map(float, premises(owner, home))) == (round(mine["lon"], 5), round(mine["lat"], 5))

    # A case: category and state have changed, which is shown; the words are stored as a note, or dropped.
    first = letters.filter(has_text="已清走两车")
    rows = first.get_by_test_id("beside").locator("tbody tr")
    expect(rows.filter(has_text="状态")).to_contain_text("强制结案")
    expect(rows.filter(has_text="类别")).to_contain_text("已变动")
    expect(first).to_contain_text("反馈结果")
    first.get_by_test_id("settle-keep_both").click()
    expect(letters).to_have_count(1)
    noted = "select note from incident_event where incident_id = %s and action = 'note'"
    soon(lambda: owner.execute(noted, (made["id"],)).fetchall() == [("已清走两车",)])
    letters.get_by_test_id("settle-discard").click()
    expect(letters).to_have_count(0)
    expect(page.get_by_test_id("failed")).to_have_count(0)
    assert owner.execute(noted, (gone["id"],)).fetchall() == []
    assert [status(owner, case["id"]) for case in (made, gone)] == ["force_closed"] * 2
    left = "select count(*) from sync_dead_letter where account_id = %s and resolved_at is null"
    assert owner.execute(left, (me.id,)).fetchone() == (0,)
