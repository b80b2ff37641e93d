"""Rates: worst subgroups, denominators of a profile, scores, and moment tokens."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.profiles.rules.evaluation import Evaluation, EvaluationSchema, parse_evaluation
from app.profiles.rules.measures import FLAGS, MEASURES, RATES, Selection, base_of
from app.profiles.rules.schema_sections import structure_faults
from app.statistics.rules import rates
from tests.nonempty import nonempty


def rate_of(due, closed):
    return rates.Portion(closed, due)


def test_worst_groups_exclude_small_groups_and_count_them():
    groups = {
        "a": rate_of(16, 9),
        "b": rate_of(900, 880),
        "c": rate_of(1, 0),
        "d": rate_of(4, 0),
        None: rate_of(51, 40),
        "e": rate_of(0, 0),
    }
    worst = rates.worst(rate_of(972, 929), groups, Evaluation(), is_good=True)
    assert worst.groups == ("a", None)  # b stands better than the whole
    assert (worst.small_groups, worst.small_counted) == (2, 5)
    few = rates.worst(rate_of(972, 929), groups, Evaluation(worst_least=1, worst_most=1), is_good=True)
    assert (few.groups, few.small_groups) == (("d",), 0)


def test_worst_groups_of_rework_have_highest_rate():
    groups = {"a": rate_of(10, 4), "b": rate_of(10, 0), "as the whole": rate_of(10, 2)}
    assert rates.worst(rate_of(20, 4), groups, Evaluation(), is_good=False).groups == ("a",)


def test_measures_of_rate_have_its_base():
    for rate in nonempty(RATES.values()):
        names = {rate.numerator.of, rate.denominator.of, *rate.numerator.less, *rate.denominator.less}
        assert {MEASURES[name].base for name in names} == {base_of(rate)}, rate.name


def test_measure_uses_flags_of_its_base():
    for measure in nonempty(MEASURES.values()):
        used = set(re.findall(r"\b(is_\w+)", measure.condition))
        assert {FLAGS[name].base for name in used} <= {measure.base}, measure.name


def test_profile_may_replace_denominators_of_same_base():
    section = {"denominators": {"closure_rate": {"of": "due", "less": ["force_closed"]}}, "worst_least": 9}
    assert [*structure_faults(EvaluationSchema(), section, "figures")] == []
    evaluation = parse_evaluation(section)
    by_name = rates.rates_by(evaluation)
    assert by_name["closure_rate"].denominator == Selection("due", ("force_closed",))
    assert by_name["on_time_rate"] == RATES["on_time_rate"]
    assert evaluation.worst_least == 9
    wrong = {"denominators": {"closure_rate": {"of": "accepted"}}}
    assert [fault.path for fault in structure_faults(EvaluationSchema(), wrong, "figures")] == [
        "figures.denominators.closure_rate.of"
    ]


def test_moment_token_round_trips_and_rejects_invalid_snapshot():
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    epoch = uuid4()
    assert rates.moment_of(rates.moment_token(at, "10:20:10,14", epoch)) == (at, "10:20:10,14", epoch)
    for snapshot in ("20:10:", "10:20:21", "10:20:14,12", "0:1:", "10:99999999999999999999:", "x"):
        with pytest.raises(ValueError, match="snapshot"):
            rates.moment_of(rates.moment_token(at, snapshot, epoch))


def test_score_is_weighted_mean_of_rates_and_ties_share_rank():
    portions = {"closure_rate": rate_of(10, 9), "rework_rate": rate_of(8, 2), "on_time_rate": rate_of(0, 0)}
    weights = {"closure_rate": 3.0, "rework_rate": 1.0, "on_time_rate": 5.0}
    # What is of no cases says nothing, and of rework less is better.
    assert rates.score_of(portions, weights) == pytest.approx(100 * (3 * 0.9 + 0.75) / 4)
    assert rates.score_of(portions, {"on_time_rate": 1.0}) is None
    assert rates.ranks({"a": 70.0, "b": 90.0, "c": 70.0, "d": 10.0}) == {"b": 1, "a": 2, "c": 2, "d": 4}
    section = {"weights": {"archive_rate": 2, "closure_rate": 0.5}}
    assert [*structure_faults(EvaluationSchema(), section, "figures")] == []
    assert parse_evaluation(section).weights == {"archive_rate": 2.0, "closure_rate": 0.5}
    assert [*structure_faults(EvaluationSchema(), {"weights": {"archive_rate": -1}}, "figures")]
