"""Shifts as a sheet (RFC 4180): what a city keeps in its spreadsheet, read row by row, and written so that it is
read back the same.

Columns: `worker` (user name or id), `date`, `start`, `end`, `note`; `end_date` where a shift ends neither on its
date nor in the night after; `name` is for people and is not read. Times are local. Text is UTF-8, with or without
a byte order mark, or GB18030, as Excel in China saves it.
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
# What the heads of columns are called in Chinese.
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
    """What is wrong with a row. Rows count from 1, the head being the first; `column` None: the row as a whole."""

    row: int
    column: str | None
    code: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row as it was meant: who, when (UTC), and what for."""

    row: int
    worker: str
    since: datetime
    until: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class KnownShift:
    """A shift that is planned already."""

    id: UUID
    worker_id: UUID
    since: datetime
    until: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a row comes to: `planned`, `changed` (its note only) or `unchanged`."""

    row: PlannedRow
    worker_id: UUID
    outcome: str
    shift_id: UUID


def read_sheet(data: bytes, zone: ZoneInfo) -> tuple[list[PlannedRow], list[Fault]]:
    """The rows of a sheet that can be understood, and the faults of the others; empty rows are left out."""
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
    if any(cell.strip() for cell in cells[len(columns) :]):
        return [Fault(number, None, "too_many_cells")]
    given = {name: _clean(unescape_formula(cell)) for name, cell in zip(columns, cells, strict=False)}
    faults = [Fault(number, name, "required") for name in REQUIRED if not given.get(name)]
    day, start, end = (
        _date_of(given.get("date", "")),
        _time_of(given.get("start", "")),
        _time_of(given.get("end", "")),
    )
    last = _date_of(given["end_date"]) if given.get("end_date") else None
    for name, value in (("date", day), ("start", start), ("end", end)):
        if given.get(name) and value is None:
            faults.append(Fault(number, name, "date_invalid" if name == "date" else "time_invalid"))
    if given.get("end_date") and last is None:
        faults.append(Fault(number, "end_date", "date_invalid"))
    if len(given.get("note", "")) > NOTE_MAX:
        faults.append(Fault(number, "note", "wrong_length"))
    if start == _DAY:
        faults.append(Fault(number, "start", "time_invalid"))
    if faults or day is None or start is None or end is None:
        return faults
    if last is None:
        last = day if end > start else day + _DAY
    since, until = _instant(day, start, zone), _instant(last, end, zone)
    if since is None or until is None:
        return [Fault(number, "start" if since is None else "end", "time_nonexistent")]
    if until <= since or (end == start and not given.get("end_date")):
        return [Fault(number, "end", "not_after_since")]
    if until - since > LONGEST:
        return [Fault(number, "end_date" if given.get("end_date") else "end", "shift_too_long")]
    return PlannedRow(number, given["worker"], since, until, given.get("note") or None)


def _clean(cell: str) -> str:
    printable = "".join(c for c in cell if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", printable).strip()


def _date_of(cell: str) -> date | None:
    match = _DATE.match(cell)
    try:
        result = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return result if result and 1970 < result.year < 9000 else None


def _time_of(cell: str) -> timedelta | None:
    """The time after midnight; a day ends at 24:00."""
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
    """The instant of a local time; None where the clock is put forward over it."""
    local = datetime.combine(day, time()) + at
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None


def settle(
    rows: Iterable[PlannedRow],
    workers: Mapping[str, UUID],
    existing: Iterable[KnownShift],
    new_id: Callable[[], UUID],
) -> tuple[list[Change], list[Fault]]:
    """What each row comes to, given who is meant by the names in reach and what is planned already.

    The same shift again is `unchanged`, in the sheet too; one that overlaps another of the same worker is a fault.
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
        # They are in order and apart, so only the neighbours can be met.
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
    """A sheet of shifts (`worker`, `name`, `since`, `until`, `note`), with a byte order mark, for spreadsheets."""
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
