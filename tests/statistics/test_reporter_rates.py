"""Rates of the practice (response, solution, satisfaction, repeats), by what reporters say with their secret links."""

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import service as incidents
from app.integrity import service as integrity
from app.public import service as public
from tests.factories import make_city
from tests.public.conftest import DOOR, file_report, list_cases
from tests.statistics.test_figures import counts, list_members, read_figures

END = {"action": "force_close", "note": "cannot be solved", "reason": "unsolvable"}
NAMES = (
    *("followed", "responded", "asked", "answered", "unanswered", "rated_solved", "rated_unsolved"),
    *("scored", "unscored", "satisfied"),
)


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, profile=DOOR)


def with_door(city, call, *args, **fields):
    with db.transaction(SYSTEM) as session:
        return call(session, public.open_city(session, city.code), *args, **fields)


def end(city, receipt):
    answer = city.supervisor().post(f"/incidents/{receipt.case.id}/transitions", END)
    assert answer.status_code == 200, answer.json


def ended(city, **fields):
    receipt = file_report(city, **fields)
    end(city, receipt)
    return receipt


def support(city, case_id):
    return with_door(
        city, public.support_case, case_id, words="", contact=public.Contact(), source=None
    ).secret


def rate(city, secret, solved, score=None):
    with_door(city, public.rate, secret, solved=solved, score=score)


def today(city, query=""):
    day = clock.now().date()
    return read_figures(city.supervisor(), f"from={day}&to={day}&compare=none{query}")


def figures(city):
    counted = counts(today(city))
    return {name: counted[name] for name in NAMES if counted[name]}


def test_case_without_a_secret_link_is_not_asked(city):
    worker = city.worker("g1")
    worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102"})
    assert figures(city) == {}
    assert today(city)["rates"]["solution_rate"]["value"] is None


def test_open_case_is_followed_and_not_asked(city):
    file_report(city)
    assert figures(city) == {"followed": 1}


def test_silent_reporter_is_counted_with_members(city):
    silent, answered = ended(city), ended(city, words="路灯不亮")
    rate(city, answered.secret, "yes", 5)
    assert figures(city) == {
        **{"followed": 2, "asked": 2, "answered": 1, "unanswered": 1},
        **{"rated_solved": 1, "scored": 1, "unscored": 1, "satisfied": 1},
    }
    rates = today(city)["rates"]
    for name, measure in (("solution_rate", "unanswered"), ("satisfaction_rate", "unscored")):
        shown = rates[name]
        assert (shown["value"], shown["numerator"]["count"], shown["denominator"]["count"]) == (1, 1, 1)
        assert shown["unanswered"]["count"] == 1
        assert f"measure={measure}" in shown["unanswered"]["members"]
        (member,) = list_members(city.supervisor(), shown["unanswered"])
        assert member["id"] == str(silent.case.id)
    assert rates["answer_rate"]["value"] == 0.5
    assert "unanswered" not in rates["closure_rate"]


def test_worst_answer_of_reporters_and_supporters_counts(city):
    receipt = file_report(city)
    supporter = support(city, receipt.case.id)
    end(city, receipt)
    rate(city, receipt.secret, "yes", 5)
    assert figures(city)["rated_solved"] == 1
    rate(city, supporter, "no", 3)
    worse = figures(city)
    assert (worse["rated_unsolved"], worse["answered"], worse["scored"]) == (1, 1, 1)
    assert not {"rated_solved", "satisfied"} & worse.keys()
    rate(city, supporter, "partly", 4)
    better = figures(city)
    assert (better["answered"], better["satisfied"]) == (1, 1)
    assert not {"rated_solved", "rated_unsolved"} & better.keys()


def test_supporter_of_a_workers_case_is_asked(city):
    city.worker("g1").post("/incidents", {**city.in_grid("g1"), "category": "E0102"})
    (case,) = list_cases(city)
    secret = support(city, case.id)
    assert city.supervisor().post(f"/incidents/{case.id}/transitions", END).status_code == 200
    assert figures(city) == {"followed": 1, "asked": 1, "unanswered": 1, "unscored": 1}
    rate(city, secret, "no")
    assert figures(city) == {"followed": 1, "asked": 1, "answered": 1, "rated_unsolved": 1, "unscored": 1}


def test_rating_of_an_earlier_end_does_not_count_after_reopening(city):
    receipt = ended(city)
    rate(city, receipt.secret, "no", 1)
    with_door(city, public.contest, receipt.secret, words="还在那里")
    assert figures(city) == {"followed": 1}
    end(city, receipt)
    assert figures(city) == {"followed": 1, "asked": 1, "unanswered": 1, "unscored": 1}


def test_reporter_of_a_merged_case_answers_for_the_case_it_was_merged_into(city):
    target, merged = file_report(city), file_report(city, words="路灯不亮")
    supervisor = city.supervisor()
    answer = supervisor.post(
        f"/incidents/{merged.case.id}/merge", {"into_id": str(target.case.id), "reason": "同一件"}
    )
    assert answer.status_code == 200, answer.json
    counted = counts(today(city))
    assert (counted["followed"], counted["repeated"], counted["reported_again"]) == (1, 1, 1)
    end(city, target)
    rate(city, merged.secret, "no", 2)
    assert figures(city) == {
        **{"followed": 1, "asked": 1, "answered": 1},
        **{"rated_unsolved": 1, "scored": 1},
    }
    (member,) = list_members(supervisor, today(city)["measures"]["rated_unsolved"])
    assert member["id"] == str(target.case.id)


@pytest.mark.parametrize(("minutes", "responded"), [(1440, 1), (1, 0)])
def test_response_counts_within_the_minutes_of_the_profile(app, settings, minutes, responded):
    city = make_city(app, settings, profile=DOOR | {"figures": {"respond_minutes": minutes}})
    early, silent = file_report(city), file_report(city, words="路灯不亮")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set reported_at = reported_at - interval '5 minutes' where id = :i"),
            {"i": early.case.id},
        )
    for words in ("我们明天处理", "已处理"):
        with db.transaction(SYSTEM) as session:
            incidents.reply(session, SYSTEM, incident_ids=[early.case.id], words=words)
    rate_of = today(city)["rates"]["response_rate"]
    assert (rate_of["numerator"]["count"], rate_of["denominator"]["count"]) == (responded, 2)
    assert str(silent.case.id) not in {
        member["id"] for member in list_members(city.supervisor(), rate_of["numerator"])
    }


def cases_without_record():
    """Return how many cases of this database differ from their newest recorded state."""
    with db.transaction(SYSTEM) as session:
        (row,) = (row for row in integrity.check(session) if row.name == "figures_are_recorded")
        return row.count


def test_past_figures_keep_the_answers_of_their_moment(city):
    receipt = ended(city)
    before, unrecorded = today(city), cases_without_record()
    rate(city, receipt.secret, "yes", 5)
    assert counts(today(city))["answered"] == 1
    again = today(city, f"&snapshot={before['snapshot']}")
    assert again["measures"] == before["measures"]
    assert again["measures"]["unanswered"]["count"] == 1
    # Other tests change cases of this database by SQL, past what records them.
    assert cases_without_record() == unrecorded


def test_second_report_at_the_same_place_is_a_repeat(city):
    for grid, words in (("g1", "垃圾"), ("g1", "又有垃圾"), ("g2", "路灯不亮")):
        file_report(city, grid, words=words)
    shown = today(city)["rates"]["repeat_report_rate"]
    assert (shown["numerator"]["count"], shown["denominator"]["count"]) == (1, 3)
