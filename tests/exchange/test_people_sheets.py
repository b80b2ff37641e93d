"""Excel sheets for people: words of the reader's language, times of the city; and their import."""

import io
from datetime import datetime

import openpyxl
import pytest

from app.core.actor import Role
from tests.exchange.exporting import ask
from tests.exchange.exporting import take_in as send_back
from tests.exchange.test_household_members import take_in
from tests.factories import make_city


@pytest.fixture
def city(app, settings):
    """A city of its own, whose clocks do not show UTC."""
    return make_city(app, settings, profile={"timezone": "Asia/Shanghai"})


@pytest.fixture
def boss(city):
    return city.person(Role.ADMIN, area="s")


def sheet_of(answer):
    """The rows of a sheet, each as a dict by the heads."""
    head, *rows = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].values
    return list(head), [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("language", "heads", "state", "category"),
    [
        ("zh", ["案卷编号", "状态", "类别", "上报时间", "结案时间"], "已结案", "暴露垃圾"),
        ("en", ["Case number", "State", "Category", "Reported", "Closed"], "Closed", "Exposed rubbish"),
    ],
)
def test_case_sheet_for_people_has_words_and_times_of_the_city(
    city, boss, export, language, heads, state, category
):
    at = city.in_grid("g1")
    # Half past one in the night of the city is the day before in UTC.
    file = (
        "lat,lon,created,closed,category,description\n"
        f"{at['lat']},{at['lon']},2020-01-02T01:30:00+08:00,2020-01-03T09:00:00+08:00,E0102,=1+1\n"
    )
    assert take_in(boss, city, file.encode(), kind="incidents", name="a.csv", maps=[])["stored"] == 1
    head, (row,) = sheet_of(export(boss, "incidents", "xlsx", language=language))
    assert set(heads) <= set(head)
    # No names of fields, no ids of other rows; the id of the row is last.
    assert head[-1] == "id" and not [name for name in head[:-1] if "_" in name or name.casefold() == "id"]
    number, *_, reported, closed = (row[name] for name in heads)
    assert number and (row[heads[1]], row[heads[2]]) == (state, category)
    assert (reported, closed) == (datetime(2020, 1, 2, 1, 30), datetime(2020, 1, 3, 9))
    assert row[{"zh": "描述", "en": "Description"}[language]] == "'=1+1"
    # A file for programs is as it was.
    plain, (record,) = sheet_of(export(boss, "incidents", "xlsx"))
    assert plain[:4] == ["id", "case_no", "status", "category"]
    assert record["reported_at"].startswith("2020-01-01T17:30")


@pytest.mark.parametrize(
    ("language", "unit", "reason"),
    [("zh", "环卫所", "附近无人在岗"), ("en", "Sanitation office", "No worker nearby is on duty")],
)
def test_case_sheet_for_people_names_unit_and_reason_for_waiting(
    city, boss, report, export, language, unit, reason
):
    admin = city.person(Role.ADMIN)
    path = f"/units/{city.units['cleaning']}"
    named = {"name": {"zh": "环卫所", "en": "Sanitation office"}}
    assert admin.patch(path, named, version=admin.get(path).headers["ETag"].strip('"')).status_code == 200
    report(boss, city.in_grid("g1"))
    _, (row,) = sheet_of(export(boss, "incidents", "xlsx", language=language))
    names = {"zh": ("责任单位名称", "等待原因"), "en": ("Owning unit, name", "Reason for waiting")}
    assert row[names[language][0]] == unit
    assert reason in row[names[language][1]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheets_for_people_are_unchanged_on_import(city, boss, house, export, language):
    at = city.in_grid("g1")
    for n in range(2):
        house({"lon": at["lon"] + n / 3e6, "lat": at["lat"]}, f"幸福路{n}号")
    sheet = export(boss, "households", "xlsx", language=language).data
    outcome = send_back(boss, city, sheet, "homes.xlsx")["outcome"]
    assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (0, 2, 0), outcome
    lines = "".join(f"{at['lat']},{at['lon']},2020-01-01,{end},灯不亮\n" for end in ("", "2020-01-05"))
    file = f"lat,lon,created,closed,description\n{lines}".encode()
    assert take_in(boss, city, file, kind="incidents", name="cases.csv", maps=[])["stored"] == 2
    sheet = export(boss, "incidents", "xlsx", language=language).data
    outcome = take_in(boss, city, sheet, kind="incidents", name="cases.xlsx", maps=[])
    assert (outcome["stored"], outcome["unchanged"], outcome["refused"]) == (0, 2, 0), outcome


@pytest.mark.parametrize(("format", "language"), [("csv", "zh"), ("geojson", "en"), ("xlsx", "de")])
def test_language_is_refused_for_files_for_programs(city, boss, format, language):
    answer = ask(boss, "incidents", format, language=language)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "language")
