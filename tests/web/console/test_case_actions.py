"""Case page in a browser: primary actions and the menu of the others, the rule for late cases, and paper."""

from datetime import timedelta

from playwright.sync_api import expect

from app.core import clock
from tests.factories import make_city
from tests.media.sending import photo, sent
from tests.web.console.desk import Desk, assert_accessible, choose_action, submit_with_reason, turn_to


def test_case_page_has_two_primary_actions_and_explains_the_others(console, app, settings, accept):
    city = make_city(app, settings)
    desk = Desk.of(city)
    worker = city.worker("g1", name="甲")
    case = desk.report(category="E0102")
    assert accept(worker, case).status_code == 200
    page = console(who=desk.boss, language="en")
    turn_to(page, f"case/{case['id']}")
    acts = page.get_by_test_id("acts")
    expect(acts.locator("button.main")).to_have_text(["Urge", "Reassign"])
    menu = acts.get_by_test_id("more-acts")
    menu.locator("> summary").click()
    lines = menu.locator("li")
    expect(lines.filter(has_text="Reserve for a worker")).to_contain_text("The worker gets the case next")
    allowed = set(desk.shown(case)["allowed"]) - {"note", "urge", "reassign"}
    shown = {button.get_attribute("data-testid") for button in menu.locator("button").all()}
    assert shown == {f"act-{action}" for action in allowed}
    for entry in lines.all():
        expect(entry.locator("small")).not_to_be_empty()
    assert_accessible(page, "action-menu")
    # The keyboard leaves it, and the focus is where it was opened.
    menu.locator("button").first.focus()
    page.keyboard.press("Escape")
    expect(menu.locator("> summary")).to_be_focused()
    expect(menu.locator("button").first).not_to_be_visible()
    choose_action(page, "lock")
    submit_with_reason(page.get_by_test_id("act-form"), "wait for the owner")
    expect(page.get_by_test_id("beside")).to_contain_text("Dispatch locked since")


def test_case_is_not_called_late_when_its_clock_is_stopped(console, app, settings, accept, step):
    with clock.at(clock.now() - timedelta(days=21)):
        city = make_city(app, settings)
        desk = Desk.of(city)
        worker = city.worker("g1", name="甲")
        late, checked = (desk.report(category="E0102", north_m=900 * n) for n in range(2))
        for case in (late, checked):
            assert accept(worker, case).status_code == 200
        assert step(worker, checked, "feed_back", note="已清").status_code == 200
    for person in (desk.boss, worker):
        person.token = None
    page = console(who=desk.boss, language="en")
    for case, state, text in ((late, "late", "overdue"), (checked, "stopped", "clock stopped")):
        turn_to(page, f"case/{case['id']}")
        expect(page.get_by_test_id("case")).to_contain_text(case["case_no"])
        due = page.get_by_test_id("case").locator("[data-clock]")
        expect(due).to_have_attribute("data-clock", state)
        expect(due).to_contain_text(text)
        expect(page.get_by_test_id("lead").locator(".late")).to_have_count(int(state == "late"))


def test_printed_case_page_has_photos_and_no_actions(console, app, settings):
    city = make_city(app, settings)
    desk = Desk.of(city)
    case = desk.report()
    sent(city, desk.teller, photo(), kind="before", incident=case["id"])
    page = console(who=desk.boss)
    turn_to(page, f"case/{case['id']}")
    picture = page.get_by_test_id("photo-before").locator("img")
    expect(picture).to_be_visible()
    expect(page.get_by_test_id("acts")).to_be_visible()
    page.emulate_media(media="print")
    expect(picture).to_be_visible()
    expect(page.get_by_test_id("acts")).not_to_be_visible()
    expect(page.locator("button:not(.photo):visible")).to_have_count(0)
