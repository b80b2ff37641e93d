"""Results at the door that a phone recorded offline: applied once, kept whatever happened meanwhile, cases of need."""

from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.core.ids import uuid7
from tests.factories import City, make_city
from tests.notices.test_states import receipt, since, state_of
from tests.notices.world import NoticeWorld, audited, sql
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient, codes
from tests.sync.test_notice_tasks import on_later_pull, published, told_on


@pytest.fixture
def city(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture
def world(city) -> NoticeWorld:
    return NoticeWorld(city)


def told_op(phone, notice, home, state="told", **members):
    patch = {
        "notice_id": str(notice["id"]),
        "household_id": str(home),
        "state": state,
        **members.pop("patch", {}),
    }
    return phone.op("notice_receipt", "create", uuid7(), patch=patch) | members


def history(world, notice, home):
    return [
        (step["state"], step["by"] and step["by"]["name"])
        for step in state_of(world, notice, home)["history"]
    ]


def warnings(result):
    return [warning["code"] for warning in result["warnings"]]


def test_results_recorded_offline_are_applied_and_leave_the_phone(world):
    homes = world.settle("g1", 4)
    notice = published(world)
    worker = world.city.worker("g1", name="王芳")
    phone, pulled = PushClient(worker), fresh(worker)
    assert len(told_on(pulled)) == 4
    states = ("told", "understood", "declined")
    ops = [told_op(phone, notice, home, state) for home, state in zip(homes, states, strict=False)]
    results = phone.push(*ops)
    assert codes(results) == ["applied"] * 3
    assert [result["id"] for result in results] == [op["id"] for op in ops]
    assert [warnings(result) for result in results] == [[], [], []]
    for home, state in zip(homes, states, strict=False):
        after = state_of(world, notice, home)
        assert (after["state"], after["told_by"]["name"]) == (state, "王芳")
    assert on_later_pull(pulled) == [str(homes[3])]
    assert audited(notice)[-3:] == ["notice.receipt"] * 3


def test_result_is_stored_once_however_often_it_is_sent(world):
    home, other = world.settle("g1", 2)
    notice = published(world)
    phone = PushClient(world.city.worker("g1"))
    op = told_op(phone, notice, home, "understood")
    assert codes(phone.push(op, op)) == ["applied", "duplicate"]
    assert codes(phone.push(op)) == ["duplicate"]
    # By the route and by push: the id of the receipt is the same.
    body = {"id": op["id"], "state": "understood"}
    assert receipt(phone.person, notice, home, "understood", id=op["id"]).status_code == 200, body
    again = told_op(phone, notice, home, "understood") | {"id": op["id"]}
    assert codes(phone.push(again)) == ["duplicate"]
    assert len(history(world, notice, home)) == 1
    reused = told_op(phone, notice, other, "understood") | {"id": op["id"]}
    assert codes(phone.push(reused)) == ["rejected:id_reused"]
    assert history(world, notice, other) == []


def test_time_of_the_deed_counts_and_not_that_of_the_network(world):
    (home,) = world.settle("g1")
    notice = published(world)
    sql("update notice set published_at = published_at - interval '3 hours' where id = :id", id=notice["id"])
    first = PushClient(world.city.worker("g1", name="甲"))
    second = PushClient(world.city.worker("g1", name="乙"))
    late = told_op(first, notice, home, "needs_help", client_at=since(notice, hours=-2))
    early = told_op(second, notice, home, "understood", client_at=since(notice, hours=-1))
    assert codes(second.push(early)) == ["applied"]
    (result,) = first.push(late)
    assert (codes([result]), warnings(result)) == (["applied"], ["told_by_another"])
    assert history(world, notice, home) == [("needs_help", "甲"), ("understood", "乙")]
    assert state_of(world, notice, home)["state"] == "understood"


def test_clock_behind_the_publication_refuses_nothing(world):
    (home,) = world.settle("g1")
    notice = published(world)
    phone = PushClient(world.city.worker("g1"))
    early = told_op(phone, notice, home, client_at=since(notice, minutes=-3))
    assert codes(phone.push(early)) == ["applied"]
    (step,) = state_of(world, notice, home)["history"]
    assert datetime.fromisoformat(step["occurred_at"]) == datetime.fromisoformat(notice["published_at"])
    ancient = told_op(phone, notice, home, client_at=(clock.now() - timedelta(days=40)).isoformat())
    (result,) = phone.push(ancient)
    assert codes([result]) == ["rejected:validation_failed"]
    assert result["dead_letter"]


def test_household_that_another_worker_told_keeps_both_results(world):
    (home,) = world.settle("g1")
    notice = published(world)
    phone = PushClient(world.city.worker("g1", name="乙"))
    op = told_op(phone, notice, home, "understood")
    receipt(world.city.worker("g1", name="甲"), notice, home, "told")
    (result,) = phone.push(op)
    assert codes([result]) == ["applied"]
    (warning,) = result["warnings"]
    assert (warning["code"], warning["name"]) == ("told_by_another", "甲")
    assert "甲" in warning["message"]
    assert sorted(history(world, notice, home)) == [("told", "甲"), ("understood", "乙")]
    # The own earlier result is no conflict.
    assert [warnings(r) for r in phone.push(told_op(phone, notice, home, "needs_help"))] == [
        ["told_by_another"]
    ]
    own = PushClient(world.city.worker("g1"))
    (fresh_home,) = world.settle("g1")
    later = published(world, purpose="health")
    first, second = own.push(told_op(own, later, fresh_home), told_op(own, later, fresh_home, "understood"))
    assert (warnings(first), warnings(second)) == ([], [])


def test_household_that_answered_itself_is_named_as_such(world):
    (home,) = world.settle("g1")
    notice = published(world)
    sql(
        """insert into notice_event (notice_id, household_id, state, channel, occurred_at)
           values (:notice, :home, 'understood', 'link', now())""",
        notice=notice["id"],
        home=home,
    )
    sql(
        "update notice_household set state = 'understood', state_at = now() where household_id = :home",
        home=home,
    )
    phone = PushClient(world.city.worker("g1"))
    (result,) = phone.push(told_op(phone, notice, home))
    assert (codes([result]), warnings(result)) == (["applied"], ["answered_by_household"])


def test_result_after_the_end_of_the_notice_is_kept_with_a_warning(world):
    (home,) = world.settle("g1")
    notice = published(world)
    phone = PushClient(world.city.worker("g1"))
    sql("update notice set valid_until = now() where id = :id", id=notice["id"])
    (result,) = phone.push(told_op(phone, notice, home))
    assert (codes([result]), warnings(result)) == (["applied"], ["told_after_end"])
    assert [state for state, _ in history(world, notice, home)] == ["told"]


def test_result_of_a_withdrawn_notice_is_kept_and_warned_of_if_it_came_later(world):
    before, after = world.settle("g1", 2)
    notice = published(world)
    phone = PushClient(world.city.worker("g1"))
    told_before = told_op(phone, notice, before)
    world.author.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong day"})
    results = phone.push(told_before, told_op(phone, notice, after))
    assert codes(results) == ["applied"] * 2
    assert [warnings(result) for result in results] == [[], ["told_after_withdrawal"]]
    assert [state for state, _ in history(world, notice, after)] == ["told"]


def test_result_at_a_household_that_opted_out_meanwhile_is_kept_with_a_warning(world):
    (home,) = world.settle("g1")
    notice = published(world, channels=["visit"])
    phone = PushClient(world.city.worker("g1"))
    wish = {"items": [{"purpose": "works", "channel": "visit"}]}
    assert world.author.call("PUT", f"/households/{home}/notice-opt-outs", wish).status_code == 200
    assert state_of(world, notice, home)["state"] == "opted_out"
    (result,) = phone.push(told_op(phone, notice, home))
    assert (codes([result]), warnings(result)) == (["applied"], ["told_after_opt_out"])
    assert [state for state, _ in history(world, notice, home)] == ["opted_out", "told"]
    assert state_of(world, notice, home)["state"] == "told"


@pytest.mark.parametrize("way", ["push", "route"])
def test_household_that_needs_help_becomes_one_case(world, way):
    (home,) = world.settle("g1")
    notice = published(world)
    worker = world.city.worker("g1")
    phone = PushClient(worker)
    op = told_op(phone, notice, home, "needs_help")
    if way == "push":
        assert codes(phone.push(op, op)) == ["applied", "duplicate"]
    else:
        for status in (201, 200):
            assert receipt(worker, notice, home, "needs_help", id=op["id"]).status_code == status
    (reply,) = world.author.get(f"/notices/{notice['id']}/replies").json["items"]
    case = world.author.get(f"/incidents/{op['id']}").json
    assert (reply["report_id"], reply["incident"]["id"]) == (op["id"], op["id"])
    assert reply["household"]["id"] == str(home)
    assert (case["category"], case["description"]) == ("unclassified", "住户请求协助。告知：停水通知")
    (place,) = sql(
        """select ST_Equals(i.location::geometry, p.location::geometry) from incident i, household h
           join premises p on p.id = h.premises_id where i.id = :case and h.id = :home""",
        case=op["id"],
        home=home,
    )
    assert place[0]
    # The same need again is no second case; a new one after another answer is.
    phone.push(told_op(phone, notice, home, "needs_help"))
    assert len(world.author.get(f"/notices/{notice['id']}/replies").json["items"]) == 1
    phone.push(told_op(phone, notice, home, "understood"), told_op(phone, notice, home, "needs_help"))
    assert len(world.author.get(f"/notices/{notice['id']}/replies").json["items"]) == 2


def test_worker_of_another_grid_or_without_permission_records_nothing(world):
    (home,) = world.settle("g1")
    notice = published(world)
    stranger, handler = PushClient(world.city.worker("g3")), PushClient(world.city.handler("roads"))
    assert codes(stranger.push(told_op(stranger, notice, home))) == ["rejected:not_found"]
    assert codes(handler.push(told_op(handler, notice, home))) == ["rejected:permission_missing"]
    unknown = told_op(stranger, {"id": uuid7()}, home)
    assert codes(stranger.push(unknown)) == ["rejected:not_found"]
    assert history(world, notice, home) == []


def test_faults_of_a_result_are_named(world):
    (home,) = world.settle("g1")
    notice = published(world)
    phone = PushClient(world.city.worker("g1"))
    for patch, field in (
        ({"state": "opened"}, "patch.state"),
        ({"notice_id": "x"}, "patch.notice_id"),
        ({"channel": "link"}, "patch.channel"),
    ):
        (result,) = phone.push(told_op(phone, notice, home, patch=patch))
        assert result["status"] == "rejected"
        assert [error["field"] for error in result["errors"]] == [field]
    assert history(world, notice, home) == []


def test_late_result_of_a_grid_that_changed_hands_is_taken_and_told_of(world):
    (home,) = world.settle("g1")
    notice = published(world)
    sql("update notice set published_at = published_at - interval '3 hours' where id = :id", id=notice["id"])
    worker = world.city.worker("g1")
    phone = PushClient(worker)
    sql(
        """update responsibility set valid = tstzrange(now() - interval '1 day', now() - interval '1 hour')
           where worker_id = :id""",
        id=worker.id,
    )
    late = told_op(phone, notice, home, client_at=since(notice, hours=-2))
    (result,) = phone.push(late)
    assert (codes([result]), result["flags"]) == (["applied"], ["late_after_reassign"])
    (refused,) = phone.push(told_op(phone, notice, home))
    assert codes([refused]) == ["rejected:out_of_scope"]
    assert len(history(world, notice, home)) == 1
