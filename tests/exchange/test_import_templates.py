"""Templates of imports: made from the fields, in two languages, with rows that can be imported."""

import csv
import io

import openpyxl
import pytest

from app.core import db
from app.core.actor import SYSTEM, Role
from app.exchange.rules import columns
from app.exchange.rules.contract import NOTE_MARKS, recognise_columns
from app.exchange.rules.field_texts.fields import TEXTS
from app.exchange.service.templates import template_file
from tests.exchange.test_import_requests import send
from tests.factories import make_city
from tests.nonempty import nonempty

KINDS = ("areas", "units", "workers", "households", "incidents", "components")
LANGUAGES = ("en", "zh")


def template(person, city, kind, format, language):
    path = f"/imports/template?kind={kind}&format={format}&jurisdiction={city.code}"
    answer = person.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.json
    return answer


def rows_of(answer, format):
    if format == "csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.values]


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_has_a_text_and_its_title_is_recognised(kind):
    fields = columns.fields_of(kind)
    assert set(TEXTS[kind]) == {field.name for field in fields}
    for language in LANGUAGES:
        heads = [field.title[language] for field in nonempty(fields)]
        chosen = {field.title[language]: field.name for field in fields if field.explicit}
        recognised = recognise_columns(heads, fields, chosen, has_shapes=False).positions
        assert recognised == {field.name: position for position, field in enumerate(fields)}


@pytest.mark.parametrize("format", ("csv", "xlsx"))
@pytest.mark.parametrize("kind", KINDS)
def test_template_is_in_callers_language_and_its_rows_can_be_imported(app, settings, kind, format):
    city = make_city(app, settings)
    admin = city.person(Role.ADMIN)
    for language in LANGUAGES:
        answer = template(admin, city, kind, format, language)
        assert f"{kind}-template.{format}" in answer.headers["Content-Disposition"]
        head, notes, *examples = rows_of(answer, format)
        titles = {field.title[language] for field in columns.fields_of(kind)}
        assert head and set(head) <= titles
        assert notes[0].startswith(NOTE_MARKS[language == "zh"])
        assert all(notes) and len(notes) == len(head)
        assert len(examples) == 2
        run = send(admin, city, answer.data, kind, f"t.{format}", dry_run="true").json
        outcome = run["outcome"]
        assert (run["state"], outcome["would_store"], outcome["refused"]) == ("done", 2, 0), outcome
    run = send(admin, city, answer.data, kind, f"t.{format}").json
    assert (run["state"], run["outcome"]["stored"]) == ("done", 2), run["outcome"]


def test_template_has_parts_of_addresses_when_rules_need_them(app, settings):
    city = make_city(app, settings, profile={"addresses": {"rule": "xihu"}})
    admin = city.person(Role.ADMIN)
    answer = template(admin, city, "households", "csv", "zh")
    head = rows_of(answer, "csv")[0]
    assert {"省", "幢", "室"} <= set(head) and "地址" not in head
    run = send(admin, city, answer.data, "households", "t.csv", map="居民姓名=resident_name").json
    assert (run["state"], run["outcome"]["stored"]) == ("done", 2), run["outcome"]
    assert "resident_name" in run["outcome"]["columns"]


def test_template_of_supervisor_has_places_in_own_area(app, settings):
    city = make_city(app, settings)
    supervisor = city.supervisor("c2")
    answer = template(supervisor, city, "incidents", "csv", "en")
    run = send(supervisor, city, answer.data, "incidents", "t.csv").json
    assert (run["state"], run["outcome"]["stored"]) == ("done", 2), run["outcome"]


def test_template_can_be_made_for_jurisdiction_without_areas(app, ground):
    with db.transaction(SYSTEM) as session:
        for kind in KINDS:
            content = template_file(
                session, SYSTEM, kind=kind, format="csv", jurisdiction=ground, language="en"
            )
            assert len(content.splitlines()) >= 4


def test_row_of_explanations_is_ignored_only_below_the_head(city):
    place = city.in_grid("g1")
    row = f"{place['lat']},{place['lon']},2026-01-01,#note of a person"
    file = f"lat,lon,created,description\n#note: explained,,,\n{row}\n#note: a fault,,,\n".encode()
    run = send(city.person(Role.ADMIN), city, file, partial="true").json
    assert (run["outcome"]["stored"], run["outcome"]["refused"]) == (1, 1), run["outcome"]
