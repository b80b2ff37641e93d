"""CSV sheets of shifts: they round-trip, each fault has its row, and no cell is a formula."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_injection import escape_formula, unescape_formula
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.workforce.rules import roster
from app.workforce.rules.sheets import Fault, KnownShift, match_rows, read_sheet, write_sheet

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HEAD = "worker,date,start,end,note\n"
ANNA = UUID("0190c000-0000-7000-8000-000000000001")


def read(text: str, zone: ZoneInfo = SHANGHAI):
    return read_sheet(text.encode(), zone)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_shift_sheet_times_are_in_zone_of_jurisdiction():
    [row], faults = read(HEAD + "anna,2026-12-01,08:00,17:30,早班\n")
    assert faults == []
    assert (row.row, row.worker, row.note) == (2, "anna", "早班")
    assert (row.since, row.until) == (utc(2026, 12, 1, 0), utc(2026, 12, 1, 9, 30))


@pytest.mark.parametrize(
    ("start", "end", "hours"), [("22:00", "06:00", 8), ("00:00", "24:00", 24), ("8:00", "17：30", 9.5)]
)
def test_night_shift_ends_on_next_day(start, end, hours):
    [row], faults = read(HEAD + f"anna,2026/12/1,{start},{end},\n")
    assert faults == []
    assert row.until - row.since == timedelta(hours=hours)


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + "anna,2026-12-01,08:00,09:00,早\n").encode("utf-8-sig"),
        (HEAD + "anna,2026-12-01,08:00,09:00,早\n").encode("gb18030"),
        "网格员,日期,开始,结束,备注\r\nanna,2026-12-01,08:00,09:00,早\r\n".encode("gb18030"),
    ],
)
def test_shift_sheet_accepts_encodings_of_spreadsheets(data):
    [row], faults = read_sheet(data, SHANGHAI)
    assert (row.note, faults) == ("早", [])


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"worker\0"])
def test_shift_sheet_rejects_unknown_encoding(data):
    with pytest.raises(Invalid) as caught:
        read_sheet(data, SHANGHAI)
    assert caught.value.code == "encoding_unknown"


@pytest.mark.parametrize(
    ("row_text", "faults"),
    [
        (",2026-12-01,08:00,09:00,", [("worker", "required")]),
        ("anna,2026-02-30,08:00,09:00,", [("date", "date_invalid")]),
        (
            "anna,1.12.2026,8,25:00,",
            [("date", "date_invalid"), ("start", "time_invalid"), ("end", "time_invalid")],
        ),
        ("anna,2026-12-01,24:00,09:00,", [("start", "time_invalid")]),
        ("anna,2026-12-01,08:00,08:00,", [("end", "not_after_since")]),
        ("anna,2026-12-01,08:00,09:00," + "x" * 501, [("note", "wrong_length")]),
        ("anna,2026-12-01,08:00,09:00,early,late", [(None, "too_many_cells")]),
        ("anna", [("date", "required"), ("start", "required"), ("end", "required")]),
    ],
)
def test_shift_sheet_fault_has_row_and_column(row_text, faults):
    rows, faults_read = read(HEAD + "\n" + row_text + "\nanna,2026-12-02,08:00,09:00,\n")
    assert faults_read == [Fault(3, column, code) for column, code in faults]
    assert [row.row for row in rows] == [4]


@pytest.mark.parametrize(
    ("head", "faults"),
    [
        ("worker,date,start", [("end", "column_missing")]),
        ("worker,date,start,end,id_number", [("id_number", "column_unknown")]),
        ("worker,date,start,end,end", [("end", "not_unique")]),
    ],
)
def test_shift_sheet_reports_wrong_header_before_rows(head, faults):
    rows, faults_read = read(head + "\nanna,2026-12-01,08:00,09:00,x\n")
    assert (rows, faults_read) == ([], [Fault(1, column, code) for column, code in faults])


def test_shift_sheet_reports_nonexistent_local_time():
    _, faults = read(HEAD + "anna,2026-03-29,02:30,09:00,\n", BERLIN)
    assert faults == [Fault(2, "start", "time_nonexistent")]


def test_shift_sheet_rejects_too_many_rows():
    with pytest.raises(Invalid) as caught:
        read(HEAD + "anna,2026-12-01,08:00,09:00,\n" * 5001)
    assert caught.value.code == "sheet_too_long"


def test_shift_sheet_reports_open_quote():
    _, faults = read(HEAD + 'anna,"2026-12-01,08:00\n')
    assert [fault.code for fault in faults] == ["sheet_unreadable"]


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_sheet_cell_is_never_a_formula_and_round_trips(cell):
    for given_cell in (cell, "=" + cell, "'" + cell, "'=" + cell, "@" + cell, "-1" + cell):
        written = escape_formula(given_cell)
        assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert unescape_formula(written) == given_cell


def shift(since: datetime, hours: float, note: str | None = None) -> KnownShift:
    return KnownShift(uuid7(), ANNA, since, since + timedelta(hours=hours), note)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=2)),
    st.sampled_from([None, "早班", '=HYPERLINK("x")', 'say "hi", twice\nand more']),
)
def test_shift_sheet_round_trips(start, length, note):
    since = start.replace(tzinfo=UTC)
    sheet = write_sheet(
        [{"worker": "anna", "name": "安娜", "since": since, "until": since + length, "note": note}], SHANGHAI
    )
    [row], faults = read_sheet(sheet, SHANGHAI)
    assert faults == []
    assert (row.worker, row.since, row.until, row.note) == ("anna", since, since + length, note)


def test_shift_sheet_reports_unchanged_shifts_and_overlaps():
    planned = shift(utc(2026, 12, 1, 0), 8, "早")
    rows, _ = read(
        HEAD
        + "Anna,2026-12-01,08:00,16:00,早\n"  # planned already
        + "anna,2026-12-01,08:00,16:00,晚\n"  # with another note
        + "anna,2026-12-01,15:59,17:00,\n"  # over its end
        + "anna,2026-12-01,07:00,08:01,\n"  # over its start
        + "anna,2026-12-01,07:00,17:00,\n"  # around it
        + "anna,2026-12-01,09:00,10:00,\n"  # inside it
        + "anna,2026-12-01,16:00,18:00,\n"  # after it
        + "anna,2026-12-01,16:00,18:00,\n"  # twice in the sheet
        + "anna,2026-12-01,17:00,19:00,\n"  # over a row before
        + "bob,2026-12-01,08:00,16:00,\n"
    )
    changes, faults = match_rows(rows, {"anna": ANNA}, [planned], uuid7)
    assert [(c.row.row, c.outcome) for c in changes] == [
        (2, "unchanged"),
        (3, "changed"),
        (8, "planned"),
        (9, "unchanged"),
    ]
    assert [c.shift_id for c in changes[:2]] == [planned.id, planned.id]
    assert [(f.row, f.column, f.code) for f in faults] == [
        *((row, "start", "shift_overlaps") for row in (4, 5, 6, 7, 10)),
        (11, "worker", "worker_unknown"),
    ]


def test_roster_windows_follow_local_hours_of_each_day():
    since, until = utc(2026, 12, 1, 2), utc(2026, 12, 3, 0)
    assert roster.windows(since, until, None, SHANGHAI) == [(since, until)]
    assert roster.windows(since, until, "08:00-18:00", SHANGHAI) == [
        (since, utc(2026, 12, 1, 10)),
        (utc(2026, 12, 2, 0), utc(2026, 12, 2, 10)),
    ]
    assert roster.windows(since, until, "22:00-06:00", SHANGHAI) == [
        (utc(2026, 12, 1, 14), utc(2026, 12, 1, 22)),
        (utc(2026, 12, 2, 14), utc(2026, 12, 2, 22)),
    ]


@pytest.mark.parametrize("hours", ["8-18", "08:00-25:00", "24:00-08:00", "08:61-09:00", ""])
def test_roster_rejects_invalid_hours(hours):
    with pytest.raises(Invalid):
        roster.windows(utc(2026, 12, 1), utc(2026, 12, 2), hours, SHANGHAI)


def test_roster_period_is_at_most_a_month():
    now = utc(2026, 12, 1)
    assert roster.period(None, None, now) == (now, now + timedelta(days=7))
    for until in (now, now + timedelta(days=32)):
        with pytest.raises(Invalid):
            roster.period(now, until, now)
