"""Case page in a browser: candidates of now, the earlier run as history, and why the case took so long."""

from datetime import timedelta

from playwright.sync_api import expect

from app.core import clock
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, choose_action, submit_with_reason, turn_to


def test_assigning_chooses_among_candidates_of_now(console, app, settings):
    city = make_city(app, settings)
    desk = Desk.of(city)
    first, second = city.worker("g1", name="甲"), city.worker("g1", name="乙")
    case = desk.report(category="E0102")
    page = console(who=desk.boss, language="en")
    turn_to(page, f"case/{case['id']}")
    now = page.get_by_test_id("candidates-now")
    rows = now.get_by_test_id("candidates").locator("tbody tr")
    holder = desk.shown(case)["assignment"]["worker"]["name"]
    free, free_name = (second, "乙") if holder == "甲" else (first, "甲")
    expect(rows.filter(has_text=holder)).to_contain_text("Has the case")
    expect(rows.filter(has_text=free_name)).to_contain_text("Eligible")
    # Off duty since the run: the run of the past stays as it was, the candidates of now are computed again.
    ended = free.post(f"/workers/{free.id}/duty", {"on_duty": False})
    assert ended.status_code == 200, ended.json
    now.get_by_role("button", name="Compute again").click()
    expect(rows.filter(has_text=free_name)).to_contain_text("off duty")
    history = page.get_by_test_id("explanation").get_by_test_id("run-candidates").first
    expect(history.locator("tbody tr").filter(has_text=free_name)).not_to_contain_text("off duty")
    expect(page.get_by_test_id("explanation").get_by_role("button", name="Assign")).to_have_count(0)
    begun = free.post(f"/workers/{free.id}/duty", {"on_duty": True})
    assert begun.status_code == 200, begun.json
    now.get_by_role("button", name="Compute again").click()
    expect(rows.filter(has_text=free_name).locator("b")).to_have_text("Eligible")
    assert_accessible(page, "candidates-now")
    # The form of the menu lists the eligible first.
    choose_action(page, "reassign")
    form = page.get_by_test_id("act-form")
    expect(form.locator("optgroup").first.locator("option").filter(has_text=free_name)).to_have_count(1)
    now.get_by_test_id(f"assign-{free.id}").click()
    expect(form.get_by_test_id("worker")).to_have_value(str(free.id))
    submit_with_reason(form, "nearer")
    expect(page.get_by_test_id("holder")).to_contain_text(free_name)


def test_case_page_explains_why_it_took_so_long(console, app, settings, accept):
    began = clock.now() - timedelta(days=3)
    with clock.at(began):
        city = make_city(app, settings)
        desk = Desk.of(city)
        worker = city.worker("g1", name="甲")
        case = desk.report(category="E0102")
    with clock.at(began + timedelta(minutes=2)):
        assert accept(worker, case).status_code == 200
    for person in (desk.boss, worker):
        person.token = None
    page = console(who=desk.boss, language="en")
    turn_to(page, f"case/{case['id']}")
    durations = desk.boss.get(f"/incidents/{case['id']}/durations").json
    section = page.get_by_test_id("durations")
    expect(section.get_by_test_id("duration-sentence")).to_have_text(durations["sentence"]["en"])
    bars = section.get_by_test_id("duration-bar").locator("rect")
    expect(bars).to_have_count(len(durations["segments"]))
    expect(section.locator(".kinds li").filter(has_text="Handling")).to_have_count(1)
    section.locator("summary").click()
    handled = section.get_by_test_id("segments").locator("tbody tr").filter(has_text="Handling")
    expect(handled).to_contain_text("甲")
    expect(handled).to_contain_text("until now")
    # Three days have nights: the sentence and the bar show different times.
    expect(section.get_by_test_id("duration-legend")).to_contain_text("in working time")
    expect(section.get_by_test_id("duration-sentence")).to_contain_text("by the calendar")
    assert_accessible(page, "durations")
    page.set_viewport_size({"width": 360, "height": 740})
    place = section.locator(".scroll")
    assert place.evaluate("place => place.scrollWidth <= place.clientWidth"), "the table is cut off"
