"""Console in a browser: board, case list, case, sign-out and errors."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from app.core.actor import Role
from tests.web.console.desk import assert_accessible, choose_action


def test_board_leads_to_overdue_case_and_its_worker(console, street):
    page = console()
    board = page.get_by_test_id("board")
    # The figure opens what it counts.
    board.locator(".counts .bad a").click()
    expect(page.get_by_test_id("cases")).to_be_visible()
    assert "overdue=true" in page.url
    rows = page.get_by_test_id("case-table").locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=street.overdue["case_no"]).click()
    case = page.get_by_test_id("case")
    expect(case.get_by_test_id("lead")).to_contain_text("超期")
    expect(case.get_by_test_id("holder")).to_contain_text("王芳")
    # Why the case went to this worker, in a sentence, and the other candidates.
    expect(case.get_by_test_id("explanation")).to_contain_text("王芳")
    before = case.get_by_test_id("timeline").locator("li").count()
    case.get_by_test_id(f"assign-{street.chen.id}").click()
    form = case.get_by_test_id("act-form")
    expect(form.get_by_test_id("worker")).to_have_value(str(street.chen.id))
    form.get_by_test_id("note").fill("逾期，改派")
    form.get_by_test_id("act-submit").click()
    expect(case.get_by_test_id("holder")).to_contain_text("陈刚")
    expect(case.get_by_test_id("timeline").locator("li")).not_to_have_count(before)
    expect(case.get_by_test_id("timeline")).to_contain_text("逾期，改派")
    answer = street.supervisor.get(f"/incidents/{street.overdue['id']}").json
    assert answer["assignment"]["worker"]["name"] == "陈刚"


def test_refused_action_shows_reason_and_preserves_input(console, street):
    case = street.report("g1")
    page = console(language="en")
    page.goto(re.sub("#.*", "", page.url) + f"#/case/{case['id']}")
    choose_action(page, "reassign")
    form = page.get_by_test_id("act-form")
    form.get_by_test_id("note").fill("to nobody at all")
    form.get_by_test_id("act-submit").click()
    alert = form.get_by_role("alert")
    expect(alert).to_contain_text(re.compile("worker|unit", re.I))
    expect(form.get_by_test_id("note")).to_have_value("to nobody at all")
    # A worker is found by name; the choice stays during further searches and after a change of language.
    options = form.get_by_test_id("worker").locator("option")
    form.get_by_test_id("worker-find").fill("陈")
    expect(options).to_contain_text(["Choose", "陈刚"])
    form.get_by_test_id("worker").select_option(str(street.chen.id))
    form.get_by_test_id("worker-find").fill("刘")
    expect(options).to_contain_text(["Choose", "陈刚", "刘洋"])
    expect(form.get_by_test_id("worker")).to_have_value(str(street.chen.id))
    assert_accessible(page, "act-form")
    page.get_by_test_id("language").click()
    expect(form.get_by_test_id("act-submit")).to_have_text("提交")
    expect(form.get_by_test_id("note")).to_have_value("to nobody at all")
    expect(form.get_by_test_id("worker")).to_have_value(str(street.chen.id))
    # Put right, it is another act: the refusal does not come again under its key.
    form.get_by_test_id("act-submit").click()
    expect(form).not_to_be_visible()
    assert street.supervisor.get(f"/incidents/{case['id']}").json["assignment"]["worker"]["name"] == "陈刚"


def test_note_with_phone_number_is_stored_after_confirmation(console, street):
    case = street.report("g1")
    page = console(language="en")
    page.goto(re.sub("#.*", "", page.url) + f"#/case/{case['id']}")
    words = page.locator("section[aria-labelledby=notes] input[name=words]")
    words.fill("call 13812345678")
    dialogs = []
    page.once("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    words.press("Enter")
    expect(page.locator("section[aria-labelledby=notes]").get_by_role("alert")).to_contain_text("telephone")
    expect(words).to_have_value("call 13812345678")
    page.once("dialog", lambda dialog: dialog.accept())
    words.press("Enter")
    expect(page.get_by_test_id("notes")).to_contain_text("call 13812345678")
    assert "telephone number" in dialogs[0] and "Store it as it is?" in dialogs[0]


def test_case_list_filters_are_in_url_and_pages_continue(console, street):
    page = console()
    page.get_by_test_id("nav-cases").click()
    chosen = len(street.supervisor.get("/incidents?category=0101").json["items"])
    assert 0 < chosen < len(street.supervisor.get("/incidents").json["items"])
    page.select_option("[name=category]", "0101")  # applies at once
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(chosen)
    assert "category=0101" in page.url
    page.reload()
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(chosen)
    limit = (
        3 if chosen == 2 else 2
    )  # another number of rows than before, so that the old ones are not taken for it
    page.goto(re.sub("#.*", "", page.url) + f"#/cases?limit={limit}")
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(limit)
    first = page.get_by_test_id("case-table").locator("tbody th").all_inner_texts()
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("case-table").locator("tbody th").first).not_to_have_text(first[0])
    second = page.get_by_test_id("case-table").locator("tbody th").all_inner_texts()
    assert not {*first} & {*second} and len(first) == limit and second


def test_case_list_updates_on_server_event(console, street):
    page = console()
    expect(page.get_by_test_id("live")).to_have_text("实时")
    page.goto(re.sub("#.*", "", page.url) + "#/cases?status=any")  # the newest first
    expect(page.get_by_test_id("case-table")).to_be_visible()
    case = street.report("g3", description="刚刚发生")
    expect(page.get_by_role("link", name=case["case_no"])).to_be_visible()


def test_sign_out_clears_browser_and_shows_pending_server_call(console):
    page = console()
    requests = []

    def busy(route):
        requests.append(route.request.url)
        problem = {"content_type": "application/problem+json", "body": '{"code": "overloaded"}'}
        route.fulfill(status=503, headers={"Retry-After": "1"}, **problem)

    page.route("**/auth/browser/logout", busy)
    page.get_by_test_id("sign-out").click()
    unheard = page.get_by_test_id("leaving").get_by_role("alert")
    expect(unheard).to_contain_text("没有送达服务器")
    assert_accessible(page, "leaving")
    # Whoever loads the page anew is not let in by the cookie that is still there, but is leaving still.
    page.reload()
    expect(unheard).to_contain_text("没有送达服务器")
    assert len(page.context.cookies()) == 1 and len(requests) >= 2
    # It is tried again by itself, until it is heard.
    page.unroute("**/auth/browser/logout")
    expect(page.get_by_test_id("signin")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("signin")).to_be_visible()
    assert page.context.cookies() == []
    stored_keys = page.evaluate("Object.keys(localStorage)")
    assert set(stored_keys) <= {"gridward-browser", "gridward-language"}


def test_password_reset_notice_is_shown_once(console, street, owner):
    boss = street.city.supervisor()
    admin = street.city.person(Role.SUPERVISOR, area="d", name="李管理")
    owner.execute(
        "update account set password_reset_at = now(), password_reset_by = %s where id = %s",
        (admin.id, boss.id),
    )
    page = console(who=boss)
    notice = page.get_by_test_id("password-reset")
    expect(notice).to_contain_text("李管理重置了您账号的密码")
    assert_accessible(page, "board")
    notice.get_by_role("button").click()
    expect(notice).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("board")).to_be_visible()
    expect(notice).to_have_count(0)


def test_missing_page_asset_shows_error_and_way_on(console):
    page = console()
    page.route("**/console/assets/units-*.js", lambda route: route.fulfill(status=404))
    page.get_by_test_id("nav-units").click()
    broken = page.get_by_test_id("broken")
    expect(broken.get_by_role("heading", level=1)).to_have_text("页面加载失败")
    # Other pages are still there; what is served by now is made of other files.
    page.get_by_test_id("nav-board").click()
    expect(page.get_by_test_id("board")).to_be_visible()
    page.route("**/console/", lambda route: route.fulfill(body='<script src="./assets/index-new.js">'))
    page.route("**/console/assets/responsibilities-*.js", lambda route: route.fulfill(status=404))
    page.get_by_test_id("nav-care").click()
    expect(broken.get_by_role("heading", level=1)).to_have_text("控制台已有新版本")
    assert_accessible(page, "newer")
    page.unroute_all()
    broken.get_by_test_id("load-again").click()
    expect(page.get_by_test_id("care")).to_be_visible()

    page.route("**/api/v1/units?*", lambda route: route.fulfill(json={"items": [None]}))
    page.get_by_test_id("nav-units").click()
    expect(broken.get_by_role("heading", level=1)).to_have_text("页面出错")
    expect(broken.get_by_role("alert")).to_contain_text("TypeError")
    page.unroute_all()
    page.get_by_test_id("nav-board").click()
    expect(page.get_by_test_id("board")).to_be_visible()
    page.get_by_test_id("nav-units").click()
    expect(page.get_by_test_id("units")).to_be_visible()


def test_figures_page_numbers_open_their_cases(console):
    # Somewhere where it is another day than in the city, whose clocks show UTC.
    now = datetime.now(UTC)
    page = console(language="en", zone="Pacific/Kiritimati" if now.hour >= 10 else "Etc/GMT+12")
    page.get_by_test_id("nav-figures").click()
    expect(page.locator("[name=to]")).to_have_value(
        re.compile(f"{now:%Y-%m-%d}|{datetime.now(UTC):%Y-%m-%d}")
    )
    rows = page.get_by_test_id("measures").locator("tbody tr")
    expect(rows.first).to_be_visible()
    counts = [int(row.locator(".figure").first.inner_text()) for row in rows.all()]
    assert max(counts) > 0
    number = rows.nth(counts.index(max(counts))).locator(".figure").first
    number.click()
    counted = page.get_by_test_id("counted").locator("tbody tr")
    expect(counted).to_have_count(max(counts))
    # And what a group's share is made of.
    page.go_back()
    share = page.get_by_test_id("groups").locator("td .of a").last
    cases = int(share.inner_text())
    share.click()
    expect(counted).to_have_count(cases)
