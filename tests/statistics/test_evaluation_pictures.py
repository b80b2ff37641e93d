"""Pictures of the printed evaluation and of the workbook show the numbers of the API's answer."""

import io
import re
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from PIL import Image

from app.statistics.rules import charts
from app.statistics.rules import evaluation as rules
from app.statistics.service.evaluation_map_image import BAND_COLOURS, map_image
from app.statistics.service.evaluation_picture_sheets import HEAT_COLOURS
from app.statistics.service.evaluation_pictures import BARS_DRAWN, WEEKDAYS
from tests.nonempty import nonempty
from tests.statistics.conftest import EVENT, make_cases_of_tianmen
from tests.statistics.incident_rows import make_cases
from tests.statistics.test_evaluation import follow_link, read_evaluation
from tests.statistics.test_figures import list_members

# Cases of December 2016 by the instant of their report, besides those of Tianmen. It is Monday 00:30 and Friday 23:10 in
# Shanghai.
OTHER_HOURS = {"2016-12-04T16:30:00Z": 4, "2016-12-09T15:10:00Z": 5}


@pytest.fixture(scope="module")
def eventful(new_city):
    """Tianmen with reports of other hours and days, and with cases of the year before."""
    tianmen = new_city()
    make_cases_of_tianmen(tianmen)
    case = {"category": EVENT, "status": "closed", "outcome": "met", "handled": True}
    case |= {"area": tianmen.areas["g1"], "unit": tianmen.units["cleaning"]}
    make_cases(
        [
            case | {"many": many, "reported_at": at, "due_at": due}
            for many, at, due in (
                (3, "2015-12-04T16:30:00Z", "2015-12-09T10:00:00Z"),
                (2, "2016-10-04T16:30:00Z", "2016-11-09T10:00:00Z"),
                *((count, at, "2016-12-14T10:00:00Z") for at, count in OTHER_HOURS.items()),
            )
        ]
    )
    return tianmen


@pytest.fixture(scope="module")
def report(eventful):
    """The supervisor, the answer of the API with its links, and the printed page of the same moment."""
    supervisor = eventful.supervisor("d")
    evaluation = read_evaluation(supervisor, eventful)
    page = follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    return supervisor, evaluation, page


def picture(page, name):
    """Return the picture of the page whose ids begin with `name`."""
    svg = next(
        svg
        for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        if f'aria-labelledby="{name}-title"' in svg
    )
    return ElementTree.fromstring(svg)


def marks(page, name, **data):
    """Return the marks of a picture that have all of these data attributes."""
    return [
        mark
        for mark in picture(page, name).iter()
        if mark.get("class") == "mark"
        and all(
            mark.get(f"data-{key}") is not None if value is ... else mark.get(f"data-{key}") == value
            for key, value in data.items()
        )
    ]


def shown(page, name, **data):
    return {mark.get("data-key"): float(mark.get("data-value")) for mark in marks(page, name, **data)}


def test_page_starts_with_the_five_worst_findings(report):
    _, evaluation, page = report
    sentences = [unescape(text) for text in re.findall(r'<p class="out">([^<]*)<br>', page)]
    first = page.index("最需关注 Worst findings")
    assert first < page.index('class="boxes"') < page.index("<svg")
    assert sentences == [outlier["sentence"]["zh"] for outlier in evaluation["stands_out"]][:16]
    assert page[first : page.index('class="boxes"')].count('class="out"') == min(5, len(sentences)) > 1


def test_tiles_show_values_and_changes_of_the_answer(report):
    _, evaluation, page = report
    boxes = re.findall(r"<div>([^<]*)<b>(.*?)</b><span class=\"sub\">(.*?)</span></div>", page, re.DOTALL)
    tiles = {re.sub(r"\s+", " ", title.strip()): (value, below) for title, value, below in boxes}
    assert len(tiles) == len(evaluation["tiles"]) == 8
    due, accepted = evaluation["measures"]["due"], evaluation["measures"]["accepted"]
    value, below = tiles["应结案数 Due"]
    assert f">{due['count']:,}</a>" in value
    (href,) = (unescape(href) for href in re.findall('href="([^"]+)"', value))
    assert parse_qs(urlsplit(href).query) == parse_qs(urlsplit(due["members"]).query)
    change = next(tile for tile in evaluation["tiles"] if tile["name"] == "due")["change"]
    assert f"上月 previous month {due['previous']['count']}" in below
    assert change["previous"] > 0 and f"▲ {100 * change['previous']:.1f} %" in below
    assert f"去年同月 last year {due['year_before']['count']}" in below
    assert f">{accepted['count']:,}</a>" in tiles["受理数 Accepted"][0]
    rate = evaluation["rates"]["on_time_rate"]
    change = next(tile for tile in evaluation["tiles"] if tile["name"] == "on_time_rate")["change"]
    value, below = tiles["按期结案率 On-time rate"]
    assert f">{100 * rate['value']:.2f} %</a>" in value
    # It fell: that is worse, in words and not only by colour.
    assert change["previous"] < 0
    assert f"▼ {abs(100 * change['previous']):.1f} 个百分点 points 变差 worse" in below


def test_funnel_shows_steps_of_the_answer_with_their_members(report):
    supervisor, evaluation, page = report
    expected = {
        step["measure"]: evaluation["measures"][step["measure"]]["count"] for step in evaluation["funnel"]
    }
    assert shown(page, "loop") == expected and len(set(expected.values())) > 2
    for mark in marks(page, "loop"):
        assert len(list_members(supervisor, {"members": mark.get("href")})) == int(mark.get("data-value"))


def test_heat_map_shows_hours_of_the_answer_with_their_members(report):
    supervisor, evaluation, page = report
    cells = {
        (int(mark.get("data-row")), int(mark.get("data-column"))): int(mark.get("data-value"))
        for mark in marks(page, "hours")
    }
    assert cells == {
        (weekday, hour): count
        for weekday, counts in enumerate(evaluation["hours"]["counts"], 1)
        for hour, count in enumerate(counts)
        if count
    }
    for at, count in OTHER_HOURS.items():
        local = datetime.fromisoformat(at).astimezone(ZoneInfo(evaluation["period"]["timezone"]))
        row, column = local.isoweekday(), local.hour
        assert cells[row, column] == count
        (mark,) = marks(page, "hours", row=str(row), column=str(column))
        assert len(list_members(supervisor, {"members": mark.get("href")})) == cells[row, column]


def test_courses_show_days_and_months_of_the_answer(report):
    _, evaluation, page = report
    days = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "day")["groups"]
    months = evaluation["months"]["groups"]
    assert len(months) > 2
    for name in ("accepted", "due", "overdue"):
        for picture_name, groups in (("counts-by-day", days), ("counts-by-month", months)):
            assert shown(page, picture_name, series=name) == {
                group["group"]["value"]: group["measures"][name]["count"] for group in nonempty(groups)
            }
    for name in ("closure_rate", "on_time_rate"):
        expected = {
            month["group"]["value"]: month["rates"][name]["value"]
            for month in months
            if month["rates"][name]["value"] is not None
        }
        assert shown(page, "rates-by-month", series=name) == expected
    supervisor = report[0]
    for mark in marks(page, "counts-by-month", series="due"):
        assert len(list_members(supervisor, {"members": mark.get("href")})) == int(mark.get("data-value"))


@pytest.mark.parametrize("by", ["unit", "category", "area:street"])
def test_bars_show_rates_against_the_whole(report, by):
    _, evaluation, page = report
    groups = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == by)["groups"]
    name = f"bars-{by.replace(':', '-')}"
    rates = {
        str(group["group"]["value"]): group["rates"]["on_time_rate"]["value"]
        for group in groups
        if group["rates"]["on_time_rate"]["value"] is not None
    }
    drawn = shown(page, name)
    assert drawn == rates and 0 < len(rates) <= BARS_DRAWN
    if by != "area:street":
        # The largest first.
        sizes = {
            str(group["group"]["value"]): group["rates"]["on_time_rate"]["denominator"]["count"]
            for group in groups
        }
        assert [sizes[key] for key in drawn] == sorted((sizes[key] for key in drawn), reverse=True)
    whole = evaluation["rates"]["on_time_rate"]["value"]
    (mark_of_whole,) = [part for part in picture(page, name).iter("line") if part.get("class") == "whole"]
    assert float(mark_of_whole.get("data-value")) == whole
    hatched = {mark.get("data-key") for mark in marks(page, name) if len(list(mark.iter("rect"))) == 2}
    assert hatched == {key for key, rate in rates.items() if rate < whole}
    assert hatched or by == "area:street"


def test_map_shows_rate_and_class_of_each_area(report):
    _, evaluation, page = report
    streets = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "area:street")["groups"]
    drawn = {mark.get("data-key"): mark for mark in marks(page, "areas")}
    assert drawn.keys() == {street["group"]["value"] for street in streets if street["group"]["value"]}
    for number, street in enumerate(nonempty(streets), 1):
        mark = drawn.get(street["group"]["value"])
        if mark is None:
            continue
        value = street["rates"]["on_time_rate"]["value"]
        assert mark.get("data-band") == rules.band(value)
        assert mark.get("data-value") == (None if value is None else str(value))
        assert mark.find("title").text.startswith(f"{number} {street['title']['zh']}")


def test_page_has_unique_ids_and_every_pattern(report):
    *_, page = report
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 10
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)
    assert page.count("<svg") == page.count('role="group"') + page.count('aria-hidden="true"')


@pytest.fixture(scope="module")
def book(report):
    supervisor, evaluation, _ = report
    return openpyxl.load_workbook(io.BytesIO(follow_link(supervisor, evaluation, "xlsx").data)), evaluation


def test_workbook_begins_with_findings_and_tiles(book):
    sheets, evaluation = book
    rows = [[cell.value for cell in row] for row in sheets["总体 Summary"].iter_rows()]
    heads = [row[0] for row in rows]
    first = heads.index("最需关注 Worst findings")
    sentences = [
        outlier["sentence"][language] for outlier in evaluation["stands_out"][:5] for language in ("zh", "en")
    ]
    assert heads[first + 1 : first + 1 + len(sentences)] == nonempty(sentences)
    tiles = heads.index("指标卡 Tiles")
    assert first < tiles < heads.index("全部指标 All figures")
    drawn = rows[tiles + 1 : tiles + 9]
    for row, tile in zip(drawn, evaluation["tiles"], strict=True):
        changes = [tile["change"][period] for period in ("previous", "year_before")]
        assert row[4:6] == [change if change is None else pytest.approx(100 * change) for change in changes]
        if tile["kind"] == "measure":
            figure = evaluation["measures"][tile["name"]]
            compared = [figure[period] and figure[period]["count"] for period in ("previous", "year_before")]
            assert row[1:4] == [figure["count"], *compared]
        if tile["kind"] == "rate":
            rate = evaluation["rates"][tile["name"]]
            assert row[1:4] == [rate["value"], rate["previous"], rate["year_before"]]
    assert any(change is not None for row in drawn for change in row[4:6])
    due = sheets["总体 Summary"].cell(tiles + 3, 5)
    assert due.number_format == '"▲ "0.0" %";"▼ "0.0" %";"＝ "0.0" %"'
    rate = sheets["总体 Summary"].cell(tiles + 6, 5)
    assert rate.number_format.startswith('"▲ "0.0" 点 points 变好 better";[Red]"▼ "')


def test_workbook_funnel_refers_to_its_steps(book):
    sheets, evaluation = book
    page = sheets["闭环 Loop"]
    rows = list(page.iter_rows(min_row=2, values_only=True))
    counts = [evaluation["measures"][step["measure"]]["count"] for step in evaluation["funnel"]]
    assert [row[1] for row in rows] == counts
    assert [row[2] for row in rows] == [count / counts[0] for count in counts]
    (chart,) = page._charts
    space, steps = chart.series
    assert steps.val.numRef.f.endswith(f"$B$2:$B${len(counts) + 1}")
    # As much space on the left as on the right: the bars are in the middle.
    assert space.val.numRef.f.endswith(f"$D$2:$D${len(counts) + 1}")
    assert [row[3] * 2 + row[1] for row in rows] == [counts[0]] * len(counts)
    assert space.graphicalProperties.noFill and chart.grouping == "stacked"


def test_workbook_heat_map_has_hours_and_colours_of_classes(book):
    sheets, evaluation = book
    page = sheets["星期与时段 Weekday and hour"]
    rows = list(page.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == list(WEEKDAYS)
    assert [list(row[1:]) for row in rows] == evaluation["hours"]["counts"]
    parameters = parse_qs(urlsplit(page["B2"].hyperlink.target).query)
    assert (parameters["weekday"], parameters["hour"]) == (["1"], ["0"])
    (formats,) = page.conditional_formatting
    assert str(formats.sqref) == "B2:Y8"
    most = max(max(counts) for counts in evaluation["hours"]["counts"])
    ranges = [tuple(int(edge) for edge in rule.formula) for rule in formats.rules]
    assert ranges == nonempty(charts.count_classes(most))


def test_workbook_map_has_coloured_rates_and_an_image(book):
    sheets, evaluation = book
    page = sheets["地图 Map"]
    streets = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "area:street")["groups"]
    rows = list(page.iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2]) for row in rows] == [
        (number, street["rates"]["on_time_rate"]["value"]) for number, street in enumerate(streets, 1)
    ]
    (formats,) = page.conditional_formatting
    edges = [rule.formula[0] for rule in formats.rules if rule.type == "cellIs"]
    assert edges == [*(str(edge) for edge in reversed(evaluation["colouring"]["bands"])), "0.7"]
    (image,) = page._images
    picture = Image.open(io.BytesIO(image._data()))
    colours = {colour for count, colour in picture.getcolors(100_000) if count > 50}
    expected = {
        rules.band(street["rates"]["on_time_rate"]["value"]) for street in streets if street["group"]["value"]
    }
    assert {tuple(bytes.fromhex(BAND_COLOURS[band])) for band in expected} <= colours


def test_page_and_workbook_have_the_same_colours():
    styles = Path("app/statistics/pages/evaluation.css").read_text()
    fills = dict(re.findall(r"^\.((?:band|heat)-\w+) { fill: #(\w+); }$", styles, re.MULTILINE))
    expected = {f"band-{band}": colour for band, colour in BAND_COLOURS.items()}
    expected |= {f"heat-{number}": colour for number, colour in enumerate(HEAT_COLOURS, 1)}
    full = {name: (fill * 2 if len(fill) == 3 else fill).upper() for name, fill in fills.items()}
    assert {name: full[name] for name in expected} == expected


def test_workbook_bars_show_the_whole_as_outline_and_hatch_what_is_worse(book):
    sheets, evaluation = book
    charts = {
        "".join(run.t for part in chart.title.tx.rich.p for run in part.r): chart
        for chart in sheets["图表 Charts"]._charts
    }
    chart = charts["按责任单位 By unit: 按期结案率 On-time rate"]
    groups, whole = chart.series
    page = sheets["按责任单位 By unit"]
    head = [cell.value for cell in page[1]]
    column = head.index("总体按期结案率 Overall on-time rate") + 1
    assert whole.val.numRef.f.endswith(
        f"${openpyxl.utils.get_column_letter(column)}$2:${openpyxl.utils.get_column_letter(column)}$3"
    )
    overall = evaluation["rates"]["on_time_rate"]["value"]
    assert [page.cell(row, column).value for row in (2, 3)] == [overall] * 2
    assert whole.graphicalProperties.noFill and chart.overlap == 100
    units = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "unit")["groups"]
    worse = [n for n, unit in enumerate(units) if unit["rates"]["on_time_rate"]["value"] < overall]
    assert [point.idx for point in groups.dPt] == nonempty(worse)
    # Lines differ by dashes and points, so that a grey print can be read.
    lines = charts["近十二个月 Last 12 months: 案卷数 Cases"].series
    assert len({series.graphicalProperties.line.dashStyle for series in lines}) == len(lines) == 3
    assert len({series.marker.symbol for series in lines}) == 3


def test_map_image_leaves_holes_and_islands_as_they_are():
    region = type(
        "Region", (), {"path": "M 0 0 L 90 0 90 90 0 90 Z M 30 30 L 60 30 60 60 30 60 Z", "band": "4"}
    )
    region.x, region.y, region.label = 15, 75, ""
    file = map_image({"width": 90, "height": 90, "regions": [region]})
    picture = Image.open(file)
    assert picture.size == (98, 98)
    assert picture.getpixel((19, 19)) == tuple(bytes.fromhex(BAND_COLOURS["4"]))
    assert picture.getpixel((49, 49)) == (255, 255, 255)
