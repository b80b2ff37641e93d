"""Notices to many households: a job stores their states in batches, and meets wishes, a withdrawal and a second job."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.core import clock, db
from app.core import jobs as core_jobs
from app.core.actor import SYSTEM
from app.integrity.queries.notice_invariants import NOTICE_INVARIANTS
from app.notices import jobs, service
from app.notices.queries import opt_outs
from tests.live.processes import as_job_worker
from tests.media.sending import as_job
from tests.nonempty import nonempty
from tests.notices.world import NoticeWorld, sql
from tests.waits import eventually


@pytest.fixture(autouse=True)
def small_limits(app, monkeypatch):
    """Let a job publish notices to more than 3 households, with 4 addressees in a batch."""
    limit(app, monkeypatch, notice_request_households=3, notice_batch_addressees=4)


def limit(app: Any, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Let the server have other limits of notices until the end of the test."""
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **limits))


def state_of(world: NoticeWorld, notice: dict[str, Any]) -> tuple[str, int | None]:
    body = world.author.get(f"/notices/{notice['id']}").json
    return body["state"], body["households_stored"]


def store_one(world: NoticeWorld, notice: dict[str, Any]) -> int:
    """Store one batch as the job does."""
    with as_job(world.city)() as session:
        return service.store_batch(session, UUID(notice["id"]))


def run_job(world: NoticeWorld) -> None:
    with as_job_worker(world.city.settings):
        jobs.store_addressees()


def broken(world: NoticeWorld, *notices: dict[str, Any]) -> list[str]:
    """Return the names of the invariants that do not hold for these notices and the households of the world."""
    own = {notice["id"] for notice in notices} | {str(h) for homes in world.homes.values() for h in homes}
    return [check.name for check in NOTICE_INVARIANTS if own & {str(row.id) for row in sql(check.sql)}]


def waiting_jobs(task: str) -> int:
    """Return how many jobs of a task wait, all of them in the queue of the task."""
    rows = sql(
        "select queue_name, count(*) n from jobs.procrastinate_jobs where task_name = :task and status = 'todo'"
        " group by queue_name",
        task=task,
    )
    assert {row.queue_name for row in rows} <= {core_jobs.app.tasks[task].queue}
    return sum(row.n for row in rows)


def test_large_notice_is_publishing_until_each_state_is_stored(world):
    homes = world.settle("g1", 9)
    quiet = world.settle("g2")[0]
    world.opt_out(quiet, purpose="works")
    draft = world.draft()
    previewed = world.previewed(draft)
    published = world.publish(draft)
    numbers = (published["state"], published["households"], published["households_stored"])
    assert numbers == ("publishing", 9, 0)
    assert published["published_at"] is not None
    assert world.addressees(draft) == []
    world.settle("g1", 2)  # not in the preview
    sql("update household set moved_away_at = now() where id = :id", id=homes[0])
    seen = [state_of(world, draft)]
    while store_one(world, draft):
        assert broken(world, draft) == []
        seen.append(state_of(world, draft))
    assert [state for state, _ in seen] == ["publishing", "publishing", "publishing", "published"]
    stored = [number for _, number in seen]
    assert (stored[0], stored[-1], sorted(set(stored))) == (0, 9, stored)
    assert world.addressees(draft) == previewed == sorted(map(str, homes))
    assert world.addressees(draft, opted_out=True) == [str(quiet)]
    # It opted out before, so nothing happened to the notice at this household.
    assert world.author.get(f"/notices/{draft['id']}/households/{quiet}").json["history"] == []
    rows = sql(
        "select channel, count(*) n from notice_delivery where notice_id = :id group by 1", id=draft["id"]
    )
    assert {row.channel: row.n for row in rows} == {"visit": 9, "link": 9, "paper": 9}
    assert world.author.get(f"/notices/{draft['id']}/coverage").json["addressed"] == 10


def test_job_publishes_several_large_notices_and_runs_twice_without_effect(world):
    world.settle("g1", 6)
    world.settle("g2", 5)
    before = waiting_jobs("notices.store_addressees")
    both = [world.published(area_ids=[str(world.city.areas[grid])]) for grid in ("g1", "g2")]
    assert [notice["state"] for notice in both] == ["publishing"] * 2
    assert waiting_jobs("notices.store_addressees") == before + 2
    run_job(world)
    assert [state_of(world, notice) for notice in both] == [("published", 6), ("published", 5)]
    with as_job_worker(world.city.settings):
        jobs.resume(0)
    assert [len(world.addressees(notice)) for notice in both] == [6, 5]
    assert broken(world, *both) == []


def test_notice_up_to_the_limit_is_published_in_the_request(world):
    world.settle("g1", 3)
    notice = world.published()
    assert (notice["state"], notice["households_stored"]) == ("published", 3)
    assert len(world.addressees(notice)) == 3
    assert sql("select 1 from notice_batch where notice_id = :id", id=notice["id"]) == []


def test_request_stores_no_rows_when_few_of_many_addressees_are_reached(app, world, monkeypatch):
    limit(app, monkeypatch, notice_request_addressees=4)
    world.settle("g1", 1)
    for home in nonempty(world.settle("g2", 4)):
        world.opt_out(home)
    notice = world.published()
    numbers = (notice["state"], notice["households"], notice["households_stored"])
    assert numbers == ("publishing", 1, 0)
    run_job(world)
    assert state_of(world, notice) == ("published", 1)
    assert len(world.addressees(notice, opted_out=True)) == 4


def test_large_publication_is_refused_when_another_number_is_reached(world):
    world.settle("g1", 5)
    draft = world.draft()
    world.settle("g2")
    answer = world.author.post(f"/notices/{draft['id']}/publish", {"confirmed_households": 5})
    assert (answer.status_code, answer.json["code"]) == (409, "notice_reach_changed")
    assert (answer.json["households"], answer.json["opted_out"]) == (6, 0)
    assert sql("select 1 from notice_batch where notice_id = :id", id=draft["id"]) == []
    assert state_of(world, draft) == ("draft", None)


def test_nothing_goes_out_while_a_notice_is_publishing(world):
    homes = world.settle("g1", 6)
    notice = world.published(channels=["visit", "link", "sms"])
    assert store_one(world, notice) == 4
    # A household with an SMS to make: its delivery is stored, and the hourly job looks for such ones.
    stored = world.addressees(notice)[0]
    insert = "insert into notice_delivery (notice_id, household_id, channel) values (:id, :home, 'sms')"
    sql(insert, id=notice["id"], home=stored)
    worker = world.city.worker("g1")
    assert worker.get("/notices/tasks").json["items"] == []
    refused = world.author.post(f"/notices/{notice['id']}/households/{stored}/link")
    assert (refused.status_code, refused.json["code"]) == (409, "notice_not_running")
    with db.transaction(SYSTEM) as session:
        assert service.make_messages(session, settings=world.city.settings) == 0
    before = waiting_jobs("notices.make_messages")
    run_job(world)
    assert waiting_jobs("notices.make_messages") == before + 1
    in_tasks = [item["household"]["id"] for item in worker.get("/notices/tasks").json["items"]]
    assert sorted(in_tasks) == sorted(map(str, homes))
    with db.transaction(SYSTEM) as session:
        assert service.make_messages(session, settings=world.city.settings) == 1


def test_withdrawal_while_publishing_reaches_nobody_and_leaves_no_gap(world):
    homes = world.settle("g1", 9)
    notice = world.published()
    assert store_one(world, notice) == 4
    withdrawn = world.second.post(f"/notices/{notice['id']}/withdraw", {"reason": "wrong street"})
    assert (withdrawn.status_code, withdrawn.json["state"]) == (200, "withdrawn")
    assert withdrawn.json["households_stored"] == 4
    assert broken(world, notice) == []
    run_job(world)
    assert state_of(world, notice) == ("withdrawn", 9)
    assert world.addressees(notice) == sorted(map(str, homes))
    assert world.city.worker("g1").get("/notices/tasks").json["items"] == []
    assert broken(world, notice) == []


def test_wish_during_publication_holds_for_stored_and_waiting_households(world):
    world.settle("g1", 8)
    notice = world.published()
    assert store_one(world, notice) == 4
    stored = set(world.addressees(notice))
    waiting = {str(home) for home in world.homes["g1"]} - stored
    silent = sorted([min(stored), min(waiting)])
    wish = {"items": [{"purpose": None, "channel": None}]}
    for home in silent:
        assert world.author.call("PUT", f"/households/{home}/notice-opt-outs", wish).status_code == 200
    run_job(world)
    assert world.addressees(notice, opted_out=True) == silent
    for home in silent:
        history = world.author.get(f"/notices/{notice['id']}/households/{home}").json["history"]
        assert [step["state"] for step in history] == ["opted_out"]
    assert broken(world, notice) == []


def test_batch_waits_for_a_wish_that_is_not_committed_yet(world):
    home = world.settle("g1", 4)[0]
    notice = world.published()
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(SYSTEM) as session:
            opt_outs.add_by_household(session, home, purpose=None, channel=None, now=clock.now())
            batch = pool.submit(store_one, world, notice)
            eventually(lambda: sql("select 1 from pg_locks where locktype = 'advisory' and not granted"))
        assert batch.result(timeout=60) == 4
    assert world.addressees(notice, opted_out=True) == [str(home)]


def test_second_job_skips_a_notice_that_another_one_is_storing(world):
    world.settle("g1", 5)
    notice = world.published()
    with ThreadPoolExecutor(1) as pool, as_job(world.city)() as session:
        assert service.store_batch(session, UUID(notice["id"])) == 4
        assert pool.submit(store_one, world, notice).result(timeout=60) == 0
    assert store_one(world, notice) == 1
    assert state_of(world, notice) == ("published", 5)
