"""Items of a worker's day: the hours of the local clock that a day touches."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.planning.rules.day_items import clock_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0, *, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("spans", "hours"),
    [
        ([(at(8), at(10))], [8, 9]),
        ([(at(8, 30), at(10, 15))], [8, 9, 10]),
        ([(at(8, 50), at(9, 10))], [8, 9]),
        ([(at(8, 30), at(9)), (at(13), at(13, 1))], [8, 13]),
        ([(at(22, 30), at(1, 15, day=3))], [0, 1, 22, 23]),
        ([], []),
    ],
)
def test_clock_hours_include_every_hour_that_a_span_touches(spans, hours):
    assert clock_hours(spans, SHANGHAI) == hours
