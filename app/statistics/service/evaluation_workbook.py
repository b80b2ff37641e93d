"""The evaluation of a month as an Excel workbook: summary, charts, and a sheet per chapter.

Each number links to the list of the cases that it counts.
"""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.core.csv_injection import escape_formula
from app.profiles.rules.measures import AVERAGES, MEASURES, RATES
from app.statistics.rules.monthly import FACTS, MONTHLY_RATES
from app.statistics.rules.periods import COMPARISONS
from app.statistics.service.evaluation_charts import Table, draw

_BOLD = Font(bold=True)
_WIDTHS = (34, 12)
_PERCENT = "0.00%"


def workbook(report: Mapping[str, Any], *, host: str) -> bytes:
    """Return the evaluation `report` as an XLSX file.

    `host`: scheme and host of all links, because a path without a host cannot be opened from a file.
    """
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    _summary(book.create_sheet("总体 Summary"), report, host)
    drawn = book.create_sheet("图表 Charts")
    tables = {
        chapter["by"]: _chapter(
            book.create_sheet(f"{chapter['title']['zh']} {chapter['title']['en']}"[:31]), chapter, host
        )
        for chapter in report["chapters"]
    }
    draw(drawn, tables)
    _monthly_sheet(book.create_sheet("走访与覆盖 Visits and coverage"), report["kept"], host)
    _stands_out(book.create_sheet("突出问题 Below overall"), report["stands_out"], host)
    _tail(book.create_sheet("超期最久 Longest overdue"), report["tail"], host)
    _definitions(book.create_sheet("定义 Definitions"), report["definitions"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _summary(page: Worksheet, report: Mapping[str, Any], host: str) -> None:
    area = report["area"]
    period = report["period"]
    _row(page, ["网格管理月度评价 Monthly evaluation", report["month"]], bold=True)
    _row(page, ["区域 Area", area["code"], area["name"]["zh"], area["name"]["en"]])
    _row(page, ["起止 Period", str(period["from"]), str(period["to"]), period["timezone"]])
    _row(page, ["统计时刻 Counted at", report["at"].isoformat()])
    _row(page, ["重新计算 Compute again"])
    _linked(page, page.max_row, 2, "JSON", host + report["again"]["json"])
    _row(page, [])
    _row(page, ["", "本月 Month", "上月 Previous month", "去年同月 Same month last year"], bold=True)
    for name, measure in MEASURES.items():
        _row(page, [f"{measure.zh} {measure.en}"])
        _numbers(page, report["measures"][name], host)
    for name, rate in RATES.items():
        _row(page, [f"{rate.zh} {rate.en}"])
        _rate(page, page.max_row, 2, report["rates"][name], host)
        for column, period_name in enumerate(COMPARISONS, 3):
            page.cell(page.max_row, column, report["rates"][name][period_name]).number_format = _PERCENT
    for name, average in AVERAGES.items():
        average_values = report["averages"][name]
        hours = [
            None if average_values[each] is None else average_values[each] / 3600
            for each in ("value", *COMPARISONS)
        ]
        _row(page, [f"{average.zh} {average.en} (h)", *hours])
    _row(page, ["综合得分 Score", report["score"]])
    _widths(page)


def _monthly_sheet(page: Worksheet, statistics: Mapping[str, Any], host: str) -> None:
    if not statistics["period"]["is_kept"]:
        _row(page, ["本月尚未统计 This month is not counted yet"])
        return
    _row(page, ["", "本月 Month", "上月 Previous month", "去年同月 Same month last year"], bold=True)
    for name, fact in FACTS.items():
        _row(page, [f"{fact.zh} {fact.en}"])
        _numbers(page, statistics["measures"][name], host)
    for name, rate in MONTHLY_RATES.items():
        _row(page, [f"{rate.zh} {rate.en}"])
        for column, values in enumerate(_with_compared(statistics["rates"][name]), 2):
            if values is not None:
                _rate(page, page.max_row, column, values, host)
    _widths(page)


def _numbers(page: Worksheet, figure: Mapping[str, Any] | None, host: str) -> None:
    """Write a figure and its values in the comparison periods into the last row.

    They start in column 2. Each number links to its list of cases or other members. `host`: scheme and host of the links.
    """
    for column, value in enumerate(_with_compared(figure), 2):
        if value is not None:
            _number(page, page.max_row, column, value, host)


def _with_compared(values: Mapping[str, Any] | None) -> list[Mapping[str, Any] | None]:
    """Return a figure or rate, followed by its values in the comparison periods.

    If `values` is None, the list is empty.
    """
    return [] if values is None else [values, *(values[period_name] for period_name in COMPARISONS)]


def _chapter(page: Worksheet, chapter: Mapping[str, Any], host: str) -> Table:
    ranked = ["名次 Rank", "得分 Score"] if chapter["is_ranked"] else []
    head = ["组 Group", "代码 Code", *ranked]
    columns = {name: len(head) + place for place, name in enumerate((*MEASURES, *RATES), 1)}
    head += [f"{m.zh} {m.en}" for m in MEASURES.values()] + [f"{r.zh} {r.en}" for r in RATES.values()]
    _row(page, head, bold=True)
    for group in chapter["groups"]:
        title = group["title"]
        name = title["zh"] if title["zh"] == title["en"] else f"{title['zh']} {title['en']}"
        code = group["group"]["code"] or group["group"]["value"] or ""
        _row(
            page, [name, code if len(code) < 36 else ""] + ([group["rank"], group["score"]] if ranked else [])
        )
        for measure in MEASURES:
            _number(page, page.max_row, columns[measure], group["measures"][measure], host)
        for rate in RATES:
            _rate(page, page.max_row, columns[rate], group["rates"][rate], host)
    lines = len(chapter["groups"])
    if chapter["left_out"]:
        _row(
            page,
            [f"未列出的较小分组：{chapter['left_out']} 个 Smaller groups not shown: {chapter['left_out']}"],
        )
    page.freeze_panes = "C2"
    _widths(page)
    return Table(page, chapter["title"], columns, lines)


def _stands_out(page: Worksheet, groups: Iterable[Mapping[str, Any]], host: str) -> None:
    words = ["说明 Chinese", "说明 English", "指标 Rate", "数值 Value", "总体 Overall"]
    _row(page, [*words, "分子 Numerator", "分母 Denominator"], bold=True)
    for group in groups:
        sentences = [group["sentence"]["zh"], group["sentence"]["en"]]
        for rate_values in group["rates"]:
            rate = RATES[rate_values["rate"]]
            _row(page, [*sentences, f"{rate.zh} {rate.en}", None, rate_values["overall"]])
            _rate(page, page.max_row, 4, rate_values, host)
            page.cell(page.max_row, 5).number_format = _PERCENT
            _number(page, page.max_row, 6, rate_values["numerator"], host)
            _number(page, page.max_row, 7, rate_values["denominator"], host)
            sentences = ["", ""]
    _widths(page, wide=3)


def _tail(page: Worksheet, cases: Iterable[Mapping[str, Any]], host: str) -> None:
    _row(page, ["案卷编号 Case", "类别 Category", "状态 State", "上报 Reported", "到期 Due"], bold=True)
    for case in cases:
        _row(page, ["", case["category"], case["status"], case["reported_at"], case["due_at"]])
        _linked(page, page.max_row, 1, case["case_no"], host + case["href"])
    _widths(page, wide=5)


def _definitions(page: Worksheet, definitions: Mapping[str, Any]) -> None:
    _row(page, ["名称 Name", "定义 Definition", "出处 Source"], bold=True)
    for definition in definitions["measures"]:
        _row(
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
        _row(page, [f"{definition['title']['zh']} {definition['title']['en']}", means, definition["source"]])
    _widths(page, wide=3)


def _row(page: Worksheet, cells: list[Any], *, bold: bool = False) -> None:
    page.append([escape_formula(cell) if isinstance(cell, str) else cell for cell in cells] or [None])
    if bold:
        for cell in page[page.max_row]:
            cell.font = _BOLD


def _number(page: Worksheet, row: int, column: int, figure: Mapping[str, Any], host: str) -> None:
    _linked(page, row, column, figure["count"], host + figure["members"])


def _rate(page: Worksheet, row: int, column: int, rate: Mapping[str, Any], host: str) -> None:
    if rate["value"] is not None:
        _linked(page, row, column, rate["value"], host + rate["denominator"]["members"])
        page.cell(row, column).number_format = _PERCENT


def _linked(page: Worksheet, row: int, column: int, value: Any, address: str) -> None:
    cell = page.cell(row, column, escape_formula(value) if isinstance(value, str) else value)
    cell.hyperlink = address
    cell.style = "Hyperlink"


def _widths(page: Worksheet, *, wide: int = 1) -> None:
    for number in range(1, page.max_column + 1):
        page.column_dimensions[get_column_letter(number)].width = _WIDTHS[number > wide]
