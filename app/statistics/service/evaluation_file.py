"""The evaluation of a month as a file. `evaluation_workbook` has what is in it."""

from collections.abc import Mapping
from typing import Any


def workbook(report: Mapping[str, Any], shapes: Mapping[str, Any] | None, *, host: str) -> bytes:
    """Return the evaluation `report` as an XLSX file, see `evaluation_workbook.workbook`."""
    # Only here: the library takes a tenth of a second to import, and a server starts without it.
    from app.statistics.service import evaluation_workbook

    return evaluation_workbook.workbook(report, shapes, host=host)
