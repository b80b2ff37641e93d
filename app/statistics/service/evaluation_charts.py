"""Charts in the Excel workbook of an evaluation.

The charts refer to cells of the sheets; the program that opens the workbook draws them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.legend import Legend
from openpyxl.chart.title import title_maker
from openpyxl.worksheet.worksheet import Worksheet

RATES_DRAWN = ("closure_rate", "on_time_rate")
COUNTS_DRAWN = ("accepted", "due", "overdue")
# The most groups in one chart; the table has all.
GROUPS_DRAWN = 20
_COURSES = ("day", "month")
_WIDTH_CM, _ROW_CM = 24, 0.53


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of the workbook with one header row and one row for each group.

    The first column has the names of the groups. `columns`: the column number of each measure and rate. `lines`: the number
    of groups.
    """

    page: Worksheet
    title: Mapping[str, str]
    columns: Mapping[str, int]
    lines: int


def draw(page: Worksheet, tables: Mapping[str, Table]) -> None:
    """Add the charts of all tables to the sheet `page`, one below the other.

    A table of days or months gets a line chart of counts, and a table of months also a line chart of rates. Any other table
    gets a bar chart of rates.
    """
    row = 1
    for by, table in tables.items():
        if not table.lines:
            continue
        charts: list[BarChart | LineChart] = []
        if by not in _COURSES:
            charts.append(_bars(table))
        if by == "month":
            charts.append(
                _lines(table, RATES_DRAWN, "结案率与按期结案率 Closure and on-time rates", is_share=True)
            )
        if by in _COURSES:
            charts.append(_lines(table, COUNTS_DRAWN, "案卷数 Cases", is_share=False))
        for chart in charts:
            page.add_chart(chart, f"A{row}")
            row += ceil(chart.height / _ROW_CM) + 2


def _bars(table: Table) -> BarChart:
    """Return a bar chart of the rates of groups, in the order of the table."""
    lines = min(table.lines, GROUPS_DRAWN)
    chart = BarChart()
    chart.type = "bar"
    chart.gapWidth = 60
    suffix = "" if lines == table.lines else f"（前 {lines} 组 first {lines}）"
    _fill(
        chart,
        table,
        RATES_DRAWN,
        lines,
        f"结案率与按期结案率 Closure and on-time rates{suffix}",
        is_share=True,
    )
    chart.height = 4.5 + 0.9 * lines
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    return chart


def _lines(table: Table, names: Sequence[str], title: str, *, is_share: bool) -> LineChart:
    """Return a line chart of the measures or rates `names` of a table."""
    chart = LineChart()
    _fill(chart, table, names, table.lines, title, is_share=is_share)
    chart.height = 8.5
    return chart


def _fill(
    chart: BarChart | LineChart, table: Table, names: Sequence[str], lines: int, title: str, *, is_share: bool
) -> None:
    """Add series, categories, title and axes to a chart. `is_share`: the values are rates."""
    for name in names:
        column = table.columns[name]
        # With the head of the column, which the legend shows.
        chart.add_data(
            Reference(table.page, min_col=column, min_row=1, max_row=1 + lines), titles_from_data=True
        )
    names_of_groups = Reference(table.page, min_col=1, min_row=2, max_row=1 + lines)
    for series in chart.series:
        # As text: some programs show the position instead of a category that is declared as a number.
        series.cat = AxDataSource(strRef=StrRef(f=str(names_of_groups)))
    heading = title_maker(f"{table.title['zh']} {table.title['en']}: {title}")
    heading.overlay = False
    chart.title = heading
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.width = _WIDTH_CM
    # Without this Excel draws no axes.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.scaling.min = 0
    chart.y_axis.number_format = "0%" if is_share else "0"
    if is_share:
        chart.y_axis.scaling.max = 1
