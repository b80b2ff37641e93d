"""Pages of the roster, accounts, units and responsibilities in a browser."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from app.core import clock
from tests.factories import make_city
from tests.web.axe import structure_violations
from tests.web.console.desk import turn_to
from tests.web.dates import shown_time

NEW_YORK = ZoneInfo("America/New_York")


def test_roster_page_plans_week_in_zone_of_jurisdiction(console, app, settings, tmp_path):
    # The browser is in Shanghai; the city is not.
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    boss, wang, chen = city.supervisor(), city.worker("g1", name="王晓"), city.worker("g1", name="陈立")
    today = clock.now().astimezone(NEW_YORK).date()
    monday = today + timedelta(days=14 - today.weekday())
    day = monday + timedelta(days=2)
    page = console(who=boss)
    turn_to(page, f"roster?jurisdiction={city.code}&week={monday}")
    cell = page.get_by_test_id(f"{city.code}-g1 {day}")
    expect(page.get_by_test_id(f"there-{wang.id}")).to_contain_text("未排班在岗")
    # Without any shift all grids would have gaps: the page says that there is no roster, and how to make one.
    empty = page.get_by_test_id("no-roster")
    expect(empty).to_contain_text("尚未排班")
    expect(page.get_by_test_id("week").locator(".gap")).to_have_count(0)
    empty.get_by_test_id("to-sheet").click()
    expect(page.locator("[name=sheet]")).to_be_focused()
    empty.get_by_test_id("first-shift").click()
    expect(page.get_by_test_id("shift-form").locator("[name=day]")).to_have_value(str(monday))
    page.keyboard.press("Escape")

    cell.get_by_role("button", name="添加").click()
    form = page.get_by_test_id("shift-form")
    form.get_by_test_id("worker").select_option(str(wang.id))
    expect(form.locator("[name=day]")).to_have_value(str(day))
    form.locator("[name=to]").fill("12:00")
    form.get_by_test_id("save").click()
    expect(cell).to_contain_text("王晓 08:00–12:00")
    expect(cell).to_contain_text("无人排班 12:00–18:00")
    expect(page.get_by_test_id(f"{city.code}-g2 {day}")).to_contain_text("无人负责 08:00–18:00")
    expect(empty).to_have_count(0)
    shifts = boss.get("/shifts").json["items"]
    assert [datetime.fromisoformat(s["since"]).astimezone(NEW_YORK).hour for s in shifts] == [8]

    # A second one at the same time is refused in words; for somebody else it is taken.
    cell.get_by_role("button", name="添加").click()
    form.get_by_test_id("worker").select_option(str(wang.id))
    form.get_by_test_id("save").click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    form.get_by_test_id("worker").select_option(str(chen.id))
    form.locator("[name=from]").fill("12:00")
    form.locator("[name=to]").fill("18:00")
    form.get_by_test_id("save").click()
    expect(cell).to_contain_text("陈立 12:00–18:00")
    expect(cell.locator(".gap")).to_have_count(0)

    # Changed by keyboard alone, over midnight; Escape would have changed nothing.
    mine = page.get_by_test_id(f"shift-{shifts[0]['id']}").first
    mine.focus()
    page.keyboard.press("Enter")
    expect(form).to_be_visible()
    page.keyboard.press("Escape")
    expect(form).not_to_be_visible()
    expect(mine).to_be_focused()
    page.keyboard.press("Enter")
    form.locator("[name=from]").fill("20:00")
    form.locator("[name=end_day]").fill(str(day + timedelta(days=1)))
    form.locator("[name=to]").fill("06:00")
    form.locator("[name=to]").press("Enter")
    expect(cell).to_contain_text("王晓 20:00–24:00")
    expect(page.get_by_test_id(f"{city.code}-g1 {day + timedelta(days=1)}")).to_contain_text(
        "王晓 00:00–06:00"
    )
    changed = boss.get(f"/shifts?worker_id={wang.id}").json["items"]
    assert [s["id"] for s in changed] == [shifts[0]["id"]]
    until = datetime.fromisoformat(changed[0]["until"]).astimezone(NEW_YORK)
    assert (until.date(), until.hour) == (day + timedelta(days=1), 6)
    mine.click()
    form.get_by_test_id("remove").click()
    form.get_by_test_id("remove").click()
    expect(page.get_by_test_id("said")).to_have_text("班次已取消。")
    expect(cell).not_to_contain_text("王晓")
    assert boss.get(f"/shifts?worker_id={wang.id}").json["items"] == []

    # Somebody stands in; ended before its time.
    absences = page.get_by_test_id("absences")
    absences.locator("summary").click()
    absence_form = absences.get_by_test_id("absence-form")
    absence_form.get_by_test_id("absent").select_option(str(wang.id))
    absence_form.get_by_test_id("substitute").select_option(str(chen.id))
    absence_form.locator("[name=until]").fill(f"{monday}T09:30")
    absence_form.locator("[name=reason]").fill("病假")
    absence_form.get_by_role("button").click()
    expect(absence_form.get_by_test_id("told")).to_contain_text("已登记")
    expect(absences.locator("tbody tr")).to_contain_text(f"{monday} 09:30")
    [absence] = boss.get("/substitutions").json["items"]
    assert datetime.fromisoformat(absence["until"]).astimezone(NEW_YORK).strftime("%H:%M") == "09:30"
    absences.get_by_role("button", name="提前结束王晓的缺勤").click()
    expect(absences).to_contain_text("没有现行或计划中的缺勤")
    assert boss.get("/substitutions").json["items"] == []

    # A sheet: each faulty row is named, nothing is planned unless all are right or the others are asked for.
    sheet = tmp_path / "shifts.csv"
    sheet.write_text(
        f"worker,date,start,end,note\n{wang.username},{day},08:00,17:00,早班\n"
        f"nobody,{day},08:00,17:00,\n{chen.username},{day},25:00,17:00,\n"
    )
    sheets = page.get_by_test_id("sheets")
    sheets.locator("[type=file]").set_input_files(sheet)
    sheets.get_by_test_id("try-sheet").click()
    expect(sheets.get_by_test_id("told").last).to_contain_text("将新增 1")
    faults = sheets.get_by_test_id("faults").locator("tbody tr")
    expect(faults).to_have_count(2)
    expect(faults.nth(0)).to_contain_text("3")
    expect(faults.nth(1)).to_contain_text("4")
    assert boss.get(f"/shifts?worker_id={wang.id}").json["items"] == []
    sheets.get_by_test_id("take-sheet").click()
    expect(sheets.get_by_role("alert")).not_to_be_empty()
    expect(faults).to_have_count(2)
    sheets.get_by_test_id("take-partial").click()
    expect(sheets.get_by_test_id("told").last).to_contain_text("已新增 1")
    expect(cell).to_contain_text("王晓 08:00–17:00")
    assert len(boss.get(f"/shifts?worker_id={wang.id}").json["items"]) == 1
    with page.expect_download() as begun:
        sheets.get_by_test_id("export").click()
    assert f"{wang.username},王晓,{day},08:00,17:00,,早班" in begun.value.path().read_text("utf-8-sig")


def test_account_page_creates_account_with_roles_and_one_time_password(console, app, settings):
    city = make_city(app, settings)
    boss = city.supervisor()
    username = f"new-{city.code}"
    client = app.test_client(use_cookies=False)

    def sign_in(password):
        return client.post("/api/v1/auth/token", json={"username": username, "password": password})

    def account():
        [account_row] = boss.get(f"/accounts?q={username}").json["items"]
        return account_row

    page = console(who=boss)
    page.get_by_test_id("nav-accounts").click()
    page.get_by_test_id("new-account").click()
    form = page.get_by_test_id("account-form")
    form.locator("[name=username]").fill(username)
    form.locator("[name=name]").fill("新来的")
    # Outside the supervisor's areas: refused with a message, and the input stays.
    form.get_by_test_id("area_id").select_option(str(city.areas["d"]))
    form.get_by_test_id("open-account").click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    expect(form.locator("[name=name]")).to_have_value("新来的")
    form.get_by_test_id("area_id").select_option(str(city.areas["g1"]))
    form.get_by_test_id("open-account").click()
    first = form.get_by_test_id("password").inner_text()
    assert sign_in(first).status_code == 200
    form.get_by_role("link", name=username).click()
    shown = page.get_by_test_id("account")
    expect(shown.get_by_role("heading", level=1)).to_have_text("新来的")
    assert first not in page.content()

    shown.get_by_test_id("enrol").click()
    expect(shown.get_by_test_id("enrolled")).to_contain_text("离岗")
    giving = shown.get_by_test_id("give-role")
    giving.get_by_test_id("role").select_option("handler")
    giving.get_by_test_id("unit_id").select_option(str(city.units["cleaning"]))
    giving.get_by_role("button").click()
    expect(shown.get_by_test_id("roles").locator("tbody tr")).to_have_count(2)
    assert {(r["role"], r["unit_id"]) for r in account()["roles"]} == {
        ("worker", None),
        ("handler", str(city.units["cleaning"])),
    }
    shown.get_by_test_id("take-worker").click()
    expect(shown.get_by_test_id("roles").locator("tbody tr")).to_have_count(1)
    assert [r["role"] for r in account()["roles"]] == ["handler"]

    # The device is blocked and the password replaced: the old password no longer works.
    path = f"/accounts/{account()['id']}/devices"
    assert [d["revoked_at"] for d in boss.get(path).json["items"]] == [None]
    shown.get_by_test_id("cut-off-all").click()
    shown.get_by_test_id("cut-off-all").click()
    expect(shown.get_by_test_id("devices")).to_contain_text("已停用")
    assert None not in [d["revoked_at"] for d in boss.get(path).json["items"]]
    assert sign_in(first).json["code"] == "device_cut_off"
    shown.get_by_test_id("devices").get_by_role("button", name="重新允许").click()
    expect(shown.get_by_test_id("devices")).not_to_contain_text("已停用")
    shown.get_by_test_id("reset").click()
    shown.get_by_test_id("reset").click()
    second = shown.get_by_test_id("password").inner_text()
    assert (sign_in(first).status_code, sign_in(second).status_code) == (401, 200)
    shown.get_by_test_id("disable").click()
    assert account()["disabled_at"] is None  # not before the confirmation
    shown.get_by_test_id("disable").click()
    expect(shown.get_by_test_id("account-status")).to_contain_text("停用")
    assert account()["disabled_at"] is not None and sign_in(second).status_code == 401
    shown.get_by_test_id("enable").click()
    expect(shown.get_by_test_id("account-status")).to_have_text("在用")
    assert sign_in(second).status_code == 200

    # Found by search; a supervisor cannot manage their own account.
    turn_to(page, f"accounts?q={username}")
    expect(page.get_by_test_id("account-table").locator("tbody tr")).to_have_count(1)
    assert second not in page.content()
    turn_to(page, f"account/{boss.id}")
    expect(shown.get_by_role("heading", level=1)).to_have_text("周主任")
    expect(shown).to_contain_text("由他人管理")
    expect(shown.get_by_test_id("disable")).to_have_count(0)


def test_units_page_edits_competences_and_responsibilities(console, app, settings):
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    boss, wang = city.supervisor(), city.worker("g1", name="王晓")
    handler = city.handler("cleaning")
    page = console(who=boss)
    turn_to(page, f"units?area_id={city.areas['s']}")
    cleaning = page.get_by_test_id(f"unit-{city.units['cleaning']}")
    expect(cleaning).to_contain_text("环卫班长")
    expect(cleaning).to_contain_text("市容环境 E01")
    assert structure_violations(page) == []
    assert handler.id
    page.get_by_test_id("new-unit").click()
    form = page.get_by_test_id("unit-form")
    form.locator("[name=code]").fill(f"{city.code}-water")
    form.locator("[name=area_id]").select_option(str(city.areas["s"]))
    form.locator("[name=zh]").fill("水务所")
    form.locator("[name=en]").fill("Water office")
    form.get_by_test_id("add-line").click()
    form.get_by_test_id("prefix-0").fill("E0501")
    expect(form.get_by_test_id("owns")).to_contain_text("流动摊贩")
    form.get_by_test_id("prefix-0").fill("E05")
    form.get_by_test_id("where-0").select_option(str(city.areas["c1"]))
    form.get_by_test_id("save").click()
    expect(page.get_by_test_id("said")).to_have_text("单位已保存。")
    row = page.get_by_test_id("unit-table").locator("tr", has_text="水务所")
    expect(row).to_contain_text("街面秩序 E05")

    def unit():
        [units] = [
            u for u in boss.get(f"/units?area_id={city.areas['s']}").json["items"] if "water" in u["code"]
        ]
        return units

    assert [(c["category_prefix"], c["area_id"]) for c in unit()["competences"]] == [
        ("E05", str(city.areas["c1"]))
    ]
    row.get_by_role("button").click()
    form.locator("[name=contact]").fill("0571-8000")
    form.get_by_test_id("add-line").click()
    form.get_by_test_id("prefix-1").fill("E06")
    # Outside the supervisor's areas: refused, nothing changed.
    form.get_by_test_id("where-1").select_option(str(city.areas["d"]))
    form.get_by_test_id("save").click()
    expect(form.get_by_role("alert")).not_to_be_empty()
    assert unit()["contact"] is None
    form.get_by_test_id("where-1").select_option(str(city.areas["c2"]))
    form.get_by_test_id("save").click()
    expect(row).to_contain_text("E06")
    assert (unit()["contact"], len(unit()["competences"])) == ("0571-8000", 2)

    page.get_by_test_id("nav-care").click()
    expect(page.get_by_test_id(f"care-{city.areas['g1']}")).to_contain_text("王晓")
    assert structure_violations(page) == []
    g2 = page.get_by_test_id(f"care-{city.areas['g2']}")
    expect(g2).to_contain_text("无人负责")
    g2.get_by_role("button").click()
    care = page.get_by_test_id("care-form")
    care.get_by_test_id("worker").select_option(str(wang.id))
    began = (clock.now() - timedelta(days=2)).astimezone(NEW_YORK).replace(hour=9, minute=30)
    care.locator("[name=since]").fill(f"{began:%Y-%m-%dT%H:%M}")
    care.get_by_test_id("save").click()
    expect(g2).to_contain_text(shown_time(began))
    responsibilities = boss.get(f"/responsibilities?worker_id={wang.id}").json["items"]
    assert {r["area"]["id"] for r in responsibilities} == {str(city.areas["g1"]), str(city.areas["g2"])}
    assert began.replace(second=0, microsecond=0) in {
        datetime.fromisoformat(r["since"]) for r in responsibilities
    }
    g2.get_by_role("button", name="结束").click()
    expect(g2).to_contain_text("无人负责")
    assert len(boss.get(f"/responsibilities?worker_id={wang.id}").json["items"]) == 1
