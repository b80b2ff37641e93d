"""States of households: receipts in any order, coverage with its members, opt-outs."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.ids import uuid7
from app.notices.queries.states import RANK
from app.notices.rules.notices import HOUSEHOLD_STATES, RANKS
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.notices.world import NoticeWorld, audited, pages, sql


def receipt(person: Any, notice: dict[str, Any], household_id: Any, state: str, **fields: Any) -> Any:
    path = f"/notices/{notice['id']}/households/{household_id}/receipts"
    return person.post(path, {"id": str(uuid7()), "state": state} | fields)


def state_of(world: NoticeWorld, notice: dict[str, Any], household_id: Any) -> dict[str, Any]:
    answer = world.author.get(f"/notices/{notice['id']}/households/{household_id}")
    assert answer.status_code == 200, answer.json
    result: dict[str, Any] = answer.json
    return result


def since(notice: dict[str, Any], **after: float) -> str:
    return (datetime.fromisoformat(notice["published_at"]) + timedelta(**after)).isoformat()


def test_ranks_in_sql_are_those_of_the_rules(app):
    for state in nonempty(HOUSEHOLD_STATES):
        ((rank,),) = sql("select " + RANK.replace("{state}", "cast(:state as text)"), state=state)
        assert rank == RANKS[state]


def test_worker_records_who_was_told_and_history_stays(world):
    home, other = world.settle("g1", 2)
    notice = world.published()
    worker = world.city.worker("g1", name="王芳")
    before = state_of(world, notice, home)
    assert (before["state"], before["history"], before["told_by"]) == ("not_reached", [], None)
    first = receipt(worker, notice, home, "told")
    assert (first.status_code, first.json["state"]) == (201, "told")
    assert first.json["told_by"] == {"id": str(worker.id), "name": "王芳"}
    assert receipt(worker, notice, home, "needs_help").json["state"] == "needs_help"
    after = state_of(world, notice, home)
    assert [step["state"] for step in after["history"]] == ["told", "needs_help"]
    assert {d["channel"]: d["sent_at"] is not None for d in after["deliveries"]} == {
        "visit": True,
        "link": False,
        "paper": False,
    }
    assert state_of(world, notice, other)["state"] == "not_reached"
    assert audited(notice)[-2:] == ["notice.receipt"] * 2


def test_receipt_is_stored_once_and_its_id_belongs_to_it(world):
    home, other = world.settle("g1", 2)
    notice, worker = world.published(), world.city.worker("g1")
    op = {"id": str(uuid7())}
    assert receipt(worker, notice, home, "understood", **op).status_code == 201
    again = receipt(worker, notice, home, "understood", **op)
    assert (again.status_code, len(again.json["history"])) == (200, 1)
    for changed in (
        receipt(worker, notice, home, "declined", **op),
        receipt(worker, notice, other, "understood", **op),
        receipt(world.author, notice, home, "understood", **op),
    ):
        assert (changed.status_code, changed.json["code"]) == (409, "id_reused")


def test_state_is_the_newest_answer_in_whichever_order_receipts_arrive(world):
    notice = None
    steps = [("told", 40), ("understood", 10), ("needs_help", 30)]
    homes = world.settle("g1", 6)
    notice, worker = world.published(), world.city.worker("g1")
    sql("update notice set published_at = published_at - interval '2 hours' where id = :id", id=notice["id"])
    for home, order in nonempty(zip(homes, itertools.permutations(steps), strict=True)):
        for state, minutes in order:
            answer = receipt(
                worker, notice, home, state, happened_at=since(notice, hours=-2, minutes=minutes)
            )
            assert answer.status_code == 201, answer.json
        assert state_of(world, notice, home)["state"] == "needs_help", order


@pytest.mark.parametrize(
    ("happened", "code"), [({"minutes": 10}, "in_future"), ({"minutes": -10}, "out_of_range")]
)
def test_receipt_from_the_future_or_before_publication_is_refused(world, happened, code):
    (home,) = world.settle("g1")
    notice = world.published()
    answer = receipt(world.city.worker("g1"), notice, home, "told", happened_at=since(notice, **happened))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)


def test_receipt_of_withdrawn_notice_counts_only_from_before(world):
    (home,) = world.settle("g1")
    notice, worker = world.published(), world.city.worker("g1")
    before = clock.now().isoformat()
    world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    late = receipt(worker, notice, home, "told")
    assert (late.status_code, late.json["code"]) == (409, "notice_withdrawn")
    assert receipt(worker, notice, home, "told", happened_at=before).status_code == 201


def test_worker_of_other_grid_records_and_sees_nothing(world):
    (home,) = world.settle("g1")
    world.settle("g3")
    notice, stranger = world.published(), world.city.worker("g3")
    assert receipt(stranger, notice, home, "told").status_code == 404
    assert stranger.get(f"/notices/{notice['id']}/households/{home}").status_code == 404
    coverage = stranger.get(f"/notices/{notice['id']}/coverage").json
    assert (coverage["addressed"], len(coverage["grids"])) == (1, 1)
    assert stranger.get(f"/households/{home}/notice-opt-outs").status_code == 404
    assert stranger.call("PUT", f"/households/{home}/notice-opt-outs", {"items": []}).status_code == 404


def test_each_number_of_coverage_opens_its_households(world):
    first = world.settle("g1", 4)
    second = world.settle("g2", 3)
    quiet = world.settle("g2")[0]
    world.opt_out(quiet)
    notice, boss = world.published(), world.author
    for home, state in zip(first, ("told", "understood", "understood"), strict=False):
        assert receipt(boss, notice, home, state).status_code == 201
    assert receipt(boss, notice, second[0], "needs_help").status_code == 201
    path = f"/notices/{notice['id']}"
    coverage = boss.get(f"{path}/coverage").json
    assert (coverage["addressed"], coverage["households"], coverage["reached"]) == (8, 7, 4)
    assert set(coverage["states"]) == set(HOUSEHOLD_STATES)
    assert sum(coverage["states"].values()) == coverage["addressed"]
    for state, number in nonempty(coverage["states"].items()):
        assert len(pages(boss, f"{path}/households", state=state)) == number, state
    assert pages(boss, f"{path}/households", state="opted_out") == [str(quiet)]
    ids = [world.city.areas["g2"], world.city.areas["g1"]]
    assert [grid["grid"]["id"] for grid in coverage["grids"]] == [str(id) for id in ids]
    worst = coverage["grids"][0]
    numbers = {"addressed": 4, "households": 3, "reached": 1, "understood": 0, "needs_help": 1}
    assert {name: worst[name] for name in numbers} == numbers
    for grid in nonempty(coverage["grids"]):
        assert len(pages(boss, f"{path}/households", grid_id=grid["grid"]["id"])) == grid["addressed"]
    reached = pages(boss, f"{path}/households", state="sent,opened,told,understood,needs_help,declined")
    assert len(reached) == coverage["reached"]


def test_opt_outs_hold_for_later_and_running_notices(world):
    (home,) = world.settle("g1")
    world.settle("g1")
    running, done = world.published(channels=["visit"]), world.published(channels=["visit"])
    worker = world.city.worker("g1")
    assert receipt(worker, done, home, "told").status_code == 201
    path = f"/households/{home}/notice-opt-outs"
    wish = {"purpose": "works", "channel": "visit"}
    answer = worker.call("PUT", path, {"items": [wish, wish]})
    assert answer.status_code == 200, answer.json
    assert [{k: item[k] for k in wish} for item in worker.get(path).json["items"]] == [wish]
    assert state_of(world, running, home)["state"] == "opted_out"
    assert [step["state"] for step in state_of(world, running, home)["history"]] == ["opted_out"]
    assert state_of(world, done, home)["state"] == "told"
    refused = receipt(worker, running, home, "told")
    assert (refused.status_code, refused.json["code"]) == (409, "notice_opted_out")
    assert world.reach(world.draft(channels=["visit"])) == 1
    assert world.reach(world.draft(channels=["visit", "paper"])) == 2
    assert world.reach(world.draft(channels=["visit"], purpose="health")) == 2
    assert worker.call("PUT", path, {"items": []}).json["items"] == []
    assert world.reach(world.draft(channels=["visit"])) == 2
    withdrawn = sql("select withdrawn_by from notice_opt_out where household_id = :id", id=home)
    assert [row.withdrawn_by for row in withdrawn] == [worker.id]


def test_coverages_of_a_page_equal_those_of_each_notice_and_are_scoped(world, app, settings):
    near, far = world.settle("g1", 3), world.settle("g3", 2)
    world.opt_out(near[0])
    notices = [world.published(), world.published(purpose="health"), world.published()]
    draft = world.draft()
    for home in near[1:]:
        answer = world.author.post(
            f"/notices/{notices[0]['id']}/households/{home}/receipts", {"id": str(uuid7()), "state": "told"}
        )
        assert answer.status_code == 201
    stranger = NoticeWorld(make_city(app, settings))
    stranger.settle("g1")
    other = stranger.published()
    ids = ",".join(each["id"] for each in [*notices, draft, other])
    for person in (world.author, world.city.worker("g1"), world.city.worker("g3")):
        items = person.get(f"/notices/coverages?ids={ids}").json["items"]
        assert [item["notice_id"] for item in items] == sorted((n["id"] for n in notices), reverse=True)
        for item in items:
            whole = person.get(f"/notices/{item['notice_id']}/coverage").json
            assert item == {name: whole[name] for name in item}
    by_worker = world.city.worker("g3").get(f"/notices/coverages?ids={ids}").json["items"]
    assert {item["addressed"] for item in by_worker} == {len(far)}
    wrong = world.author.get("/notices/coverages?ids=abc")
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "ids")
