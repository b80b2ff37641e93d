"""Cells as the formats of files can hold them."""

import re
from typing import Any

from app.exchange.rules.values import guarded

SHAPEFILE_TEXT = 254
SHAPEFILE_NAME = 10
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_TEXT = 32_767


def spreadsheet(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return guarded(cell) if isinstance(cell, str) else cell


def writable(cell: Any) -> Any:
    """A cell of a workbook: without what XML cannot say, and no longer than Excel takes."""
    return without_controls(cell)[:_SHEET_TEXT] if isinstance(cell, str) else cell


def without_controls(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def fitting(text: str, encoding: str | None) -> str:
    """Text as a layer can hold it; with the `encoding` of a Shapefile no longer than one takes, and whole characters."""
    text = without_controls(text)
    if encoding is None:
        return text
    return text.encode(encoding, "replace")[:SHAPEFILE_TEXT].decode(encoding, "ignore")


def short_names(names: list[str]) -> list[str]:
    """Names of columns as a Shapefile has room for: ten characters, each another one.

    The beginning stays readable: owner_unit_id -> owner_unit, owner_unit_name -> owner_un_2.
    """
    found: list[str] = []
    for name in names:
        short, n = name[:SHAPEFILE_NAME], 1
        while short in found or (short != name and short in names):
            n += 1
            short = f"{name[: SHAPEFILE_NAME - 1 - len(str(n))]}_{n}"
        found.append(short)
    return found
