"""Reading and writing of shifts as CSV (RFC 4180), for spreadsheets. Pure.

Columns: `worker` (user name or id), `date`, `start`, `end`, `note`. `end_date` is needed only for a shift that ends
neither on `date` nor in the night after. `name` is for human readers and is ignored. Times are local. Text is UTF-8,
with or without a byte order mark, or GB18030, as Excel in China saves it.
"""

import csv
import io
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.csv_injection import escape_formula, unescape_formula
from app.core.errors import Invalid

COLUMNS = ("worker", "name", "date", "start", "end", "end_date", "note")
REQUIRED = ("worker", "date", "start", "end")
# Chinese names of columns.
HEADS = {
    "网格员": "worker",
    "账号": "worker",
    "姓名": "name",
    "日期": "date",
    "开始": "start",
    "结束": "end",
    "结束日期": "end_date",
    "备注": "note",
}
ROWS_MAX = 5_000
NOTE_MAX = 500
LONGEST = timedelta(days=2)

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\Z", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.(\d{1,6}))?)?\Z", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in a row of a sheet.

    Attributes:
        row: Number of the row; the row of column names is 1.
        column: Name of the column; None: the row as a whole.
    """

    row: int
    column: str | None
    code: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a sheet without errors: worker (user name or id), period (UTC) and note."""

    row: int
    worker: str
    since: datetime
    until: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class KnownShift:
    """A shift that is already stored in the database."""

    id: UUID
    worker_id: UUID
    since: datetime
    until: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of a row on the stored shifts.

    Attributes:
        outcome: `planned` (a new shift), `changed` (only its note changes) or `unchanged`.
    """

    row: PlannedRow
    worker_id: UUID
    outcome: str
    shift_id: UUID


def read_sheet(data: bytes, zone: ZoneInfo) -> tuple[list[PlannedRow], list[Fault]]:
    """Return (rows of a sheet without errors, errors of all other rows).

    Empty rows are left out.
    """
    sheet = csv.reader(io.StringIO(_text_of(data), newline=""), strict=True)
    rows: list[PlannedRow] = []
    faults: list[Fault] = []
    columns: list[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(sheet, 1):
            if number > ROWS_MAX + 1:
                raise Invalid("sheet_too_long", rows=ROWS_MAX)
            if columns is None:
                columns, head_faults = _columns_of(cells)
                if head_faults:
                    return [], head_faults
            elif any(cell.strip() for cell in cells):
                result = _row_of(number, columns, cells, zone)
                if isinstance(result, PlannedRow):
                    rows.append(result)
                else:
                    faults += result
    except csv.Error:
        faults.append(Fault(number + 1, None, "sheet_unreadable"))
    if columns is None:
        faults.append(Fault(1, None, "required"))
    return rows, faults


def _text_of(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise Invalid("encoding_unknown") from None
    if "\0" in text:
        raise Invalid("encoding_unknown")
    return text


def _columns_of(cells: Sequence[str]) -> tuple[list[str], list[Fault]]:
    names = [HEADS.get(cell.strip(), cell.strip().lower()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    faults = [Fault(1, name, "column_unknown") for name in names if name not in COLUMNS]
    faults += [Fault(1, name, "not_unique") for name in COLUMNS if names.count(name) > 1]
    faults += [Fault(1, name, "column_missing") for name in REQUIRED if name not in names]
    return names, faults


def _row_of(
    number: int, columns: Sequence[str], cells: Sequence[str], zone: ZoneInfo
) -> PlannedRow | list[Fault]:
    """Return the parsed row of these cells, or the list of its errors."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        return [Fault(number, None, "too_many_cells")]
    values = {name: _clean(unescape_formula(cell)) for name, cell in zip(columns, cells, strict=False)}
    return _cell_faults(number, values) or _planned_row(number, values, zone)


def _cell_faults(number: int, values: Mapping[str, str]) -> list[Fault]:
    """Return the errors of single cells: missing, of a wrong form, or too long."""
    faults = [Fault(number, name, "required") for name in REQUIRED if not values.get(name)]
    for name, parse, code in (
        ("date", _date_of, "date_invalid"),
        ("start", _time_of, "time_invalid"),
        ("end", _time_of, "time_invalid"),
        ("end_date", _date_of, "date_invalid"),
    ):
        if values.get(name) and parse(values[name]) is None:
            faults.append(Fault(number, name, code))
    if len(values.get("note", "")) > NOTE_MAX:
        faults.append(Fault(number, "note", "wrong_length"))
    if _time_of(values.get("start", "")) == _DAY:
        faults.append(Fault(number, "start", "time_invalid"))
    return faults


def _planned_row(number: int, values: Mapping[str, str], zone: ZoneInfo) -> PlannedRow | list[Fault]:
    """Return the parsed row of cells that have no error, or the error of its period.

    Without `end_date`, an end before the start is on the next day.
    """
    day, start, end = _date_of(values["date"]), _time_of(values["start"]), _time_of(values["end"])
    assert day is not None and start is not None and end is not None  # these cells have no fault
    end_date = _date_of(values.get("end_date", ""))
    last_day = end_date or (day if end > start else day + _DAY)
    since, until = _instant(day, start, zone), _instant(last_day, end, zone)
    if since is None or until is None:
        return [Fault(number, "start" if since is None else "end", "time_nonexistent")]
    if until <= since or (end == start and end_date is None):
        return [Fault(number, "end", "not_after_since")]
    if until - since > LONGEST:
        return [Fault(number, "end_date" if end_date else "end", "shift_too_long")]
    return PlannedRow(number, values["worker"], since, until, values.get("note") or None)


def _clean(cell: str) -> str:
    printable = "".join(c for c in cell if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", printable).strip()


def _date_of(cell: str) -> date | None:
    """Parse a cell with a date (year, month, day). Returns None for any other text."""
    match = _DATE.match(cell)
    try:
        result = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return result if result and 1970 < result.year < 9000 else None


def _time_of(cell: str) -> timedelta | None:
    """Parse a cell with a time of day. Returns the duration since midnight; None for other text.

    The latest time is 24:00.
    """
    match = _TIME.match(cell)
    if match is None:
        return None
    hours, minutes, seconds, part = match.groups()
    result = timedelta(
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds or 0),
        microseconds=int((part or "0").ljust(6, "0")),
    )
    return result if int(minutes) < 60 and int(seconds or 0) < 60 and result <= _DAY else None


def _instant(day: date, at: timedelta, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant of a local date and time.

    Returns None if this local time does not exist, because clocks are put forward then.
    """
    local = datetime.combine(day, time()) + at
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None


def match_rows(
    rows: Iterable[PlannedRow],
    workers: Mapping[str, UUID],
    existing: Iterable[KnownShift],
    new_id: Callable[[], UUID],
) -> tuple[list[Change], list[Fault]]:
    """Return (effect of each row on the stored shifts, errors of rows that cannot be planned).

    A row with the worker and the times of a stored shift, or of an earlier row, is `unchanged`, or `changed` if the note
    differs. Any other row is `planned`. A row is an error if its worker is unknown, or if its shift overlaps another one of
    the same worker.

    Args:
        workers: Ids of the workers in the actor's scope, by user name (lower case) and by id.
        existing: Stored shifts of these workers in the period of the sheet.
        new_id: Makes the id of a new shift.
    """
    planned: dict[UUID, list[KnownShift]] = {}
    for shift in sorted(existing, key=_start_of):
        planned.setdefault(shift.worker_id, []).append(shift)
    changes: list[Change] = []
    faults: list[Fault] = []
    for row in rows:
        worker_id = workers.get(row.worker.lower())
        if worker_id is None:
            faults.append(Fault(row.row, "worker", "worker_unknown"))
            continue
        beside = planned.setdefault(worker_id, [])
        # The shifts are in order and do not overlap, so only the two neighbours can overlap the row.
        place = bisect_left(beside, row.since, key=_start_of)
        before, after = beside[place - 1 : place] if place else [], beside[place : place + 1]
        if after and (after[0].since, after[0].until) == (row.since, row.until):
            same = after[0]
            outcome = "unchanged" if same.note == row.note else "changed"
            changes.append(Change(row, worker_id, outcome, same.id))
            beside[place] = replace(same, note=row.note)
        elif (before and before[0].until > row.since) or (after and after[0].since < row.until):
            faults.append(Fault(row.row, "start", "shift_overlaps"))
        else:
            changes.append(Change(row, worker_id, "planned", new_id()))
            beside.insert(place, KnownShift(changes[-1].shift_id, worker_id, row.since, row.until, row.note))
    return changes, faults


def _start_of(shift: KnownShift) -> datetime:
    return shift.since


def write_sheet(shifts: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> bytes:
    """Return shifts as CSV with a byte order mark, for spreadsheets.

    Each shift is given with `worker`, `name`, `since`, `until` and `note`.
    """
    out = io.StringIO(newline="")
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    for shift in shifts:
        since, until = (shift[name].astimezone(zone) for name in ("since", "until"))
        start, end = (moment.time() for moment in (since, until))
        implied = since.date() if end > start else since.date() + _DAY
        sheet.writerow(
            [
                escape_formula(str(shift["worker"])),
                escape_formula(str(shift["name"])),
                since.date().isoformat(),
                _clock(start),
                _clock(end),
                "" if until.date() == implied and end != start else until.date().isoformat(),
                escape_formula(str(shift["note"] or "")),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def _clock(at: time) -> str:
    return at.isoformat("minutes" if not at.second and not at.microsecond else "auto")
