"""Visits that are due and the plan of a day, in a browser, online and offline."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.core.actor import SYSTEM
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from tests.factories import make_city
from tests.web.axe import serious_violations
from tests.web.console.desk import turn_to
from tests.web.field.test_worker_days import soon
from tests.web.pictures import PHONE, take_pictures


def morning():
    """Of a profile: where it is ten in the morning, so that doors are knocked at and much of the day is left."""
    ahead = 10 - datetime.now(UTC).hour
    ahead += 24 if ahead < -12 else 0
    return {"timezone": f"Etc/GMT{-ahead:+d}" if ahead else "UTC"}


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=morning())


def settle(city, at, address, *names):
    """A home with these people, never visited."""
    row = {"jurisdiction_id": city.jurisdiction_id, "kind": "dwelling", "address": address, **city.at(*at)}
    with transaction(SYSTEM) as session:
        people = [{"name": name, "phone": "13812345678", "email": "z@mail.example"} for name in names]
        (made,) = households.register_many(session, SYSTEM, rows=[row | {"residents": people}])
    return made


def care(person, home, kind, purpose):
    """A task for the first of a home's people, due today."""
    resident = person.get(f"/households/{home.household_id}").json["members"][0]["id"]
    ends_on = str((datetime.now(UTC) + timedelta(days=200)).date())
    body = {"id": str(uuid7()), "kind": kind, "purpose": purpose, "ends_on": ends_on, "cycle_days": 14}
    answer = person.post(f"/residents/{resident}/care-tags", body)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def stops(page):
    return page.get_by_test_id("stop").filter(has=page.locator(".kind.visit"))


def test_visits_are_grouped_by_building_and_number_is_called_for_a_purpose(city, online, owner, phone):
    me = city.worker("g1")
    community = "浙江省杭州市西湖区古荡街道古荡社区"
    for n, room in enumerate(("3幢2单元301", "3幢1单元102", "5幢401")):
        settle(city, (0.52 + n / 100, 1.5), f"{community}古荡小区{room}", "张三丰")
    device = phone("en")
    device.sign_in(me)
    page = device.page
    device.tab("day")
    page.get_by_test_id("to-visits").click()
    buildings = page.get_by_test_id("building")
    expect(buildings).to_have_count(2)
    third = buildings.filter(has_text="3幢")
    expect(third.get_by_test_id("home")).to_have_count(2)
    expect(third.locator("h3").first).not_to_contain_text("古荡街道")
    take_pictures(page, "field-en-buildings", PHONE)
    assert serious_violations(page) == []
    third.get_by_test_id("home").filter(has_text="301").click()
    expect(page.get_by_test_id("tel")).to_have_count(0)
    expect(page.get_by_test_id("people")).to_contain_text("z***@mail.example")
    page.get_by_test_id("reveal").click()
    page.get_by_test_id("reveal-why").fill("call before the visit")
    take_pictures(page, "field-en-reveal", PHONE)
    assert serious_violations(page) == []
    page.get_by_test_id("reveal-sure").click()
    expect(page.get_by_test_id("tel")).to_have_attribute("href", "tel:13812345678")
    recorded = "select count(*) from audit_event where actor_id = %s and action = 'personal.disclose'"
    assert owner.execute(recorded, (me.id,)).fetchone() == (1,)
    # The number is gone with the page.
    page.get_by_text("‹").click()
    page.get_by_test_id("home").filter(has_text="301").click()
    expect(page.get_by_test_id("tel")).to_have_count(0)
    assert (
        device.page.evaluate(
            """() => new Promise((resolve) => {
            const open = indexedDB.open("gridward-field");
            open.onsuccess = () => {
                const rows = open.result.transaction("row").objectStore("row").getAll();
                rows.onsuccess = () => resolve(JSON.stringify(rows.result).includes("13812345678"));
            };
        })"""
        )
        is False
    )


def test_visits_page_runs_a_day_of_visits(city, online, owner, phone, desks):
    me = city.worker("g1")
    near = settle(city, (0.52, 1.5), "幸福路1号", "张三丰", "李四")
    far = settle(city, (0.95, 1.95), "平安路9号", "王五")
    mobility = care(online(me), near, "mobility", "下楼需要帮助")
    meals = care(online(me), near, "meal_delivery", "午餐")
    device = phone(has_profile=True)
    device.sign_in(me)
    page = device.page

    # The day starts at the worker's position, not at the default start.
    device.tab("day")
    page.get_by_test_id("plan-day").click()
    expect(stops(page)).to_have_count(2)
    expect(stops(page).first).to_contain_text("幸福路1号")
    expect(stops(page).last).to_contain_text("平安路9号")
    there = city.at(0.94, 1.96)
    device.context.set_geolocation({"longitude": there["lon"], "latitude": there["lat"], "accuracy": 8})
    page.get_by_test_id("plan-day").click()
    expect(stops(page).first).to_contain_text("平安路9号")
    page.get_by_test_id("open-map").click()
    expect(page.locator("[data-testid=map][data-drawn]")).to_be_visible()
    # The map shows all stops, including those of the round.
    first = page.locator(".maplibregl-marker").first
    expect(first).to_have_attribute("aria-label", "1 平安路9号")

    # What is due, and all of it without a network.
    device.gate.shut()
    expect(page.get_by_test_id("to-visits")).to_contain_text("2")
    page.get_by_test_id("to-visits").click()
    homes = page.get_by_test_id("home")
    expect(homes).to_have_count(2)
    page.get_by_test_id("search-home").fill("幸福")
    expect(homes).to_have_count(1)
    homes.first.click()
    people = page.get_by_test_id("people")
    expect(people).to_contain_text("张")
    assert "三丰" not in page.content() and "13812345678" not in page.content(), "masked as it came"
    tasks = page.get_by_test_id("care-task")
    expect(tasks).to_have_count(2)
    tasks.filter(has_text="下楼需要帮助").locator("input").check()
    page.get_by_test_id("visit-note").fill("电梯已报修")
    page.get_by_test_id("visit-save").click()
    # The other task is due all the same.
    expect(homes).to_have_count(2)
    mine = homes.filter(has_text="幸福路1号")
    expect(mine.get_by_test_id("home-facts")).to_contain_text("待办事项 1 项")
    homes.filter(has_text="平安路9号").click()
    page.get_by_test_id("outcome-nobody_home").check()
    page.get_by_test_id("visit-save").click()
    expect(homes).to_have_count(1)
    expect(page.get_by_test_id("waiting")).to_have_text("待发 2")
    device.stop()
    page = device.start()
    device.tab("day")
    expect(page.get_by_test_id("stop").filter(has_text="已完成")).to_have_count(2)
    assert owner.execute("select 1 from visit where visited_by = %s", (me.id,)).fetchone() is None

    device.gate.open()
    device.sync()
    visits = owner.execute(
        "select outcome, note, care_done from visit where visited_by = %s order by outcome", (me.id,)
    ).fetchall()
    assert [(o, n, [str(t) for t in done]) for o, n, done in visits] == [
        ("done", "电梯已报修", [mobility]),
        ("nobody_home", None, []),
    ]
    due = dict(
        owner.execute(
            "select id::text, next_due <= current_date + 1 from care_tag where id = any(%s::uuid[])",
            ([mobility, meals],),
        ).fetchall()
    )
    assert due == {mobility: False, meals: True}
    again = "select next_visit_due > current_date + 2 from household where id = any(%s)"
    assert owner.execute(again, ([near.household_id, far.household_id],)).fetchall() == [(True,), (True,)]
    # The pulled rows equal the local changes.
    soon(lambda: device.held("queue") == 0)
    page.goto(page.url.split("#")[0] + "#/visits")
    expect(page.get_by_test_id("home")).to_have_count(1)
    page.get_by_test_id("home").click()
    expect(page.get_by_test_id("visited")).to_contain_text("电梯已报修")

    # A supervisor of the street sees both visits; the note stays with the household.
    desk = desks.enter(city.supervisor())
    turn_to(desk, f"audit?actor_id={me.id}&action=household.visit")
    seen = desk.get_by_test_id("events").locator("tbody tr")
    expect(seen).to_have_count(2)
    expect(seen.first).to_contain_text("登记了一次走访")
    assert "电梯" not in desk.content()

    # Signed out, the phone knows nobody any more.
    device.tab("me")
    page.get_by_test_id("sign-out").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert [device.held(name) for name in ("row", "queue", "photo")] == [0, 0, 0]
