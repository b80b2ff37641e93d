"""Areas editor in a browser: a shared border moves in both areas, and all changes are one redraw."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, make_city
from tests.web.console.test_page_accessibility import check_page


@pytest.mark.deep
def test_areas_editor_redraws_splits_and_merges_sibling_areas(console, app, settings):
    city = make_city(app, settings)
    boss = city.supervisor()
    city.worker("g1")
    page = console(who=boss)
    page.goto(re.sub("#.*", "", page.url) + f"#/areas?parent={city.areas['c1']}")
    picture = page.get_by_test_id("areas-picture")
    expect(picture).to_have_attribute("data-drawn", "2", timeout=30_000)
    status, changes = page.get_by_test_id("said"), page.get_by_test_id("changes")
    apply, reason = page.get_by_test_id("apply"), page.get_by_test_id("apply-reason")
    stored = []
    page.on("request", lambda sent: stored.append(sent.url) if "redraw?dry_run=false" in sent.url else None)
    corners = page.get_by_test_id("corners").get_by_role("button")
    expect(changes).to_have_text("还没有改动。")
    expect(apply).to_be_disabled()
    expect(apply).to_have_attribute("aria-describedby", "apply-reason")
    expect(reason).to_have_text("不能应用：还没有改动。")
    page.get_by_test_id(f"area-{city.code}-g1").click()
    expect(corners).to_have_count(4)

    def history(area):
        return boss.get(f"/areas/{city.areas[area]}/history").json["items"]

    def grids():
        features = boss.get(f"/areas?area_id={city.areas['c1']}&level=grid").json["features"]
        return {feature["properties"]["code"].rsplit("-", 1)[1]: feature for feature in features}

    # By mouse: the middle of the border between both grids, which is the middle of the map, is pulled.
    box = picture.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 40, steps=6)
    page.mouse.up()
    expect(corners).to_have_count(5)
    expect(changes).to_have_text("2 个区域将一起改变。")
    page.get_by_test_id("undo").click()
    expect(corners).to_have_count(4)
    expect(changes).to_have_text("还没有改动。")

    # By keyboard: a corner is made on the shared border and moved; both areas change, and that is said.
    labels = [corner.get_attribute("aria-label") for corner in corners.all()]
    first, second = (n for n, label in enumerate(labels, 1) if "共用" in label)
    start = first if second == first + 1 else second
    page.get_by_test_id("step").select_option("25")
    page.get_by_test_id(f"corner-{start}").focus()
    page.keyboard.press("Insert")
    expect(corners).to_have_count(5)
    page.keyboard.press("Tab")
    made = page.get_by_test_id(f"corner-{start + 1}")
    expect(made).to_be_focused()
    expect(made).to_have_attribute("aria-label", re.compile("与区g2共用"))
    before = made.get_attribute("aria-label")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(status).to_contain_text("区g2同时改变")
    expect(made).not_to_have_attribute("aria-label", before)
    moved = made.get_attribute("aria-label")
    page.get_by_test_id("undo").click()
    expect(made).to_have_attribute("aria-label", before)
    page.get_by_test_id("redo").click()
    expect(made).to_have_attribute("aria-label", moved)
    page.get_by_test_id("dry-run").click()
    findings, outcome = page.get_by_test_id("findings"), page.get_by_test_id("dry-run-result")
    expect(outcome).to_have_text("试运行：没有错误")
    expect(findings.get_by_role("heading")).to_be_focused()
    expect(page.get_by_test_id("result-means")).to_have_text("这是试运行，尚未保存任何改动。")
    expect(apply).to_be_enabled()
    expect(reason).to_have_text("试运行没有错误，可以应用。")
    expect(findings.get_by_test_id("finding-nobody_responsible")).to_contain_text("区g2")
    assert check_page(page, "findings of the editor") == []

    # What is not saved is still there in another language, after a page that was asked about and not left, ...
    page.get_by_test_id("language").click()
    expect(changes).to_have_text("2 areas will change together.")
    page.get_by_test_id("language").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog"):
        page.get_by_test_id("nav-board").click()
    page.wait_for_url(f"**areas?parent={city.areas['c1']}")
    expect(changes).to_have_text("2 个区域将一起改变。")
    # ... and when the session ended meanwhile and the supervisor signed in again.
    page.route(
        "**/api/v1/areas/redraw?*", lambda route: route.fulfill(status=401, json={"code": "token_expired"})
    )
    page.get_by_test_id("dry-run").click()
    page.fill("[name=username]", boss.username)
    page.unroute_all()
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(status).to_have_text("登录中断前未保存的改动已恢复。")
    expect(changes).to_have_text("2 个区域将一起改变。")
    expect(picture).to_have_attribute("data-drawn", "2", timeout=30_000)
    page.get_by_test_id(f"area-{city.code}-g1").click()
    expect(made).to_have_attribute("aria-label", moved)

    # Outside the parent: the dry run finds it where it is, in words, and nothing can be applied.
    outer = next(
        n for n, corner in enumerate(corners.all(), 1) if "共用" not in corner.get_attribute("aria-label")
    )
    page.get_by_test_id("dry-run").click()
    expect(apply).to_be_enabled()
    page.get_by_test_id(f"corner-{outer}").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(findings).to_contain_text("已过时")
    expect(apply).to_be_disabled()
    expect(reason).to_have_text("不能应用：试运行之后图形又有改动，请再次试运行。")
    page.get_by_test_id("dry-run").click()
    expect(outcome).to_have_text(re.compile(r"试运行：[1-9]\d* 处错误"))
    expect(page.get_by_test_id("redraw-form")).not_to_contain_text("已完成")
    wrong = findings.locator("li.late").first
    expect(wrong).to_contain_text("区g1")
    expect(wrong.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.locator("[name=reason]").fill("按新路调整")
    expect(reason).to_have_text(re.compile(r"不能应用：有 [1-9]\d* 处错误。请改正后再次试运行。"))
    # A disabled button that keeps its place in the order of the keyboard sends nothing.
    apply.focus()
    page.keyboard.press("Enter")
    apply.dispatch_event("click")
    expect(apply).to_be_disabled()
    assert stored == [] and len(history("g1")) == len(history("g2")) == 1
    page.get_by_test_id("undo").click()
    expect(findings).to_contain_text("已过时")

    # Cut from the new corner to the one across; all of it is applied as one redraw.
    cut = page.get_by_test_id("split-area")
    cut.locator("summary").click()
    cut.get_by_test_id("from-corner").select_option(label=str(start + 1))
    cut.get_by_test_id("to-corner").select_option(label=str((start + 2) % 5 + 1))
    cut.locator("[name=code]").fill(f"{city.code}-g9")
    cut.locator("[name=zh]").fill("新格")
    cut.get_by_role("button").click()
    expect(status).to_contain_text("已拆分：新格")
    expect(changes).to_have_text("3 个区域将一起改变。")
    page.get_by_test_id("dry-run").click()
    expect(outcome).to_have_text("试运行：没有错误")
    apply.click()
    expect(status).to_have_text("已应用；原区划保留在历史中。")
    after = grids()
    assert after.keys() == {"g1", "g2", "g9"}
    assert [len(history("g1")), len(history("g2"))] == [2, 2]
    assert history("g1")[-1]["reason"] == "按新路调整" and history("g1")[0]["valid_to"] is not None
    shared = {tuple(at) for at in after["g1"]["geometry"]["coordinates"][0][0]} & {
        tuple(at) for at in after["g2"]["geometry"]["coordinates"][0][0]
    }
    assert len(shared) >= 2  # the corner that was made is a corner of both

    # And the new one is taken in again.
    expect(picture).to_have_attribute("data-drawn", "3", timeout=30_000)
    page.get_by_test_id(f"area-{city.code}-g1").click()
    expect(changes).to_have_text("还没有改动。")
    join = page.get_by_test_id("merge-area")
    join.locator("summary").click()
    join.locator("select").select_option(label="新格")
    join.get_by_role("button").click()
    expect(status).to_contain_text("新格已并入区g1")
    page.locator("[name=reason]").fill("恢复")
    page.get_by_test_id("dry-run").click()
    expect(outcome).to_have_text("试运行：没有错误")
    apply.click()
    expect(status).to_have_text("已应用；原区划保留在历史中。")
    assert grids().keys() == {"g1", "g2"}
    assert boss.get(f"/areas/{after['g9']['id']}").status_code == 404
    assert boss.get(f"/areas/{after['g9']['id']}/history").json["items"][0]["valid_to"] is not None
