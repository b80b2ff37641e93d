"""Charts in the Excel workbook of an evaluation.

The charts refer to cells of the sheets; the program that opens the workbook draws them. Dashes, points and hatches distinguish
what colours distinguish, for a grey print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import Series
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.title import title_maker
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.worksheet.worksheet import Worksheet

# A chart of bars for each of these rates: the groups, and the whole as an outline.
RATES_DRAWN = ("on_time_rate", "closure_rate")
COUNTS_DRAWN = ("accepted", "due", "overdue")
# The most groups in one chart; the table has all.
GROUPS_DRAWN = 20
_COURSES = ("day", "month")
_WIDTH_CM, _ROW_CM = 24, 0.53
_SECOND_COLUMN = "P"
_COLOURS = ("0A4F8F", "1A5F38", "A40E0E")
_DASHES = ("solid", "dash", "sysDot")
_POINTS: Sequence[Literal["circle", "square", "triangle"]] = ("circle", "square", "triangle")
_FILL, _WORSE_FILL, _INK = "477BAB", "D9A0A0", "111111"
_GRID = "D9D9D9"


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of the workbook with one header row and one row for each group.

    The first column has the names of the groups.

    Attributes:
        columns: The column number of each measure and rate.
        overall: The column number of the rate of the whole, for each of `RATES_DRAWN`.
        worse: For each of `RATES_DRAWN`, the positions of the groups that are worse than the whole, from 0.
        lines: The number of groups.
    """

    page: Worksheet
    title: Mapping[str, str]
    columns: Mapping[str, int]
    overall: Mapping[str, int]
    worse: Mapping[str, Sequence[int]]
    lines: int


def draw(page: Worksheet, tables: Mapping[str, Table], titles: Mapping[str, str]) -> None:
    """Add the charts of all tables to the sheet `page`, one below the other.

    A table of days or months gets a line chart of counts, and a table of months also a line chart of rates. Any other table
    gets a bar chart of each of `RATES_DRAWN`, side by side.

    Args:
        titles: Title of each rate.
    """
    row = 1
    for by, table in tables.items():
        if not table.lines:
            continue
        if by not in _COURSES:
            pair = [_bars(table, name, titles[name]) for name in RATES_DRAWN]
            for chart, column in zip(pair, ("A", _SECOND_COLUMN), strict=True):
                page.add_chart(chart, f"{column}{row}")
            row += _rows(pair[0])
            continue
        courses = [_lines(table, COUNTS_DRAWN, "案卷数 Cases", is_share=False)]
        if by == "month":
            title = "结案率与按期结案率 Closure and on-time rates"
            courses.insert(0, _lines(table, RATES_DRAWN[::-1], title, is_share=True))
        for course in courses:
            page.add_chart(course, f"A{row}")
            row += _rows(course)


def draw_funnel(page: Worksheet, *, title: str, lines: int, anchor: str) -> None:
    """Add the funnel of the loop beside its table: names, counts, and in column 4 half of what is lost to the first step.

    The half is an invisible bar before each visible one, which brings it into the middle.
    """
    chart = BarChart()
    chart.type = "bar"
    chart.grouping = "stacked"
    chart.overlap = 100
    chart.gapWidth = 30
    for column in (4, 2):
        chart.append(_series(page, column, lines))
    space, steps = chart.series
    space.graphicalProperties = _no_fill()
    steps.graphicalProperties = GraphicalProperties(solidFill=_FILL)
    steps.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    _finish(chart, title, is_share=False)
    chart.legend = None
    chart.height = 2.5 + 1.1 * lines
    chart.width = 18
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    page.add_chart(chart, anchor)


def _bars(table: Table, name: str, title: str) -> BarChart:
    """Return a bar chart of a rate of groups, in the order of the table, with the rate of the whole as an outline."""
    lines = min(table.lines, GROUPS_DRAWN)
    chart = BarChart()
    chart.type = "bar"
    chart.gapWidth = 60
    chart.overlap = 100
    suffix = "" if lines == table.lines else f"（前 {lines} 组 first {lines}）"
    for column in (table.columns[name], table.overall[name]):
        chart.append(_series(table.page, column, lines))
    groups, whole = chart.series
    groups.graphicalProperties = GraphicalProperties(solidFill=_FILL)
    groups.dPt = [_hatched(place) for place in table.worse[name] if place < lines]
    whole.graphicalProperties = _no_fill(_INK)
    _finish(chart, f"{table.title['zh']} {table.title['en']}: {title}{suffix}", is_share=True)
    chart.height = 4.5 + 0.9 * lines
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    return chart


def _lines(table: Table, names: Sequence[str], title: str, *, is_share: bool) -> LineChart:
    """Return a line chart of the measures or rates `names` of a table."""
    chart = LineChart()
    for place, name in enumerate(names):
        series = _series(table.page, table.columns[name], table.lines)
        series.graphicalProperties = GraphicalProperties()
        series.graphicalProperties.line.solidFill = _COLOURS[place]
        series.graphicalProperties.line.dashStyle = _DASHES[place]
        series.graphicalProperties.line.width = 22_000
        inside = GraphicalProperties(solidFill="FFFFFF")
        inside.line.solidFill = _COLOURS[place]
        series.marker = Marker(symbol=_POINTS[place], size=6, spPr=inside)
        series.smooth = False
        chart.append(series)
    _finish(chart, f"{table.title['zh']} {table.title['en']}: {title}", is_share=is_share)
    chart.height = 8.5
    return chart


def _series(page: Worksheet, column: int, lines: int) -> Series:
    """Return the series of a column. The legend shows the head of the column."""
    series: Series = SeriesFactory(
        Reference(page, min_col=column, min_row=1, max_row=1 + lines), title_from_data=True
    )
    names_of_groups = Reference(page, min_col=1, min_row=2, max_row=1 + lines)
    # As text: some programs show the position instead of a category that is declared as a number.
    series.cat = AxDataSource(strRef=StrRef(f=str(names_of_groups)))
    return series


def _finish(chart: BarChart | LineChart, title: str, *, is_share: bool) -> None:
    """Set title, legend, size and axes of a chart. `is_share`: the values are rates."""
    heading = title_maker(title)
    heading.overlay = False
    chart.title = heading
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.width = _WIDTH_CM
    # Without this Excel draws no axes.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.scaling.min = 0
    grid = GraphicalProperties()
    grid.line.solidFill = _GRID
    chart.y_axis.majorGridlines = ChartLines(spPr=grid)
    chart.y_axis.number_format = "0%" if is_share else "0"
    if is_share:
        chart.y_axis.scaling.max = 1


def _hatched(place: int) -> DataPoint:
    """Return the format of the bar at a position that is worse than the whole."""
    fill = PatternFillProperties(prst="wdUpDiag", fgClr=_colour(_INK), bgClr=_colour(_WORSE_FILL))
    return DataPoint(idx=place, spPr=GraphicalProperties(pattFill=fill))


def _colour(value: str) -> ColorChoice:
    choice = ColorChoice()
    choice.srgbClr = value
    return choice


def _no_fill(colour: str | None = None) -> GraphicalProperties:
    properties = GraphicalProperties(noFill=True)
    if colour is None:
        properties.line.noFill = True
    else:
        properties.line.solidFill = colour
        properties.line.width = 15_000
    return properties


def _rows(chart: BarChart | LineChart) -> int:
    """Return the number of rows of the sheet that a chart covers, with some space."""
    return ceil(chart.height / _ROW_CM) + 2
