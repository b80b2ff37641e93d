"""The evaluation of a month as an Excel workbook: summary, pictures, and a sheet per chapter.

Each number links to the list of the cases that it counts. The pictures are those of the screen and of the printed report.
"""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.profiles.rules.measures import AVERAGES, MEASURES, RATES
from app.statistics.rules.monthly import FACTS, MONTHLY_RATES
from app.statistics.rules.periods import COMPARISONS
from app.statistics.service.evaluation_cells import (
    PERCENT,
    fit_to_paper,
    set_widths,
    with_compared,
    write_link,
    write_number,
    write_numbers,
    write_rate,
    write_row,
)
from app.statistics.service.evaluation_charts import RATES_DRAWN, Table, draw
from app.statistics.service.evaluation_picture_sheets import (
    hours_sheet,
    loop_sheet,
    map_sheet,
    tiles,
    worst_findings,
)


def workbook(report: Mapping[str, Any], shapes: Mapping[str, Any] | None, *, host: str) -> bytes:
    """Return the evaluation `report` as an XLSX file.

    Args:
        shapes: Areas of the map, see `area_shapes`; None: there is no map.
        host: Scheme and host of all links, because a path without a host cannot be opened from a file.
    """
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    _summary(book.create_sheet("总体 Summary"), report, host)
    drawn = book.create_sheet("图表 Charts")
    loop_sheet(book.create_sheet("闭环 Loop"), report, host)
    hours_sheet(book.create_sheet("星期与时段 Weekday and hour"), report, host)
    if shapes is not None:
        map_sheet(book.create_sheet("地图 Map"), report, shapes, host)
    tables = {
        chapter["by"]: _chapter(
            book.create_sheet(f"{chapter['title']['zh']} {chapter['title']['en']}"[:31]),
            chapter,
            report["rates"],
            host,
        )
        for chapter in report["chapters"]
    }
    draw(drawn, tables, {name: f"{RATES[name].zh} {RATES[name].en}" for name in RATES_DRAWN})
    _monthly_sheet(book.create_sheet("走访与覆盖 Visits and coverage"), report["kept"], host)
    _stands_out(book.create_sheet("突出问题 Below overall"), report["stands_out"], host)
    _tail(book.create_sheet("超期最久 Longest overdue"), report["tail"], host)
    _definitions(book.create_sheet("定义 Definitions"), report["definitions"])
    for sheet in book.worksheets:
        fit_to_paper(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _summary(page: Worksheet, report: Mapping[str, Any], host: str) -> None:
    area = report["area"]
    period = report["period"]
    write_row(page, ["网格管理月度评价 Monthly evaluation", report["month"]], bold=True)
    write_row(page, ["区域 Area", area["code"], area["name"]["zh"], area["name"]["en"]])
    write_row(page, ["起止 Period", str(period["from"]), str(period["to"]), period["timezone"]])
    write_row(page, ["统计时刻 Counted at", report["at"].isoformat()])
    write_row(page, ["重新计算 Compute again"])
    write_link(page, page.max_row, 2, "JSON", host + report["again"]["json"])
    write_row(page, [])
    worst_findings(page, report["stands_out"])
    tiles(page, report, host)
    write_row(
        page,
        ["全部指标 All figures", "本月 Month", "上月 Previous month", "去年同月 Same month last year"],
        bold=True,
    )
    for name, measure in MEASURES.items():
        write_row(page, [f"{measure.zh} {measure.en}"])
        write_numbers(page, report["measures"][name], host)
    for name, rate in RATES.items():
        write_row(page, [f"{rate.zh} {rate.en}"])
        write_rate(page, page.max_row, 2, report["rates"][name], host)
        for column, period_name in enumerate(COMPARISONS, 3):
            page.cell(page.max_row, column, report["rates"][name][period_name]).number_format = PERCENT
    for name, average in AVERAGES.items():
        average_values = report["averages"][name]
        hours = [
            None if average_values[each] is None else average_values[each] / 3600
            for each in ("value", *COMPARISONS)
        ]
        write_row(page, [f"{average.zh} {average.en} (h)", *hours])
    write_row(page, ["综合得分 Score", report["score"]])
    set_widths(page)
    for letter in "CDEF":
        page.column_dimensions[letter].width = 22


def _monthly_sheet(page: Worksheet, statistics: Mapping[str, Any], host: str) -> None:
    if not statistics["period"]["is_kept"]:
        write_row(page, ["本月尚未统计 This month is not counted yet"])
        return
    write_row(page, ["", "本月 Month", "上月 Previous month", "去年同月 Same month last year"], bold=True)
    for name, fact in FACTS.items():
        write_row(page, [f"{fact.zh} {fact.en}"])
        write_numbers(page, statistics["measures"][name], host)
    for name, rate in MONTHLY_RATES.items():
        write_row(page, [f"{rate.zh} {rate.en}"])
        for column, values in enumerate(with_compared(statistics["rates"][name]), 2):
            if values is not None:
                write_rate(page, page.max_row, column, values, host)
    set_widths(page)


def _chapter(
    page: Worksheet, chapter: Mapping[str, Any], overall: Mapping[str, Mapping[str, Any]], host: str
) -> Table:
    ranked = ["名次 Rank", "得分 Score"] if chapter["is_ranked"] else []
    head = ["组 Group", "代码 Code", *ranked]
    columns = {name: len(head) + place for place, name in enumerate((*MEASURES, *RATES), 1)}
    head += [f"{m.zh} {m.en}" for m in MEASURES.values()] + [f"{r.zh} {r.en}" for r in RATES.values()]
    overall_columns = {name: len(head) + place for place, name in enumerate(RATES_DRAWN, 1)}
    head += [f"总体{RATES[name].zh} Overall {RATES[name].en.lower()}" for name in RATES_DRAWN]
    worse: dict[str, list[int]] = {name: [] for name in RATES_DRAWN}
    write_row(page, head, bold=True)
    for place, group in enumerate(chapter["groups"]):
        title = group["title"]
        name = title["zh"] if title["zh"] == title["en"] else f"{title['zh']} {title['en']}"
        code = group["group"]["code"] or group["group"]["value"] or ""
        write_row(
            page, [name, code if len(code) < 36 else ""] + ([group["rank"], group["score"]] if ranked else [])
        )
        for measure in MEASURES:
            write_number(page, page.max_row, columns[measure], group["measures"][measure], host)
        for rate in RATES:
            write_rate(page, page.max_row, columns[rate], group["rates"][rate], host)
        for name, column in overall_columns.items():
            value, whole = group["rates"][name]["value"], overall[name]["value"]
            page.cell(page.max_row, column, whole).number_format = PERCENT
            if value is not None and whole is not None and value < whole:
                worse[name].append(place)
    lines = len(chapter["groups"])
    if chapter["left_out"]:
        write_row(
            page,
            [f"未列出的较小分组：{chapter['left_out']} 个 Smaller groups not shown: {chapter['left_out']}"],
        )
    page.freeze_panes = "C2"
    set_widths(page)
    return Table(page, chapter["title"], columns, overall_columns, worse, lines)


def _stands_out(page: Worksheet, groups: Iterable[Mapping[str, Any]], host: str) -> None:
    words = ["说明 Chinese", "说明 English", "指标 Rate", "数值 Value", "总体 Overall"]
    write_row(page, [*words, "分子 Numerator", "分母 Denominator"], bold=True)
    for group in groups:
        sentences = [group["sentence"]["zh"], group["sentence"]["en"]]
        for rate_values in group["rates"]:
            rate = RATES[rate_values["rate"]]
            write_row(page, [*sentences, f"{rate.zh} {rate.en}", None, rate_values["overall"]])
            write_rate(page, page.max_row, 4, rate_values, host)
            page.cell(page.max_row, 5).number_format = PERCENT
            write_number(page, page.max_row, 6, rate_values["numerator"], host)
            write_number(page, page.max_row, 7, rate_values["denominator"], host)
            sentences = ["", ""]
    set_widths(page, wide=3)


def _tail(page: Worksheet, cases: Iterable[Mapping[str, Any]], host: str) -> None:
    write_row(page, ["案卷编号 Case", "类别 Category", "状态 State", "上报 Reported", "到期 Due"], bold=True)
    for case in cases:
        write_row(page, ["", case["category"], case["status"], case["reported_at"], case["due_at"]])
        write_link(page, page.max_row, 1, case["case_no"], host + case["href"])
    set_widths(page, wide=5)


def _definitions(page: Worksheet, definitions: Mapping[str, Any]) -> None:
    write_row(page, ["名称 Name", "定义 Definition", "出处 Source"], bold=True)
    for definition in definitions["measures"]:
        write_row(
            page,
            [
                f"{definition['title']['zh']} {definition['title']['en']}",
                definition["means"],
                definition["source"],
            ],
        )
    for definition in definitions["rates"]:
        less = "".join(f" - {name}" for name in definition["less"])
        means = f"{definition['numerator']} / ({definition['denominator']}{less})"
        write_row(
            page, [f"{definition['title']['zh']} {definition['title']['en']}", means, definition["source"]]
        )
    set_widths(page, wide=3)
