"""Presence check: a position fix against the place of a case."""

from datetime import UTC, datetime, timedelta

import pytest

from app.incidents.cases.rules.presence import Fix, compare_fix, parse_fix
from app.profiles.rules.profile import Presence, PresencePolicy

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
RULE = Presence(PresencePolicy.WARN, 100, timedelta(minutes=10))
LON, LAT = 120.114, 30.2787
PER_DEGREE = 110_856  # metres of latitude, here


def fix(metres: float = 0, *, accuracy_m: float = 10, is_mock: bool = False, age: float = 0) -> Fix:
    return Fix(LON, LAT + metres / PER_DEGREE, accuracy_m, is_mock, timedelta(minutes=age))


@pytest.mark.parametrize(
    ("claimed", "doubts"),
    [
        (fix(), ()),
        (fix(109), ()),
        (fix(111), ("away",)),
        (fix(300, accuracy_m=250), ()),
        (fix(is_mock=True), ("mock",)),
        (fix(age=10), ()),
        (fix(age=11), ("stale",)),
        (fix(age=-4), ()),
        (fix(age=-6), ("stale",)),
        (fix(500, is_mock=True, age=60), ("away", "mock", "stale")),
        (None, ("no_fix",)),
    ],
)
def test_presence_check_reports_doubts(claimed, doubts):
    assert compare_fix(RULE, claimed, lon=LON, lat=LAT).doubts == doubts


def test_stored_presence_has_no_coordinates():
    stored = compare_fix(RULE, fix(250), lon=LON, lat=LAT).to_detail("under a bridge")
    assert stored == {
        "policy": "warn",
        "radius_m": 100,
        "doubts": ["away"],
        "distance_m": 250,
        "accuracy_m": 10,
        "reason": "under a bridge",
    }


def test_inaccurate_fix_is_not_near_everything():
    claimed = parse_fix({"accuracy_m": 90_000}, LON, LAT + 0.05, now=NOW)
    assert compare_fix(RULE, claimed, lon=LON, lat=LAT).doubts == ("away",)


def test_fix_age_is_measured_age_or_clock_difference():
    old = NOW - timedelta(days=800)  # a clock that is wrong by years, and a step that was sent later
    assert parse_fix({"age_s": 5, "at": old}, LON, LAT, now=NOW).age == timedelta(seconds=5)
    assert parse_fix({"at": NOW - timedelta(minutes=3)}, LON, LAT, now=NOW).age == timedelta(minutes=3)
    assert parse_fix({}, LON, LAT, now=NOW).age == timedelta(0)
