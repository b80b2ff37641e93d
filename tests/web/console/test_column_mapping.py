"""Columns of a foreign file chosen by hand, kept for the next file; templates; the list of cases as an export."""

import csv
import io

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.core.actor import Role
from app.exchange import service as exchange
from app.media import service as media
from tests.factories import make_city
from tests.sample_sizes import drawn_share
from tests.web.console.desk import assert_accessible, turn_to


@pytest.fixture
def do_exports(settings):
    """What the job worker does."""
    store = media.open_store(settings)
    return lambda: exchange.run_exports_due(db.transaction, store, settings, clock.now())


def foreign_households(city, count=3):
    """Return a CSV file whose heads no rule knows, with coordinates in a grid of the city."""
    place = city.in_grid("g1")
    lines = ["Haus;Rechtswert;Hochwert;Wo;Art;身份证号;Bewohner"]
    lines += [
        f"H-{n};{place['lon'] + n / 10_000:.6f};{place['lat']:.6f};文华路{n}号;住宅;110101199003078515;王芳"
        for n in range(1, count + 1)
    ]
    return {"name": "haeuser.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


@pytest.mark.wide
@pytest.mark.parametrize("language", drawn_share(["en", "zh-CN"], one_in=2, name="language of columns"))
def test_households_with_foreign_heads_are_imported_by_columns_chosen_by_hand(
    console, app, settings, rows, language
):
    city = make_city(app, settings)
    page = console(who=city.supervisor(), language=language)
    turn_to(page, "files")
    form = page.get_by_test_id("new-import")
    form.locator("[name=kind]").select_option("households")
    expect(form.get_by_test_id("dry-run")).to_be_disabled()
    form.locator("[name=file]").set_input_files(foreign_households(city))
    table = form.get_by_test_id("mapping")
    column = {
        name: table.locator("tr").filter(has=page.get_by_text(name, exact=True))
        for name in ("Haus", "Rechtswert", "Hochwert", "Wo", "Art", "身份证号", "Bewohner")
    }
    expect(column["Rechtswert"].locator("select")).to_have_value("lon")
    expect(column["Hochwert"].locator("select")).to_have_value("lat")
    expect(column["Art"].locator("select")).to_have_value("kind")
    expect(column["Art"]).to_contain_text("住宅")
    expect(column["身份证号"].locator("select")).to_have_count(0)
    expect(column["身份证号"]).not_to_contain_text("110101")
    expect(column["Wo"].locator("select")).to_have_value("")
    # What is missing is told in the reader's language, by the title of the field.
    column["Hochwert"].locator("select").select_option("")
    faults = form.get_by_test_id("mapping-faults")
    expect(faults).to_contain_text("Latitude" if language == "en" else "纬度")
    expect(faults).not_to_contain_text("lat:")
    expect(form.get_by_test_id("dry-run")).to_be_disabled()
    assert_accessible(page, f"import-columns-{language}")
    column["Hochwert"].locator("select").select_option("lat")
    column["Wo"].locator("select").select_option("address")
    column["Haus"].locator("select").select_option("key")
    column["Bewohner"].locator("select").select_option("resident_name")
    expect(faults).to_be_empty()
    form.get_by_test_id("dry-run").click()
    run = page.get_by_test_id("import")
    expect(run.get_by_test_id("outcome").locator("li").first).to_contain_text("3")
    run.locator("summary").click()
    expect(run).to_contain_text("Household number" if language == "en" else "户编号")
    assert_accessible(page, f"import-tried-{language}")
    run.get_by_test_id("apply").click()
    expect(run.get_by_test_id("dry")).to_have_count(0)
    expect(run.get_by_test_id("outcome").locator("li").first).to_contain_text("3")
    stored = rows(
        "select address, external_ref from premises where jurisdiction_id = :id order by external_ref",
        id=city.jurisdiction_id,
    )
    assert [tuple(row) for row in stored] == [(f"文华路{n}号", f"H-{n}") for n in (1, 2, 3)]
    # The next file of the same system needs no choice.
    turn_to(page, "files")
    form.locator("[name=kind]").select_option("households")
    form.locator("[name=file]").set_input_files(foreign_households(city))
    expect(column["Wo"].locator("select")).to_have_value("address")
    expect(column["Haus"].locator("select")).to_have_value("key")


def test_columns_of_a_tried_file_can_be_changed_without_choosing_it_again(console, app, settings):
    city = make_city(app, settings)
    page = console(who=city.person(Role.ADMIN), language="en")
    turn_to(page, "files")
    form = page.get_by_test_id("new-import")
    form.locator("[name=kind]").select_option("units")
    file = {"name": "units.csv", "mimeType": "text/csv", "buffer": b"Kurz,Lang\nu-1,First\nu-2,Second\n"}
    form.locator("[name=file]").set_input_files(file)
    form.locator("[name=jurisdiction]").select_option(city.code)
    selects = form.get_by_test_id("mapping").locator("select")
    expect(form.get_by_test_id("mapping-faults")).to_contain_text("Unit code")
    selects.nth(0).select_option("name")
    selects.nth(1).select_option("code")
    form.get_by_test_id("dry-run").click()
    run = page.get_by_test_id("import")
    expect(run.get_by_test_id("outcome").locator("li").first).to_contain_text("2")
    run.get_by_text("Change the columns").click()
    expect(form.get_by_test_id("file-again")).to_have_text("units.csv")
    expect(selects.nth(0)).to_have_value("name")
    selects.nth(0).select_option("code")
    expect(form.get_by_test_id("mapping-faults")).to_contain_text("more than one column")
    selects.nth(1).select_option("name")
    form.get_by_test_id("dry-run").click()
    run.locator("summary").click()
    expect(run.locator("tr").filter(has_text="Unit code")).to_contain_text("Kurz")


def test_template_is_downloaded_in_the_language_of_the_page(console, app, settings):
    city = make_city(app, settings)
    page = console(who=city.supervisor())
    turn_to(page, "files")
    form = page.get_by_test_id("new-import")
    form.locator("[name=kind]").select_option("households")
    with page.expect_download() as saved:
        form.get_by_test_id("template-csv").click()
    assert saved.value.suggested_filename == "households-template.csv"
    head, notes, *examples = csv.reader(io.StringIO(saved.value.path().read_text("utf-8-sig")))
    assert {"纬度", "经度", "地址"} <= set(head)
    assert (notes[0].startswith("#说明"), len(examples)) == (True, 2)


@pytest.mark.wide
@pytest.mark.parametrize("language", drawn_share(["en", "zh-CN"], one_in=2, name="language of exports"))
def test_overdue_cases_of_one_area_are_exported_from_their_list(console, street, do_exports, language):
    page = console(language=language)
    turn_to(page, "cases?overdue=true&area_id=" + str(street.city.areas["c1"]))
    page.get_by_test_id("export-list").click()
    form = page.get_by_test_id("new-export")
    expect(form.locator("[name=overdue]")).to_be_checked()
    expect(form.locator("[name=status]")).to_have_value("open")
    expect(form.get_by_test_id("export-area")).to_have_value(str(street.city.areas["c1"]))
    assert_accessible(page, f"export-form-{language}")
    form.locator("[name=format]").select_option("csv")
    form.get_by_test_id("ask-export").click()
    run = page.get_by_test_id("export")
    expect(run.get_by_test_id("export-filters")).to_contain_text(
        "Overdue only" if language == "en" else "仅超期"
    )
    expect(run.get_by_test_id("export-filters")).to_contain_text("Area c1" if language == "en" else "区c1")
    assert_accessible(page, f"export-run-{language}")
    do_exports()
    with page.expect_download() as saved:
        run.get_by_test_id("download").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig"))))
    ids = {row["id"] for row in rows}
    assert street.overdue["id"] in ids
    assert all(row["is_overdue"] == "true" for row in rows)


def test_export_of_a_list_has_its_text_search_and_filters_without_field(console, street, do_exports):
    page = console(language="en")
    turn_to(page, "cases?status=any&q=%E5%9E%83%E5%9C%BE&supervised=false&directed=true")
    listed = page.get_by_test_id("case-table").locator("tbody th a")
    expect(listed).not_to_have_count(0)
    numbers = set(listed.all_text_contents())
    page.get_by_test_id("export-list").click()
    form = page.get_by_test_id("new-export")
    expect(form.locator("[name=q]")).to_have_value("垃圾")
    expect(form.get_by_test_id("also-exported")).to_contain_text("under supervision and directed by me")
    form.locator("[name=format]").select_option("csv")
    form.get_by_test_id("ask-export").click()
    run = page.get_by_test_id("export")
    expect(run.get_by_test_id("export-filters")).to_contain_text("垃圾")
    expect(run.get_by_test_id("export-filters")).to_contain_text("under supervision")
    assert_accessible(page, "export-of-list")
    do_exports()
    with page.expect_download() as saved:
        run.get_by_test_id("download").click()
    rows = csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig")))
    assert {row["case_no"] for row in rows} == numbers
