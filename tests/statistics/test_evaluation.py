"""Monthly evaluation: numbers, links, ranks, workbook, and reproduction after later changes."""

import io
import re
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from tests.nonempty import nonempty
from tests.statistics.expanded_evaluation import expanded
from tests.statistics.incident_rows import make_cases
from tests.statistics.stored_months import store_month
from tests.statistics.test_figures import counts, figures_in, list_members, read_figures

DECEMBER = date(2016, 12, 1)


def read_evaluation(person, city, query="", at=None):
    answer = person.get(f"/evaluation?month=2016-12&area_id={at or city.areas['d']}{query}")
    assert answer.status_code == 200, answer.json
    return expanded(answer.json)


def follow_link(person, evaluation, form="json"):
    """Return the report that the link of a report leads to."""
    return person.get(evaluation["again"][form].removeprefix("/api/v1"))


def test_evaluation_reveals_weak_subgroup_of_tianmen(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    figures = read_figures(supervisor, f"from=2016-12-01&to=2016-12-31&area_id={tianmen.areas['d']}")
    assert counts(evaluation) == counts(figures)
    assert (evaluation["period"]["from"], evaluation["period"]["to"]) == ("2016-12-01", "2016-12-31")
    sentences = [outlier["sentence"] for outlier in evaluation["stands_out"]]
    # Each group is listed once, with all rates in which it is worse; rates with equal numbers are named together.
    assert {
        "zh": "部件：按期结案率、按期处置率、按期归档率 37.50 %（6/16），总体 75.82 %；"
        "结案率、处置率、归档率 56.25 %（9/16），总体 93.72 %",
        "en": "Components: on-time rate, on-time disposal rate and on-time archiving rate 37.50 % (6 of 16), overall 75.82 %; "
        "closure rate, disposal rate and archiving rate 56.25 % (9 of 16), overall 93.72 %",
    } in sentences
    groups = [(outlier["group"]["by"], outlier["group"]["value"]) for outlier in evaluation["stands_out"]]
    assert len(groups) == len(set(groups))
    (components,) = [
        outlier for outlier in evaluation["stands_out"] if outlier["group"]["value"] == "component"
    ]
    assert [len(list_members(supervisor, rate["denominator"])) for rate in components["rates"]] == [16] * 6
    page = follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    assert page.count('<p class="out">部件：') == 1


def test_evaluation_chapters_sum_to_total_and_have_titles(tianmen):
    evaluation = read_evaluation(tianmen.supervisor("d"), tianmen)
    chapters = {chapter["by"]: chapter for chapter in evaluation["chapters"]}
    assert list(chapters) == ["area:street", "unit", "class", "priority", "category", "day"]
    for chapter in chapters.values():
        for name, whole in counts(evaluation).items():
            assert sum(group["measures"][name]["count"] for group in chapter["groups"]) == whole, (
                chapter["by"],
                name,
            )
        assert all(group["title"]["zh"] and group["title"]["en"] for group in chapter["groups"])
    # Categories have their name, not their code.
    assert {group["title"]["zh"] for group in chapters["category"]["groups"]} == {"暴露垃圾", "上水井盖"}


def test_evaluation_ranks_units_and_areas_only(tianmen):
    chapters = {
        chapter["by"]: chapter for chapter in read_evaluation(tianmen.supervisor("d"), tianmen)["chapters"]
    }
    units = chapters["unit"]["groups"]
    assert [unit["rank"] for unit in units] == [1, 2]
    assert units[0]["score"] > units[1]["score"]
    assert {group["rank"] for group in chapters["category"]["groups"]} == {None}
    assert chapters["unit"]["is_ranked"] and not chapters["class"]["is_ranked"]


def test_evaluation_ranks_no_group_of_one_or_two_people(tianmen):
    """Grids and units of one member are neither scored nor ranked, as groups and as the whole of a request."""
    supervisor, december = tianmen.supervisor("d"), "from=2016-12-01&to=2016-12-31"
    at = f"&area_id={tianmen.areas['c1']}"
    evaluation = read_evaluation(supervisor, tianmen, at=tianmen.areas["c1"])
    chapter = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "area:grid")
    figures = read_figures(supervisor, f"{december}{at}&group_by=area:grid")
    for groups in (chapter["groups"], figures["groups"]):
        assert [group["group"]["code"][-2:] for group in groups] == ["g1", "g2"]
        assert {(group["rank"], group["score"]) for group in groups} == {(None, None)}
        assert groups[0]["rates"]["closure_rate"]["value"] is not None
    assert not chapter["is_ranked"] and evaluation["score"] is not None
    for grouping in ("", "&group_by=category", "&group_by=unit"):
        alone = read_figures(supervisor, f"{december}&area_id={tianmen.areas['g1']}{grouping}")
        assert {alone["score"]} | {group["score"] for group in alone["groups"]} == {None}
        assert {group["rank"] for group in alone["groups"]} <= {None}
    for people, ranked in ((1, False), (2, False), (3, True)):
        tianmen.handler("roads")
        roads = next(
            group
            for group in read_figures(supervisor, f"{december}&group_by=unit")["groups"]
            if group["group"]["value"] == str(tianmen.units["roads"])
        )
        alone = read_figures(supervisor, f"{december}&owner_unit_id={tianmen.units['roads']}")
        assert [value is not None for value in (roads["rank"], roads["score"], alone["score"])] == [
            ranked
        ] * 3, people


def test_evaluation_link_reproduces_numbers_after_changes(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    pages = {form: follow_link(supervisor, evaluation, form).data for form in ("json", "html")}
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set status = 'closed' where status = 'handling' and jurisdiction_id = :j"),
            {"j": tianmen.jurisdiction_id},
        )
    assert counts(read_evaluation(supervisor, tianmen))["closed"] > counts(evaluation)["closed"]
    later = expanded(follow_link(supervisor, evaluation).json)
    assert counts(later) == counts(evaluation)
    assert {path: figure["count"] for path, figure in figures_in(later)} == {
        path: figure["count"] for path, figure in figures_in(evaluation)
    }
    nonce = re.compile(rb'nonce="[^"]+"')
    html = follow_link(supervisor, evaluation, "html").data
    assert nonce.sub(b"", html) == nonce.sub(b"", pages["html"])


def test_evaluation_shows_visits_and_coverage_stored_by_then(tianmen):
    supervisor, kept_first = (
        tianmen.supervisor("d"),
        {"visits_due": 6, "visits_made": 4, "cells": 9, "cells_missed": 1},
    )
    assert read_evaluation(supervisor, tianmen)["kept"]["period"]["is_kept"] is False
    store_month(tianmen, "g1", kept_first, month=DECEMBER)
    evaluation = read_evaluation(supervisor, tianmen)
    store_month(
        tianmen, "g3", {"visits_due": 6, "visits_made": 0, "cells": 9, "cells_missed": 0}, month=DECEMBER
    )
    months = follow_link(supervisor, evaluation).json["kept"]
    assert months == evaluation["kept"]
    assert {name: months["measures"][name]["count"] for name in kept_first} == kept_first
    assert (months["rates"]["visit_rate"]["value"], months["rates"]["patrol_coverage"]["value"]) == (
        0.666667,
        0.888889,
    )
    page = follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    assert [
        count for href, count in re.findall(r'<a href="([^"]+)">(\d+)</a>', page) if "cycles/members" in href
    ][:2] == ["6", "4"]
    book = openpyxl.load_workbook(io.BytesIO(follow_link(supervisor, evaluation, "xlsx").data))
    sheet = {row[0].value: row[1] for row in book["走访与覆盖 Visits and coverage"].iter_rows()}
    assert (sheet["应走访户数 Households due"].value, sheet["走访率 Visit rate"].value) == (6, 0.666667)
    members = urlsplit(sheet["已走访户数 Households visited"].hyperlink.target)
    listed = supervisor.get(f"/figures/cycles/members?{members.query}").json["items"]
    assert len(listed) == 4
    now = read_evaluation(supervisor, tianmen)["kept"]
    (worst,) = [kind for kind in now["worst"]["visit_rate"] if kind["by"] == "area:street"]
    assert (now["rates"]["visit_rate"]["value"], worst["by"]) == (0.333333, "area:street")
    unit = read_evaluation(supervisor, tianmen, f"&owner_unit_id={tianmen.units['roads']}")["kept"]
    assert unit["measures"]["visits_due"] is None


def test_evaluation_page_numbers_link_to_as_many_cases(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    answer = follow_link(supervisor, evaluation, "html")
    assert answer.content_type.startswith("text/html")
    page = answer.get_data(as_text=True)
    links = [
        (unescape(href), int(count))
        for href, count in re.findall(r'<a href="([^"]+)">(\d+)</a>', page)
        if "/figures/members" in href
    ]
    assert len(links) > 60
    for href, count in links[:: max(1, len(links) // 12)]:
        assert len(list_members(supervisor, {"members": href})) == count, href
    # The page loads nothing from other hosts and has no scripts.
    assert "<script" not in page and " style=" not in page
    assert not re.findall(r'(?:src|href)="(?!/api/v1/|#)[^"]*"', page)


def test_evaluation_map_draws_a_shape_for_each_street(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    page = follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    streets = next(chapter for chapter in evaluation["chapters"] if chapter["by"] == "area:street")["groups"]
    shapes = re.findall(r'<path class="area band-(\w+)" d="M [^"]+Z">', page)
    assert len(shapes) == len([street for street in streets if street["group"]["value"]]) > 0
    assert set(shapes) == {"1"}  # 75.82 % is between 70 and 80


def test_evaluation_workbook_has_a_sheet_for_each_chapter(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    answer = follow_link(supervisor, evaluation, "xlsx")
    assert answer.headers["Content-Disposition"].endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert [page.title for page in book] == [
        "总体 Summary",
        "图表 Charts",
        "闭环 Loop",
        "星期与时段 Weekday and hour",
        "地图 Map",
        "按街道 By street",
        "按责任单位 By unit",
        "按部件与事件 By class",
        "按紧急程度 By priority",
        "按类别 By category",
        "按日 By day",
        "近十二个月 Last 12 months",
        "走访与覆盖 Visits and coverage",
        "突出问题 Below overall",
        "超期最久 Longest overdue",
        "定义 Definitions",
    ]
    rows = {row[0].value: row[1] for row in book["总体 Summary"].iter_rows() if row[0].value}
    closed = rows["结案数 Closed"]
    assert closed.value == counts(evaluation)["closed"]
    parts = urlsplit(closed.hyperlink.target)
    assert parts.scheme == "http" and parse_qs(parts.query)["measure"] == ["closed"]
    assert len(list_members(supervisor, {"members": f"{parts.path}?{parts.query}"})) == closed.value
    classes = {row[0].value: row for row in book["按部件与事件 By class"].iter_rows(min_row=2)}
    place = [cell.value for cell in book["按部件与事件 By class"][1]].index("结案率 Closure rate")
    assert round(classes["部件 Components"][place].value, 4) == 0.5625


def test_evaluation_workbook_charts_reference_table_cells(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    book = openpyxl.load_workbook(io.BytesIO(follow_link(supervisor, evaluation, "xlsx").data))

    def cells(reference):
        name, _, place = reference.rpartition("!")
        cells_read = book[name.strip("'")][place.replace("$", "")]
        return [row[0].value for row in cells_read] if isinstance(cells_read, tuple) else [cells_read.value]

    drawn = {}
    for chart in book["图表 Charts"]._charts:
        title = "".join(run.t for part in chart.title.tx.rich.p for run in part.r)
        drawn[title] = [
            (cells(series.tx.strRef.f), cells(series.cat.strRef.f), cells(series.val.numRef.f))
            for series in chart.series
        ]
    chapters = {chapter["by"]: chapter for chapter in evaluation["chapters"]}
    names = {
        rate["name"]: f"{rate['title']['zh']} {rate['title']['en']}"
        for rate in evaluation["definitions"]["rates"]
    }
    counted = {
        measure["name"]: f"{measure['title']['zh']} {measure['title']['en']}"
        for measure in evaluation["definitions"]["measures"]
    }
    for by in chapters.keys() - {"day"}:
        groups = chapters[by]["groups"]
        called = [group["title"]["zh"] for group in groups]
        for rate in ("closure_rate", "on_time_rate"):
            title = f"{chapters[by]['title']['zh']} {chapters[by]['title']['en']}: {names[rate]}"
            (head, labels, values), (_, whole_labels, whole_values) = drawn.pop(title)
            assert head == [names[rate]]
            assert [label.startswith(name) for label, name in zip(labels, called, strict=True)] == [
                True
            ] * len(groups)
            assert values == [group["rates"][rate]["value"] for group in groups], by
            # Against the whole.
            assert whole_labels == labels
            assert whole_values == [evaluation["rates"][rate]["value"]] * len(groups)
    days = chapters["day"]["groups"]
    for (head, labels, values), name in zip(
        drawn.pop("按日 By day: 案卷数 Cases"), ("accepted", "due", "overdue"), strict=True
    ):
        assert (head, labels) == ([counted[name]], [day["group"]["value"] for day in days])
        assert values == [day["measures"][name]["count"] for day in days]
    courses = {title.partition(": ")[2]: series for title, series in drawn.items()}
    months = courses["案卷数 Cases"]
    assert [(labels, values) for _, labels, values in months][1] == (
        ["2016-11", "2016-12"],
        [9, counts(evaluation)["due"]],
    )
    assert courses["结案率与按期结案率 Closure and on-time rates"][0][2] == [
        1,
        evaluation["rates"]["closure_rate"]["value"],
    ]
    assert len(drawn) == 2


def test_evaluation_export_writes_audit_event(tianmen, rows):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    for form in ("json", "html", "xlsx"):
        assert follow_link(supervisor, evaluation, form).status_code == 200
    sql = """select detail ->> 'format', detail ->> 'month', entity_id from audit_event
             where action = 'evaluation.export' and actor_id = :id order by id"""
    area = tianmen.areas["d"]
    assert rows(sql, id=supervisor.id) == [("html", "2016-12", area), ("xlsx", "2016-12", area)]


def test_evaluation_of_unit_counts_only_its_cases(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen, f"&owner_unit_id={tianmen.units['roads']}")
    assert counts(evaluation)["due"] == 16
    assert "unit" not in {chapter["by"] for chapter in evaluation["chapters"]}
    assert len(list_members(supervisor, evaluation["measures"]["due"])) == 16


def test_evaluation_chapter_lists_200_largest_groups(tianmen):
    case = {"many": 1, "status": "filed", "handled": False, "area": tianmen.areas["g1"]}
    at = "2016-12-06T10:00:00Z"
    make_cases([case | {"category": f"A{n:03}", "reported_at": at} for n in range(203)])
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    chapters = {chapter["by"]: chapter for chapter in evaluation["chapters"]}
    category = chapters["category"]
    assert (len(category["groups"]), category["left_out"]) == (200, 5)
    assert {"暴露垃圾", "上水井盖"} <= {group["title"]["zh"] for group in category["groups"]}
    assert chapters["unit"]["left_out"] == 0
    assert "未列出：5 个" in follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    book = openpyxl.load_workbook(io.BytesIO(follow_link(supervisor, evaluation, "xlsx").data))
    assert "5" in [*book["按类别 By category"].iter_rows()][-1][0].value
    # A request for one grouping with too many groups is refused.
    path = f"/figures?from=2016-12-01&to=2016-12-31&area_id={tianmen.areas['d']}&group_by=category"
    assert supervisor.get(path).json["errors"][0]["code"] == "too_many_groups"


@pytest.mark.parametrize("month", ["2016-13", "2016-1", "december", "2016-12-01"])
def test_evaluation_returns_422_for_malformed_month(city, month):
    answer = city.supervisor("d").get(f"/evaluation?month={month}&area_id={city.areas['d']}")
    assert answer.status_code == 422


def test_evaluation_returns_403_for_area_of_others(city):
    stranger = city.supervisor("s2") if "s2" in city.areas else city.supervisor("c2")
    assert stranger.get(f"/evaluation?month=2016-12&area_id={city.areas['c1']}").status_code == 403
    empty = stranger.get(f"/evaluation?month=2016-12&area_id={city.areas['c2']}")
    assert empty.status_code == 200 and counts(expanded(empty.json))["accepted"] == 0
    page = stranger.get(f"/evaluation/print?month=2016-12&area_id={city.areas['c2']}")
    assert "没有案卷" in page.get_data(as_text=True)


def test_evaluation_shows_previous_month(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    before = evaluation["measures"]["due"]["previous"]
    assert before["count"] == 9  # of November
    assert len(list_members(supervisor, before)) == 9
    page = follow_link(supervisor, evaluation, "html").get_data(as_text=True)
    cells_text = page.split("上月 Previous month</th>")[1].split("</tr>")[0]
    links = re.findall(r'<a href="([^"]+)">9</a>', cells_text)
    # The template has the parameters in another order than the links of the page.
    assert parse_qs(urlsplit(before["members"]).query) in [
        parse_qs(urlsplit(unescape(link)).query) for link in links
    ]
    book = openpyxl.load_workbook(io.BytesIO(follow_link(supervisor, evaluation, "xlsx").data))
    due = next(row for row in book["总体 Summary"].iter_rows() if row[0].value == "应结案数 Due")
    assert [cell.value for cell in due[1:3]] == [evaluation["measures"]["due"]["count"], 9]


def test_evaluation_orders_outliers_by_weight_and_labels_units(tianmen):
    outliers = read_evaluation(tianmen.supervisor("d"), tianmen)["stands_out"]
    weights = [single_outlier["weight"] for single_outlier in outliers]
    assert weights == sorted(weights, reverse=True) and len(weights) > 2
    for outlier in outliers:
        own = [rate["gap"] for rate in outlier["rates"]]
        assert own == sorted(own, reverse=True) and own[0] == outlier["gap"]
        assert ("（单位）" in outlier["sentence"]["zh"]) == (outlier["group"]["by"] == "unit")


def test_evaluation_answer_has_one_template_and_no_link_in_counts(tianmen):
    """Links were nine tenths of the answer: 4.2 MB in a demo city."""
    supervisor = tianmen.supervisor("d")
    answer = supervisor.get(f"/evaluation?month=2016-12&area_id={tianmen.areas['d']}")
    groups = sum(len(chapter["groups"]) for chapter in answer.json["chapters"])
    assert groups > 30 and len(answer.data) < min(300_000, 40_000 + 2_100 * groups)
    in_text = answer.get_data(as_text=True)
    assert in_text.count("/figures/members?") == 1
    evaluation = expanded(answer.json)
    figures = list(figures_in({"chapters": evaluation["chapters"], "whole": evaluation["measures"]}))
    assert len(figures) > 1_000


def test_expanded_links_of_an_evaluation_list_what_was_counted(tianmen):
    supervisor = tianmen.supervisor("d")
    evaluation = read_evaluation(supervisor, tianmen)
    for chapter in nonempty(evaluation["chapters"]):
        group = max(chapter["groups"], key=lambda g: g["measures"]["due"]["count"])
        for figure in (
            group["measures"]["due"],
            group["rates"]["closure_rate"]["denominator"],
            group["rates"]["closure_rate"]["numerator"],
            group["averages"]["accept_seconds"]["of"],
        ):
            assert len(list_members(supervisor, figure)) == figure["count"], chapter["by"]
        before = group["measures"]["due"]["previous"]
        if before is not None:
            assert len(list_members(supervisor, before)) == before["count"], chapter["by"]
