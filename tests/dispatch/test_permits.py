"""Permits: a skill whose permit has expired does not count."""

from datetime import timedelta

import pytest

from app.core import clock
from tests.dispatch.acts import solve

NEEDS_MEDIATION = "E0603"


@pytest.fixture
def mediator(city, boss):
    worker = city.worker("g1", name="甲", skills=("mediation",))

    def until(ends_in):
        path = f"/workers/{worker.id}"
        permits = {} if ends_in is None else {"mediation": (clock.now() + ends_in).isoformat()}
        answer = boss.patch(path, {"permits": permits}, boss.get(path).json["version"])
        assert answer.status_code == 200, answer.json
        return worker

    return until


@pytest.fixture
def reporter(city):
    return city.worker("g3", on_duty=False, name="丙")


@pytest.mark.parametrize(
    ("ends_in", "is_asked"), [(None, True), (timedelta(days=1), True), (-timedelta(seconds=1), False)]
)
def test_dispatch_excludes_worker_when_permit_has_expired(
    city, report, boss, mediator, reporter, ends_in, is_asked
):
    worker = mediator(ends_in)
    case = report(reporter, city.in_grid("g1"), category=NEEDS_MEDIATION)
    run = boss.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    verdict = next(candidate for candidate in run["candidates"] if candidate["worker_id"] == str(worker.id))
    assert verdict["eligible"] is is_asked
    if is_asked:
        assert case["assignment"]["worker"]["id"] == str(worker.id)
    else:
        assert (case["assignment"], verdict["reason"]) == (None, "lacks_skill")


def test_batch_and_reassignment_exclude_worker_when_permit_has_expired(
    city, report, step, boss, mediator, reporter
):
    worker = mediator(-timedelta(seconds=1))
    case = report(reporter, city.in_grid("g1"), category=NEEDS_MEDIATION)
    assert solve(city) == 0
    refused = step(boss, case, "reassign", worker_id=str(worker.id), note="you")
    assert (refused.status_code, refused.json["reasons"]) == (409, ["lacks_skill"])
    mediator(timedelta(days=1))
    assert solve(city) == 1
