"""Conversion of cell values so that each format of export files can store them."""

import re
from typing import Any

from app.exchange.rules.cell_readers import escape_formula

SHAPEFILE_TEXT = 254
SHAPEFILE_NAME = 10
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_TEXT = 32_767


def escape_cell(cell: Any) -> Any:
    """Return a cell value; text that a spreadsheet would read as a formula is escaped."""
    return escape_formula(cell) if isinstance(cell, str) else cell


def workbook_cell(cell: Any) -> Any:
    """Return a cell value for an Excel workbook.

    Characters that XML forbids are removed, and the text is cut to the maximum length of Excel.
    """
    return without_controls(cell)[:_SHEET_TEXT] if isinstance(cell, str) else cell


def without_controls(text: str) -> str:
    """Return the text with control characters replaced by U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text)


def fit_text(text: str, encoding: str | None) -> str:
    """Return a text for a layer of a geographic file, without control characters.

    Args:
        encoding: Encoding of a Shapefile, for which the text is cut to 254 bytes at a character boundary. None: another format;
            the text is not cut.
    """
    text = without_controls(text)
    if encoding is None:
        return text
    return text.encode(encoding, "replace")[:SHAPEFILE_TEXT].decode(encoding, "ignore")


def short_names(names: list[str]) -> list[str]:
    """Return column names for a Shapefile: at most ten characters, all different.

    Names keep their beginning. Example: `owner_unit_id` and `owner_unit_name` become `owner_unit` and `owner_un_2`.
    """
    shortened: list[str] = []
    for name in names:
        short, n = name[:SHAPEFILE_NAME], 1
        while short in shortened or (short != name and short in names):
            n += 1
            short = f"{name[: SHAPEFILE_NAME - 1 - len(str(n))]}_{n}"
        shortened.append(short)
    return shortened
