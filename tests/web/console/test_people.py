"""Pages about people, in a real browser: the roster; accounts, units and who looks after what."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from app.core import clock
from tests.factories import make_city

NEW_YORK = ZoneInfo("America/New_York")


def open_page(page, path):
    page.goto(re.sub("#.*", "", page.url) + f"#/{path}")


def test_a_week_is_planned_changed_and_taken_back_on_the_clocks_of_its_jurisdiction(
    console, app, settings, tmp_path
):
    # The browser is in Shanghai; the city is not.
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    boss, wang, chen = city.supervisor(), city.worker("g1", name="王晓"), city.worker("g1", name="陈立")
    today = clock.now().astimezone(NEW_YORK).date()
    monday = today + timedelta(days=14 - today.weekday())
    day = monday + timedelta(days=2)
    page = console(who=boss)
    open_page(page, f"roster?jurisdiction={city.code}&week={monday}")
    cell = page.get_by_test_id(f"{city.code}-g1 {day}")
    expect(cell).to_contain_text("无人排班 08:00–18:00")
    expect(page.get_by_test_id(f"{city.code}-g2 {day}")).to_contain_text("无人负责 08:00–18:00")
    expect(page.get_by_test_id(f"there-{wang.id}")).to_contain_text("未排班在岗")

    cell.get_by_role("button", name="添加").click()
    form = page.get_by_test_id("shift-form")
    form.get_by_test_id("worker").select_option(str(wang.id))
    expect(form.locator("[name=day]")).to_have_value(str(day))
    form.locator("[name=to]").fill("12:00")
    form.get_by_test_id("save").click()
    expect(cell).to_contain_text("王晓 08:00–12:00")
    expect(cell).to_contain_text("无人排班 12:00–18:00")
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
    said = absences.get_by_test_id("absence-form")
    said.get_by_test_id("absent").select_option(str(wang.id))
    said.get_by_test_id("substitute").select_option(str(chen.id))
    said.locator("[name=until]").fill(f"{monday}T09:30")
    said.locator("[name=reason]").fill("病假")
    said.get_by_role("button").click()
    expect(said.get_by_test_id("told")).to_contain_text("已登记")
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
