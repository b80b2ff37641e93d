"""Sheets of the Excel workbook of an evaluation that show pictures: tiles, funnel of the loop, heat map, map of areas.

Numbers are cells with links. Programs for workbooks have no map of own areas that works offline, so that the map is an image
beside cells of the same colours.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.profiles.rules.measures import RATES
from app.statistics.rules.charts import count_classes
from app.statistics.rules.evaluation import BANDS
from app.statistics.rules.periods import COMPARISONS
from app.statistics.rules.pictures import AVERAGE, MEASURE, RATE
from app.statistics.service.evaluation_cells import PERCENT, set_widths, write_link, write_number, write_row
from app.statistics.service.evaluation_charts import draw_funnel
from app.statistics.service.evaluation_map_image import BAND_COLOURS, map_image
from app.statistics.service.evaluation_pictures import WEEKDAYS
from app.statistics.service.evaluation_tiles import figure_values, title_of

WORST_FIRST = 5
COMPARED_HEADS = (
    *("上月 Previous month", "去年同月 Same month last year"),
    *("较上月 Change to previous month", "较去年同月 Change to last year"),
)
# Colour and words of a change. The words are for a grey print.
_PLAIN, _GOOD, _BAD = ("", ""), ("", " 变好 better"), ("[Red]", " 变差 worse")
_SENTENCE_HEIGHT = 32
_UNITS = {MEASURE: " %", RATE: " 点 points", AVERAGE: " %"}
# As in `pages/evaluation.css`.
HEAT_COLOURS = ("E2EAF2", "BFD1E2", "98B5D0", "27649C")

Json = Mapping[str, Any]


def worst_findings(page: Worksheet, groups: Sequence[Json]) -> None:
    """Write the worst findings, the worst first. The sheet of all findings has the numbers."""
    write_row(page, ["最需关注 Worst findings"], bold=True)
    for group in groups[:WORST_FIRST]:
        for language in ("zh", "en"):
            write_row(page, [group["sentence"][language]])
            row = page.max_row
            page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=2 + len(COMPARED_HEADS))
            page.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
            page.row_dimensions[row].height = _SENTENCE_HEIGHT
    if not groups:
        write_row(page, ["没有明显落后的分组 No group with enough cases is below the overall figure"])
    write_row(page, [])


def tiles(page: Worksheet, report: Json, host: str) -> None:
    """Write the tiles: value, values of the comparison periods, and the change to each of them."""
    write_row(page, ["指标卡 Tiles", "本月 Month", *COMPARED_HEADS], bold=True)
    for entry in report["tiles"]:
        kind, name = entry["kind"], entry["name"]
        figure = report[f"{kind}s"][name]
        unit = " (h)" if kind == AVERAGE else ""
        write_row(page, [f"{title_of(kind, name)}{unit}"])
        row = page.max_row
        counted = figure if kind == MEASURE else figure["denominator"] if kind == RATE else figure["of"]
        figures = [counted, *(counted[period] for period in COMPARISONS)]
        values = figure_values(kind, figure)
        for column, (value, of_period) in enumerate(zip(values, figures, strict=True), 2):
            if value is None:
                continue
            shown = value / 3600 if kind == AVERAGE else value
            if of_period:
                write_link(page, row, column, shown, host + of_period["members"])
            else:
                page.cell(row, column, shown)
            page.cell(row, column).number_format = {MEASURE: "0", RATE: PERCENT, AVERAGE: "0.00"}[kind]
        for column, period in enumerate(COMPARISONS, 5):
            change = entry["change"][period]
            if change is not None:
                cell = page.cell(row, column, 100 * change)
                cell.number_format = _change_format(kind, entry["is_good"])
    write_row(page, [])


def _change_format(kind: str, is_good: bool | None) -> str:
    """Return the number format of a change: an arrow, the unit and, if it is better or worse, colour and words.

    The unit is percent, or percentage points of a rate.
    """
    rise, fall = (_PLAIN, _PLAIN) if is_good is None else (_GOOD, _BAD) if is_good else (_BAD, _GOOD)
    unit = _UNITS[kind]
    parts = [
        f'{colour}"{arrow} "0.0"{unit}{words}"'
        for arrow, (colour, words) in (("▲", rise), ("▼", fall), ("＝", _PLAIN))
    ]
    return ";".join(parts)


def loop_sheet(page: Worksheet, report: Json, host: str) -> None:
    """Write how many of the reported cases reached each step, and draw the funnel beside it."""
    write_row(
        page,
        ["环节 Step", "案卷数 Cases", "占上报 Share of the reported", "图中留白 Space in the chart"],
        bold=True,
    )
    measures = report["measures"]
    most = measures[report["funnel"][0]["measure"]]["count"]
    for entry in report["funnel"]:
        figure = measures[entry["measure"]]
        write_row(page, [f"{entry['title']['zh']} {entry['title']['en']}"])
        row = page.max_row
        write_number(page, row, 2, figure, host)
        page.cell(row, 3, figure["count"] / most if most else None).number_format = PERCENT
        page.cell(row, 4, (most - figure["count"]) / 2).font = Font(color="999999")
    set_widths(page)
    title = "闭环漏斗 Funnel of the loop"
    draw_funnel(page, title=title, lines=len(report["funnel"]), anchor="F1")


def hours_sheet(page: Worksheet, report: Json, host: str) -> None:
    """Write the reports by weekday and hour. The colour of a cell grows darker with its number."""
    write_row(
        page,
        ["上报的星期与时段 Reports by weekday and hour", *(f"{hour:02}" for hour in range(24))],
        bold=True,
    )
    for weekday, figures in zip(WEEKDAYS, report["hours"]["days"], strict=True):
        write_row(page, [weekday])
        row = page.max_row
        for column, figure in enumerate(figures, 2):
            write_number(page, row, column, figure, host)
            page.cell(row, column).font = Font()
            page.cell(row, column).alignment = Alignment(horizontal="center")
    most = max(figure["count"] for figures in report["hours"]["days"] for figure in figures)
    for colour, (least, greatest) in zip(HEAT_COLOURS, count_classes(most), strict=False):
        font = Font(color="FFFFFF") if colour == HEAT_COLOURS[-1] else None
        rule = _rule("between", least, greatest, colour=colour, font=font)
        page.conditional_formatting.add(f"B2:{get_column_letter(25)}8", rule)
    set_widths(page)
    for column in range(2, 26):
        page.column_dimensions[get_column_letter(column)].width = 5.5
    page.freeze_panes = "B2"


def map_sheet(page: Worksheet, report: Json, shapes: Json, host: str) -> None:
    """Write the rate of each area in the colour of its class, and the map as an image beside it."""
    name = report["colouring"]["rate"]
    write_row(page, ["#", "区域 Area", f"{RATES[name].zh} {RATES[name].en}"], bold=True)
    chapter = next(
        chapter for chapter in report["chapters"] if chapter["by"] == report["colouring"]["area_grouping"]
    )
    for place, group in enumerate(chapter["groups"], 1):
        title, rate = group["title"], group["rates"][name]
        names = title["zh"] if title["zh"] == title["en"] else f"{title['zh']} {title['en']}"
        write_row(page, [place, names])
        if rate["value"] is not None:
            write_link(page, page.max_row, 3, rate["value"], host + rate["denominator"]["members"])
            page.cell(page.max_row, 3).number_format = PERCENT
            page.cell(page.max_row, 3).font = Font()
    cells = f"C2:C{page.max_row}"
    # An empty cell counts as 0.
    empty = Rule(type="expression", formula=["ISBLANK(C2)"], dxf=DifferentialStyle(), stopIfTrue=True)
    page.conditional_formatting.add(cells, empty)
    for band, edge in reversed(list(enumerate(BANDS, 1))):
        page.conditional_formatting.add(
            cells, _rule("greaterThanOrEqual", edge, colour=BAND_COLOURS[str(band)])
        )
    page.conditional_formatting.add(cells, _rule("lessThan", BANDS[0], colour=BAND_COLOURS["0"]))
    page.column_dimensions["A"].width = 5
    page.column_dimensions["B"].width = 34
    page.column_dimensions["C"].width = 22
    page.add_image(Image(map_image(shapes)), "E1")


def _rule(
    operator: Literal["between", "greaterThanOrEqual", "lessThan"],
    *limits: object,
    colour: str,
    font: Font | None = None,
) -> Rule:
    """Return a conditional format of cells by their value. The first rule that holds is the only one."""
    style = DifferentialStyle(fill=PatternFill(bgColor=colour, fill_type="solid"), font=font)
    return Rule(
        type="cellIs", operator=operator, formula=[str(limit) for limit in limits], dxf=style, stopIfTrue=True
    )
