"""Cells of the Excel workbook of an evaluation: rows, numbers with links to their members, widths."""

from collections.abc import Mapping
from typing import Any

from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.core.csv_injection import escape_formula
from app.statistics.rules.periods import COMPARISONS

PERCENT = "0.00%"
_BOLD = Font(bold=True)
_WIDTHS = (34, 12)


def write_row(page: Worksheet, cells: list[Any], *, bold: bool = False) -> None:
    """Append a row. Text that a program could take for a formula is escaped."""
    page.append([escape_formula(cell) if isinstance(cell, str) else cell for cell in cells] or [None])
    if bold:
        for cell in page[page.max_row]:
            cell.font = _BOLD


def write_number(page: Worksheet, row: int, column: int, figure: Mapping[str, Any], host: str) -> None:
    """Write a count, with the link to its members."""
    write_link(page, row, column, figure["count"], host + figure["members"])


def write_rate(page: Worksheet, row: int, column: int, rate: Mapping[str, Any], host: str) -> None:
    """Write a rate as a percentage, with the link to the cases that it divides by; nothing without cases."""
    if rate["value"] is not None:
        write_link(page, row, column, rate["value"], host + rate["denominator"]["members"])
        page.cell(row, column).number_format = PERCENT


def write_link(page: Worksheet, row: int, column: int, value: Any, address: str) -> None:
    """Write a value with a link."""
    cell = page.cell(row, column, escape_formula(value) if isinstance(value, str) else value)
    cell.hyperlink = address
    cell.style = "Hyperlink"


def set_widths(page: Worksheet, *, wide: int = 1) -> None:
    """Set the widths of all columns: the first `wide` ones are wide."""
    for number in range(1, page.max_column + 1):
        page.column_dimensions[get_column_letter(number)].width = _WIDTHS[number > wide]


def write_numbers(page: Worksheet, figure: Mapping[str, Any] | None, host: str) -> None:
    """Write a figure and its values in the comparison periods into the last row.

    They start in column 2. Each number links to its list of cases or other members. `host`: scheme and host of the links.
    """
    for column, value in enumerate(with_compared(figure), 2):
        if value is not None:
            write_number(page, page.max_row, column, value, host)


def with_compared(values: Mapping[str, Any] | None) -> list[Mapping[str, Any] | None]:
    """Return a figure or rate, followed by its values in the comparison periods.

    If `values` is None, the list is empty.
    """
    return [] if values is None else [values, *(values[period_name] for period_name in COMPARISONS)]


def fit_to_paper(page: Worksheet) -> None:
    """Let a sheet be printed on landscape pages, as wide as one page and as long as needed."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
