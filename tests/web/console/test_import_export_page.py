"""Imports tried, checked row by row and applied; exports requested and saved."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.core.actor import Role
from app.exchange import service as exchange
from app.media import service as media
from tests.exchange.test_import_requests import KEPT, sheet
from tests.factories import make_city
from tests.web.console.desk import assert_accessible, turn_to


@pytest.fixture
def do_exports(settings):
    """What the job worker does."""
    store = media.open_store(settings)
    return lambda: exchange.run_exports_due(db.transaction, store, settings, clock.now())


def test_import_page_tries_file_lists_faults_and_imports(console, app, settings, rows):
    city = make_city(app, settings)
    admin = city.person(Role.ADMIN, name="管理员")
    count = "select count(*) from incident where jurisdiction_id = :id"
    # Larger than what is done at once: a job does it, and the page waits for it.
    file = sheet([*[None] * 25, *[city.in_grid("g1")] * 30], filling=2_500)
    page = console(who=admin)
    turn_to(page, "files")
    form = page.get_by_test_id("new-import")
    form.locator("[name=jurisdiction]").select_option(city.code)
    form.locator("[name=partial]").check()
    form.locator("[name=file]").set_input_files({"name": "上报.csv", "mimeType": "text/csv", "buffer": file})
    form.get_by_test_id("dry-run").click()
    run = page.get_by_test_id("import")
    expect(run.get_by_test_id("state")).to_have_text("等待")
    expect(run.locator("progress")).to_be_visible()
    exchange.run_imports_due(db.transaction, clock.now(), errors_kept=KEPT)
    expect(run.get_by_test_id("state")).to_have_text("部分或全部未导入")
    expect(run.get_by_test_id("outcome")).to_contain_text("30")
    assert rows(count, id=city.jurisdiction_id)[0][0] == 0
    faults = run.get_by_test_id("fault-rows").locator("tbody")
    expect(faults.locator("th").first).to_have_text("1")
    expect(faults).to_contain_text("没有可用坐标")
    assert_accessible(page, "import-whole")
    run.get_by_test_id("more-faults").click()
    expect(faults.locator("th").first).not_to_have_text("1")
    run.get_by_test_id("fault-code").select_option("no_usable_point")
    expect(faults.locator("th").first).to_have_text("1")
    with page.expect_download() as saved:
        run.get_by_test_id("error-file").click()
    assert saved.value.suggested_filename == "上报.errors.csv"
    assert saved.value.path().read_text("utf-8-sig").count("no_usable_point") == 25
    # The same file, now in earnest.
    run.get_by_test_id("apply").click()
    expect(run.get_by_test_id("dry")).to_have_count(0)
    exchange.run_imports_due(db.transaction, clock.now(), errors_kept=KEPT)
    expect(run.get_by_test_id("outcome")).to_contain_text("已存入")
    expect(run.get_by_test_id("rows")).to_have_text("55 行")
    assert rows(count, id=city.jurisdiction_id)[0][0] == 30


def test_import_of_valid_rows_only_leads_to_cases_in_list_and_map(console, app, settings):
    city = make_city(app, settings)
    at, boss = city.in_grid("g1"), city.supervisor()
    day = f"{clock.now():%Y-%m-%d} 00:05"
    lines = [
        "单号,问题类型,情况,发现日期,E,N",
        f"H-1,暴露垃圾,幸福里门口堆放垃圾,{day},{at['lon']:.6f},{at['lat']:.6f}",
        f"H-2,飞碟,幸福里上空有不明物体,{day},{at['lon']:.6f},{at['lat']:.6f}",
        f"H-3,暴露垃圾,没有位置,{day},,",
    ]
    page = console(who=boss)
    turn_to(page, "files")
    form = page.get_by_test_id("new-import")
    file = {"name": "热线.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    form.locator("[name=file]").set_input_files(file)
    chosen = form.get_by_test_id("mapping").locator("select")
    expect(chosen).to_have_count(6)
    assert [each.input_value() for each in chosen.all()] == [
        *("key", "category", "description", "reported_at", "lon", "lat")
    ]
    form.get_by_test_id("dry-run").click()
    run = page.get_by_test_id("import")
    expect(run.get_by_test_id("outcome").locator("li")).to_contain_text(["2", "0", "1"])
    # Whose category the city lacks is told before anything is stored.
    expect(run.get_by_test_id("unknown-categories")).to_contain_text("飞碟（1 行")
    # As all or nothing the file would store nothing: the button says what it does.
    apply = run.get_by_test_id("apply")
    expect(apply).to_have_text("导入无误的 2 行")
    assert_accessible(page, "import-valid-rows")
    apply.click()
    expect(run.get_by_test_id("dry")).to_have_count(0)
    expect(run.get_by_test_id("outcome").locator("li").first).to_contain_text("2")
    turn_to(page, "cases?q=" + quote("幸福里"))
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_test_id("case-table")).to_contain_text("堆放垃圾")
    turn_to(page, "map?q=" + quote("幸福里"))
    expect(page.get_by_test_id("picture")).to_have_attribute("data-drawn", "2")
    expect(page.get_by_test_id("case-table").locator("tbody tr")).to_have_count(2)


def test_export_page_requests_and_saves_export(console, app, settings, do_exports):
    city = make_city(app, settings)
    boss = city.supervisor()
    page = console(who=boss, language="en")
    turn_to(page, "files")
    form = page.get_by_test_id("new-export")
    form.locator("[name=collection]").select_option("grids")
    form.locator("[name=format]").select_option("csv")
    form.locator("summary").click()
    form.locator("[name=filter]").fill(f"code = '{city.code}-g1'")
    form.get_by_test_id("ask-export").click()
    run = page.get_by_test_id("export")
    expect(run.get_by_test_id("state")).to_have_text("Waiting")
    do_exports()
    with page.expect_download() as saved:
        run.get_by_test_id("download").click()
    assert saved.value.suggested_filename == "grids.csv"
    lines = saved.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2 and f"{city.code}-g1" in lines[1]
    assert_accessible(page, "export-whole")
