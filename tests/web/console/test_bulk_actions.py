"""Bulk actions in a browser: chosen cases or a filter, a result for each case, and retry of failed ones."""

from playwright.sync_api import expect

from tests.factories import in_days, make_city
from tests.web.console.desk import Desk, assert_accessible, submit_with_reason, turn_to


def test_bulk_action_shows_result_for_each_case_and_retries_failed(console, app, settings, step):
    desk = Desk.of(make_city(app, settings))
    cases = [desk.report(north_m=300 * n, description=f"积水 {n}") for n in range(4)]
    other = cases[3]
    assert step(desk.boss, cases[0], "defer", until=in_days(9), note="汛期").status_code == 200
    page = console(who=desk.boss)
    turn_to(page, "cases")
    table = page.get_by_test_id("case-table")
    expect(table.locator("tbody tr")).to_have_count(4)
    page.get_by_test_id(f"choose-{cases[0]['case_no']}").check()
    page.get_by_test_id(f"choose-{other['case_no']}").check()
    expect(page.get_by_test_id("chosen")).to_contain_text("已选 2 件")
    many = page.get_by_test_id("many")
    many.get_by_test_id("many-act").select_option("resume")
    submit_with_reason(many.get_by_test_id("many-form"), "汛期已过")
    expect(many.get_by_test_id("many-told")).to_have_text("1 件已完成，1 件未完成。")
    results = many.get_by_test_id("many-results").locator("tbody tr")
    expect(results.filter(has_text=cases[0]["case_no"])).to_contain_text("已完成")
    refused = results.filter(has_text=other["case_no"])
    # Why it was refused, in the words of the API.
    expect(refused).to_contain_text("未完成")
    expect(refused.locator(".words")).not_to_be_empty()
    assert_accessible(page, "many")
    # Deferred meanwhile, it can be resumed; what was done before is not done once more.
    assert step(desk.boss, other, "defer", until=in_days(9), note="汛期").status_code == 200
    many.get_by_test_id("many-retry").click()
    expect(many.get_by_test_id("many-told")).to_have_text("2 件已完成，0 件未完成。")
    for case in (cases[0], other):
        events = desk.boss.get(f"/incidents/{case['id']}/events").json["items"]
        assert [e["note"] for e in events if e["action"] == "resume"] == ["汛期已过"]
    # What was chosen stays chosen on the next page.
    turn_to(page, "cases?limit=2")
    table.locator("input[data-testid^=choose-]").first.check()
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("next")).to_have_count(0)
    table.locator("input[data-testid^=choose-]").first.check()
    expect(page.get_by_test_id("chosen")).to_contain_text("已选 2 件")
    # All of a filter, and no more than that.
    turn_to(page, "cases?q=积水 1")
    expect(table.locator("tbody tr")).to_have_count(1)
    page.get_by_test_id("choose-all").click()
    expect(page.get_by_test_id("chosen")).to_contain_text("已选 1 件")
    many.get_by_test_id("many-act").select_option("note")
    submit_with_reason(many.get_by_test_id("many-form"), "与市政联系")
    expect(many.get_by_test_id("many-told")).to_have_text("1 件已完成，0 件未完成。")
    noted = [len(desk.boss.get(f"/incidents/{case['id']}/notes").json["items"]) for case in cases]
    assert noted == [0, 1, 0, 0]
