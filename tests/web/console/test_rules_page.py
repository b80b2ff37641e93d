"""Rules page in a browser: what a version cites, the figure before and after, and the form of its author."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, turn_to


@pytest.fixture
def city(app, settings):
    """A city whose version 2 of the rules has been in force for ten days."""
    city = make_city(app, settings)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""insert into profile_version (id, jurisdiction_id, number, data, in_force_from)
                    select gen_random_uuid(), jurisdiction_id, 2, data, cast(:at as timestamptz) - interval '10 days'
                    from profile_version where jurisdiction_id = :id and number = 1"""),
            {"at": clock.now(), "id": city.jurisdiction_id},
        )
    return city


def test_page_shows_evidence_and_figure_before_and_after(console, city):
    desk = Desk.of(city)
    case = desk.report(category="E0102")
    path = f"/jurisdictions/{city.code}/profile/versions/2/evidence"
    body = {
        "items": [{"kind": "case", "id": case["id"], "note": "waited for two days"}],
        "measure": "accepted",
        "summary": {"zh": "垃圾清运时限缩短", "en": "Rubbish is cleared sooner"},
    }
    assert city.person(Role.ADMIN).call("PUT", path, body).status_code == 200
    page = console(who=desk.boss, language="en")
    turn_to(page, "rules")
    expect(page.get_by_test_id("summary")).to_have_text("Rubbish is cleared sooner (not published)")
    expect(page.get_by_test_id("evidence").get_by_role("listitem")).to_have_text(
        f"Case {case['case_no']} · waited for two days"
    )
    expect(page.get_by_test_id("effect")).to_contain_text("0 cases in the 4 weeks before version 2")
    expect(page.get_by_test_id("effect")).to_contain_text("1 case in the first 10 of 28 days")
    assert_accessible(page, "rules")
    page.get_by_test_id("effect-table").get_by_role("link", name="Accepted After: 1").click()
    expect(page.get_by_test_id("counted").locator("tbody tr")).to_have_count(1)


def test_other_figure_and_weeks_are_chosen_and_silent_reporters_shown(console, city):
    page = console(who=city.supervisor(), language="en")
    turn_to(page, "rules")
    page.locator("[name=measure]").first.select_option("solution_rate")
    page.locator("[name=weeks]").select_option("1")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_test_id("effect")).to_have_text(
        "Solution rate: no cases in the week before version 2, no cases in the week after."
    )
    expect(page.get_by_test_id("effect-table").get_by_role("columnheader")).to_have_text(
        ["Period", "Solution rate", "did not answer"]
    )
    turn_to(page, "rules?number=1")
    expect(page.get_by_test_id("version")).to_contain_text("It cites nothing.")


def test_administrator_states_and_removes_evidence(console, city):
    desk = Desk.of(city)
    case = desk.report(category="E0102")
    page = console(who=city.person(Role.ADMIN), language="en")
    turn_to(page, f"rules?jurisdiction={city.code}&number=2")
    page.locator("summary", has_text="State what it cites").click()
    form = page.get_by_test_id("state")
    form.get_by_label("Id or link").fill(f"https://city.example/console/#/case/{case['id']}")
    form.get_by_label("Note, without personal data").fill("slow")
    form.get_by_role("button", name="Add").click()
    form.get_by_label("Figure to compare").select_option("on_time_rate")
    form.get_by_label("Summary in English").fill("Rubbish is cleared sooner")
    form.get_by_label("Show the summary on the public page").check()
    assert_accessible(page, "rules-form")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("evidence")).to_contain_text(f"Case {case['case_no']} · slow")
    expect(page.get_by_test_id("summary")).to_have_text("Rubbish is cleared sooner (published)")
    expect(page.get_by_test_id("effect")).to_contain_text("On-time rate")
    page.locator("summary", has_text="State what it cites").click()
    form.get_by_role("button", name="Remove").click()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("version")).to_contain_text("It cites nothing.")


def test_supervisor_without_the_right_has_no_form(console, city):
    page = console(who=city.supervisor("d"), language="zh-CN")
    turn_to(page, "rules")
    expect(page.get_by_test_id("version")).to_contain_text("未说明依据。")
    page.get_by_test_id("effect").wait_for()
    expect(page.locator("summary", has_text="说明依据")).to_have_count(0)
