"""Rules that accept, flag or filter position fixes, without a database."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import inf, nan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from app.core.coordinates import from_wgs84
from app.core.geodesic import metres_between
from app.workforce.rules import positions as rules
from app.workforce.rules.positions import Fix, Stored
from app.workforce.schemas import SendPositions
from tests.seeds import dice

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LON, LAT = 120.13, 30.26
METRE = 1 / 110_856  # degrees of latitude, here
WGS84 = Geod(ellps="WGS84")
ON_DUTY = [(NOW - timedelta(days=10), None)]


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def fix(seconds_ago: float, *, north_m: float = 0, **kwargs) -> Fix:
    return Fix(at=ago(seconds_ago), lon=kwargs.pop("lon", LON), lat=LAT + north_m * METRE, **kwargs)


def stored(seconds_ago: float, *, north_m: float = 0, **kwargs) -> Stored:
    return Stored(ago(seconds_ago), LON, LAT + north_m * METRE, **kwargs)


def judge(*fixes: Fix, sent_at=NOW, duty=ON_DUTY, existing=(), **options) -> rules.Verdict:
    return rules.judge(fixes, sent_at=sent_at, received_at=NOW, duty=duty, stored=existing, **options)


def test_walking_fixes_are_accepted():
    verdict = judge(*(fix(60 - 30 * i, north_m=40 * i) for i in range(3)))
    assert (len(verdict.accepted), verdict.duplicate, verdict.filtered) == (3, 0, {})


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("too_old", Fix(NOW - timedelta(days=7, seconds=1), LON, LAT)),
        ("in_future", Fix(NOW + timedelta(seconds=121), LON, LAT)),
        ("zero_zero", Fix(NOW, 0, 0)),
        ("out_of_range", Fix(NOW, 180.01, LAT)),
        ("out_of_range", Fix(NOW, LON, -91)),
        ("out_of_range", Fix(NOW, nan, LAT)),
        ("out_of_range", Fix(NOW, LON, inf)),
        ("inaccurate", Fix(NOW, LON, LAT, accuracy_m=1001)),
        ("inaccurate", Fix(NOW, LON, LAT, accuracy_m=inf)),
    ],
)
def test_invalid_fix_is_filtered_with_reason(reason, wrong):
    verdict = judge(wrong)
    assert (verdict.accepted, verdict.filtered) == ((), {reason: 1})


@pytest.mark.parametrize(
    "right",
    [
        Fix(NOW - timedelta(days=7), LON, LAT),
        Fix(NOW + timedelta(seconds=120), LON, LAT),
        Fix(NOW, 0, LAT),
        Fix(NOW, LON, LAT, accuracy_m=1000),
        Fix(NOW, LON, LAT, accuracy_m=-1),
        Fix(NOW, LON, LAT, accuracy_m=nan),
    ],
)
def test_fix_at_limit_is_accepted(right):
    assert len(judge(right).accepted) == 1


def test_fixes_outside_duty_are_filtered_to_the_second():
    duty = [(ago(300), ago(100))]
    verdict = judge(fix(301), fix(300), fix(101, north_m=200), fix(100), fix(99), duty=duty)
    assert [k.at for k in verdict.accepted] == [ago(300), ago(101)]
    assert verdict.filtered == {"off_duty": 3}


def test_wrong_phone_clock_is_corrected():
    duty = [(ago(60), None)]
    phone = timedelta(hours=-3)
    verdict = judge(
        Fix(ago(30) + phone, LON, LAT), Fix(ago(61) + phone, LON, LAT), sent_at=NOW + phone, duty=duty
    )
    assert [k.at for k in verdict.accepted] == [ago(30)]
    assert verdict.filtered == {"off_duty": 1}


def test_message_delay_is_no_wrong_clock():
    assert judge(fix(30), sent_at=ago(5)).accepted[0].at == ago(30)
    assert judge(fix(30), sent_at=ago(5.001)).accepted[0].at == ago(30) + timedelta(seconds=5.001)


def test_extreme_clocks_raise_no_error():
    for sent_at in (datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)):
        for at in (datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)):
            batch = [Fix(at, LON, LAT)]
            rules.window(batch, sent_at=sent_at, received_at=NOW)
            verdict = judge(*batch, sent_at=sent_at)
            assert len(verdict.accepted) + sum(verdict.filtered.values()) == 1


def test_coarse_fix_is_flagged_and_never_newest_position():
    verdict = judge(fix(60, accuracy_m=100), fix(0, north_m=500, accuracy_m=101))
    assert [k.is_coarse for k in verdict.accepted] == [False, True]
    assert rules.newest_usable(verdict.accepted, ON_DUTY).at == ago(60)


def test_mock_fix_is_flagged_and_does_not_discredit_others():
    verdict = judge(fix(60), fix(40, north_m=90_000, is_mock=True), fix(20, north_m=50))
    assert [k.is_mock for k in verdict.accepted] == [False, True, False]
    assert rules.newest_usable(verdict.accepted, ON_DUTY).at == ago(20)


def test_newest_position_comes_from_open_duty():
    ended = [(ago(300), ago(100))]
    verdict = judge(fix(200), duty=ended)
    assert len(verdict.accepted) == 1
    assert rules.newest_usable(verdict.accepted, ended) is None


def test_implausible_speed_is_flagged():
    verdict = judge(fix(60), fix(50, north_m=520), fix(40, north_m=600))
    assert (verdict.filtered, verdict.flagged) == ({}, {"implausible_speed": 1})
    assert [(k.at, k.is_usable) for k in verdict.accepted] == [
        (ago(60), True),
        (ago(50), False),
        (ago(40), True),
    ]
    assert judge(fix(60), fix(50, north_m=490)).flagged == {}
    assert judge(fix(50, north_m=520), existing=[stored(60)]).flagged == {"implausible_speed": 1}
    assert judge(fix(60, accuracy_m=50), fix(50, north_m=520)).flagged == {}


def test_stationary_fixes_are_reduced_to_one_in_two_minutes():
    verdict = judge(*(fix(300 - 30 * i, north_m=i) for i in range(11)))
    assert [k.at for k in verdict.accepted] == [ago(300), ago(180), ago(60)]
    assert verdict.filtered == {"stationary": 8}
    assert judge(fix(60), fix(30, north_m=45, accuracy_m=50)).filtered == {"stationary": 1}
    assert judge(fix(30, north_m=29), existing=[stored(60)]).filtered == {"stationary": 1}


def test_accurate_fix_after_coarse_fix_is_accepted():
    verdict = judge(fix(60, accuracy_m=900), fix(50, accuracy_m=10))
    assert len(verdict.accepted) == 2


def test_shifted_coordinates_are_converted_to_wgs84():
    for system in ("gcj02", "bd09"):
        lon, lat = from_wgs84(LON, LAT, system)
        assert abs(lon - LON) > 0.001
        (accepted,) = judge(Fix(NOW, lon, lat, coord_sys=system)).accepted
        assert (accepted.lon, accepted.lat) == pytest.approx((LON, LAT), abs=1e-9)


def test_unknown_readings_are_null():
    (accepted,) = judge(
        Fix(NOW, LON, LAT, accuracy_m=-1, speed_mps=-1, heading_deg=-1, battery_pct=120)
    ).accepted
    assert (accepted.accuracy_m, accepted.speed_mps, accepted.heading_deg, accepted.battery_pct) == (
        None,
    ) * 4


def test_same_instant_is_a_duplicate():
    verdict = judge(fix(60), fix(60, north_m=100), fix(0, north_m=200), existing=[stored(0)])
    assert (len(verdict.accepted), verdict.duplicate) == (1, 2)


def test_corrected_batch_sent_again_is_all_duplicates():
    phone = timedelta(minutes=-10)
    batch = [Fix(ago(300 - 60 * i) + phone, LON, LAT + 100 * i * METRE) for i in range(5)]
    first = judge(*batch, sent_at=NOW + phone)
    assert len(first.accepted) == 5
    later = [Fix(f.at, f.lon, f.lat) for f in batch]
    jitter = timedelta(seconds=1.3)
    again = judge(*later, sent_at=NOW + phone - jitter, existing=first.accepted)
    assert (len(again.accepted), again.duplicate) == (0, 5)


def test_batch_with_slow_first_attempt_is_recognised_as_duplicate():
    batch = [fix(300 - 60 * i, north_m=100 * i) for i in range(5)]
    first = judge(*batch, sent_at=ago(1))
    again = judge(*batch, sent_at=ago(40), existing=first.accepted)
    assert (len(first.accepted), len(again.accepted), again.duplicate) == (5, 0, 5)


def test_window_covers_phone_and_server_clock():
    phone = timedelta(minutes=-10)
    since, until = rules.window([Fix(ago(60) + phone, LON, LAT)], sent_at=NOW + phone, received_at=NOW)
    assert since < ago(660) and ago(60) < until
    assert rules.window([Fix(NOW - timedelta(days=8), LON, LAT)], sent_at=NOW, received_at=NOW) is None
    assert rules.window([], sent_at=NOW, received_at=NOW) is None


# Functions written in Python that are called to read and judge 500 fixes of a walk, by the seconds that the clock of the
# device is wrong. May be lowered.
CALLS = {0: 200, 60: 1_200}


@pytest.mark.parametrize("late_s", CALLS)
def test_batch_of_500_fixes_calls_few_functions(late_s):
    walk = [
        {
            "at": ago(1000 - 2 * i).isoformat(),
            "lon": LON,
            "lat": LAT + 60 * i * METRE,
            "accuracy_m": 8.5,
            "battery_pct": 80,
        }
        for i in range(500)
    ]
    calls = Counter()

    def note(frame, event, _):
        if event == "call":
            calls[frame.f_code.co_qualname] += 1

    schema = SendPositions()
    sent_at = ago(late_s)
    body = {"sent_at": sent_at.isoformat(), "positions": walk}
    schema.load(body)
    sys.setprofile(note)
    try:
        fixes = schema.load(body)["positions"]
        rules.window(fixes, sent_at=sent_at, received_at=NOW)
        verdict = judge(*fixes, sent_at=sent_at)
        rules.newest_usable(verdict.accepted, ON_DUTY)
    finally:
        sys.setprofile(None)
    assert len(verdict.accepted) + sum(verdict.filtered.values()) == 500
    assert len(verdict.accepted) > 400
    assert calls.total() <= CALLS[late_s], calls.most_common(10)


@settings(max_examples=300, deadline=None)
@given(
    lat=st.floats(-89, 89),
    lon=st.sampled_from([0.5, 120.13, 179.9999, -179.9999]),
    bearing=st.floats(0, 360),
    share=st.floats(0.97, 1.03),
    accuracy_m=st.sampled_from([None, 8.0, 60.0, 90.0]),
)
def test_distances_near_a_limit_are_those_on_the_spheroid(lat, lon, bearing, share, accuracy_m):
    """A distance is computed in a plane only if that is exact enough to decide."""
    limit_m = max(30.0, accuracy_m or 0)
    lon_b, lat_b, _ = WGS84.fwd(lon, lat, bearing, limit_m * share)
    fixes = [Fix(ago(60), lon, lat), Fix(ago(0), lon_b, lat_b, accuracy_m)]
    has_moved = metres_between(lon, lat, lon_b, lat_b) >= limit_m
    assert judge(*fixes).filtered == ({} if has_moved else {"stationary": 1})

    lon_c, lat_c, _ = WGS84.fwd(lon, lat, bearing, (50 * 4 + (accuracy_m or 0)) * share)
    fixes = [Fix(ago(4), lon, lat), Fix(ago(0), lon_c, lat_c, accuracy_m)]
    is_too_fast = metres_between(lon, lat, lon_c, lat_c) - (accuracy_m or 0) > 50 * 4
    assert judge(*fixes).flagged == ({"implausible_speed": 1} if is_too_fast else {})


numbers = st.one_of(st.none(), st.floats(), st.floats(0, 1500))
near = st.one_of(st.floats(), st.floats(120.1, 120.2), st.just(0.0))
moments = st.one_of(
    st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),
    st.integers(-200, 8 * 86_400).map(ago),
)
some_fix = st.builds(
    Fix,
    at=moments,
    lon=near,
    lat=st.one_of(st.floats(), st.floats(30.2, 30.3), st.just(0.0)),
    accuracy_m=numbers,
    speed_mps=numbers,
    heading_deg=numbers,
    battery_pct=numbers,
    is_mock=st.booleans(),
    coord_sys=st.sampled_from(["wgs84", "gcj02", "bd09"]),
)
spans = st.lists(
    st.tuples(st.integers(0, 8 * 86_400), st.one_of(st.none(), st.integers(1, 86_400))).map(
        lambda s: (ago(s[0]), None if s[1] is None else ago(s[0]) + timedelta(seconds=s[1]))
    ),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(batch=st.lists(some_fix, max_size=30), sent_at=moments, duty=spans)
def test_every_fix_is_accepted_once_then_duplicate_or_filtered(batch, sent_at, duty):
    first = judge(*batch, sent_at=sent_at, duty=duty)
    assert len(first.accepted) + first.duplicate + sum(first.filtered.values()) == len(batch)
    assert len({k.at for k in first.accepted}) == len(first.accepted)
    for accepted in first.accepted:
        assert any(since <= accepted.at and (until is None or accepted.at < until) for since, until in duty)
        assert abs(accepted.lon) <= 180 and abs(accepted.lat) <= 90
    again = judge(*batch, sent_at=sent_at, duty=duty, existing=sorted(first.accepted, key=lambda k: k.at))
    assert again.accepted == ()
    assert again.duplicate + sum(again.filtered.values()) == len(batch)
    assert again.duplicate >= len(first.accepted)


def _drawn_walk(lot: Random) -> list[Fix]:
    """Draw the fixes of a batch, with distances and durations at all limits."""
    lat, lon = lot.choice([30.0, 79.9, 0.0, 89.0]), lot.choice([120.0, 179.99, 0.0])
    at, metres = (
        ago(lot.choice([86_400, 6.9 * 86_400])),
        (60,) * lot.choice([1, 20]) + (0, 29.8, 30.2, 99, 101, 3_000),
    )
    is_rough = lot.random() < 0.4
    fixes = []
    for _ in range(lot.choice([1, 49, 50, 120])):
        at += timedelta(seconds=lot.choice([0, 2, 2, 2, 5, 119.9, 120]) if is_rough else 2)
        lat = max(-91.0, min(91.0, lat + lot.choice(metres) * METRE * lot.choice([1, -1])))
        lon += lot.choice([0, 0, 0, 20, 300]) * METRE
        accuracy_m = lot.choice([None, 8.0, 29.0, 31.0, 100.0, 101.0, 1001.0, -1.0, nan]) if is_rough else 8.0
        fix_made = Fix(at, lon, lat, accuracy_m, lot.choice([None, 1.4, -1]), lot.choice([None, 361]), None)
        odd = {
            0: {"is_mock": True},
            1: {"lat": nan},
            2: {"coord_sys": "gcj02"},
            3: {"lon": inf},
            4: {"lon": 0.0, "lat": 0.0},
        }
        fixes.append(fix_made._replace(**odd.get(lot.randrange(100), {})))
    if lot.random() < 0.2:
        lot.shuffle(fixes)
    return fixes


def test_position_after_one_of_another_system_is_measured_from_its_converted_place():
    # The numbers of the last two are 40 m apart, but the places are some 500 m: nobody goes that far in 2 s.
    walk = [fix(120), fix(60, coord_sys="gcj02"), fix(58, north_m=40)]
    one_by_one, together = (judge(*walk, worth_a_walk=worth) for worth in (10_000, 2))
    assert [f.is_implausible for f in one_by_one.accepted] == [False, False, True]
    assert one_by_one == together


def test_fixes_are_judged_alike_together_and_one_by_one():
    lot, steps = dice("walks"), 0
    for _ in range(150):
        batch = _drawn_walk(lot)
        duty = lot.choice([ON_DUTY, [(ago(86_300), ago(86_200))]])
        before = min(f.at for f in batch)
        existing = [Stored(before - timedelta(seconds=lot.choice([1, 200])), LON, LAT)] * lot.choice([0, 1])
        verdicts = []
        for worth in (10_000, 2):
            verdicts.append(judge(*batch, duty=duty, existing=existing, worth_a_walk=worth))
        # NaN is not equal to itself, but is shown alike.
        assert repr(verdicts[0]) == repr(verdicts[1])
        steps += len(verdicts[0].accepted)
    assert steps > 1_000
