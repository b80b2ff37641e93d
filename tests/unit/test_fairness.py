"""Fairness: surplus load compared with the street's mean, and limits on duty hours. Pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.dispatch.rules.batch import decide
from app.dispatch.rules.batch_input import build_batch_input
from app.dispatch.rules.fairness import TOO_LITTLE_REST, TOO_LONG, Duty, hours_exclusion, surplus
from app.profiles.rules.duty import DutyLimits
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile
from tests.unit.test_batch_rules import SETTINGS, WEIGHTS, uuid, waits, works

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIMITS = DutyLimits(timedelta(hours=12), timedelta(hours=11), timedelta(hours=4))


def at(hours):
    return NOON + timedelta(hours=hours)


def duty(since, until=None):
    return Duty(at(since), None if until is None else at(until))


@pytest.mark.parametrize(
    ("duties", "reason"),
    [
        ([], None),
        ([duty(-11.9)], None),
        ([duty(-12)], TOO_LONG),
        ([duty(-14, -8), duty(-7)], TOO_LONG),  # an hour off is a break
        ([duty(-11, -8), duty(-7)], None),
        ([duty(-20, -9), duty(-1)], TOO_LITTLE_REST),  # eight hours off are no rest
        ([duty(-20, -12), duty(-1)], None),  # eleven are
        ([duty(-30, -20), duty(-8, -6), duty(-5)], None),  # the rest lies before the break
        ([duty(-30, -16), duty(-8, -6), duty(-5)], TOO_LITTLE_REST),
        ([duty(-20, -9)], None),  # not on duty
    ],
)
def test_duty_limits_exclude_worker_with_reason(duties, reason):
    assert hours_exclusion(duties, NOON, LIMITS) == reason


def test_surplus_counts_only_load_above_mean():
    assert [surplus(6, 4.0), surplus(4, 4.0), surplus(1, 4.0), surplus(9, 0.0), surplus(9, None)] == [
        0.5,
        0,
        0,
        0,
        0,
    ]


def test_fairness_weight_shifts_choice_and_zero_preserves_digest():
    people = [works(1, at=(0.0001, 0)), works(2, at=(0.001, 0))]
    plain = build_batch_input([waits(9)], people, SETTINGS)
    weighed = build_batch_input(
        [waits(9)], [replace(people[0], surplus=1.0), replace(people[1], surplus=0.0)], SETTINGS
    )
    fair = replace(WEIGHTS, fairness=600)

    def chosen(given, weights):
        return given.workers["id"][decide(given, weights).worker[0]]

    assert [chosen(plain, fair), chosen(weighed, WEIGHTS), chosen(weighed, fair)] == [
        str(uuid(n)) for n in (1, 1, 2)
    ]
    assert decide(weighed, fair).parts["fairness"].tolist() == [6000, 0]
    assert plain.digest(WEIGHTS) != plain.digest(fair)
    assert "fairness" not in WEIGHTS.stored_values() and WEIGHTS.fairness == 0
    data = packaged_profile("generic")
    data["dispatch_weights"] |= {"fairness": 600}
    assert parse_profile(data).dispatch_weights.fairness == 600


def test_batch_excludes_workers_over_duty_hours_with_reason():
    given = build_batch_input(
        [waits(9)], [works(1, kept_out=TOO_LONG), works(2, kept_out=TOO_LITTLE_REST)], SETTINGS
    )
    assert given.demands["left_out"] == [{TOO_LITTLE_REST: 1, TOO_LONG: 1}]
    assert given.demands["reason"] == ["all_excluded"]
