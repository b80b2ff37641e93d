"""A returned case in a browser: found from the page of decisions, with its reason, its best candidates and own areas only."""

from playwright.sync_api import expect

from tests.factories import make_city
from tests.web.console.desk import Desk, assert_accessible, turn_to


def test_returned_case_shows_its_reason_and_the_best_candidates_first(console, app, settings, step, accept):
    city = make_city(app, settings)
    desk = Desk.of(city)
    worker = city.worker("g1", name="王芳")
    case = desk.report(category="E0102")
    assert accept(worker, case).status_code == 200
    assert step(worker, case, "return", note="须由产权单位处理").status_code == 200
    for n in range(6):
        city.worker("g1", name=f"同事{n}")
    page = console(who=desk.boss, language="en")
    # The areas to choose from are those of the account: the board answers for each.
    within = page.get_by_test_id("board").locator("select").first
    for value in [option.get_attribute("value") for option in within.locator("option").all()]:
        within.select_option(value)
        expect(page.get_by_test_id("queue").or_(page.get_by_text("No case is waiting."))).to_be_visible()
        expect(page.get_by_text("outside the areas")).to_have_count(0)
    turn_to(page, "decisions")
    page.get_by_test_id("waiting-cases").get_by_role("link").click()
    page.get_by_role("link", name=case["case_no"]).click()
    expect(page.get_by_test_id("wait-reason")).to_contain_text("王芳")
    expect(page.get_by_test_id("wait-reason")).to_contain_text("须由产权单位处理")
    rows = page.get_by_test_id("candidates").locator("tbody tr")
    expect(rows).to_have_count(5)
    assert_accessible(page, "waiting-case")
    page.get_by_test_id("all-candidates").click()
    expect(rows).to_have_count(8)
    expect(rows.filter(has_text="王芳")).to_contain_text("had accepted the case and gave it up")
